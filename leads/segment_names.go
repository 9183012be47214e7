package leads

import "context"

// SegmentNames are the segments that there are, for whoever lets people choose one: none
// where no segments were joined.
func (s *Service) SegmentNames(ctx context.Context) ([]Named, error) { return s.desk.segmentNames(ctx) }

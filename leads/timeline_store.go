package leads

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// TimelineOptions are a page of a lead's timeline. Before is the id of the event after
// which, going back in time, the page begins; 0 begins with the newest. Names, when
// given, leaves all other events out.
type TimelineOptions struct {
	Names  []string
	Before int64
	Limit  int
}

// Timeline returns a lead's events, the newest first, going back from the event
// with id before (0: from the newest), and whether there are more.
func (s *Service) Timeline(ctx context.Context, leadID, before int64, limit int) (page []*Event, more bool, err error) {
	return s.TimelineOf(ctx, leadID, TimelineOptions{Before: before, Limit: limit})
}

// TimelineOf returns a part of a lead's events, the newest first, and whether there are
// more.
func (s *Service) TimelineOf(ctx context.Context, leadID int64, o TimelineOptions) (page []*Event, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Where("lead_id = ?", leadID).
		Order("occurred_at DESC", "id DESC").Limit(int64(o.Limit) + 1)
	if o.Before > 0 {
		q = q.Where("(occurred_at, id) < (SELECT occurred_at, id FROM events WHERE id = ?)", o.Before)
	}
	if len(o.Names) > 0 {
		q = q.Where("name IN (?)", bun.List(o.Names))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("lead %d: timeline: %w", leadID, err)
	}
	if len(page) > o.Limit {
		return page[:o.Limit], true, nil
	}
	return page, false, nil
}

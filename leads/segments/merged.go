package segments

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/leads"
)

// carryOver puts leads into the static segments of those that were merged into them,
// before these are taken out: nothing else says that they belong there.
func (s *Service) carryOver(ctx context.Context, events []*leads.Event) error {
	for _, e := range events {
		if e.Name != leads.EventLeadsMerged {
			continue
		}
		gone, _ := e.Properties["merged_lead"].(float64)
		var all []*Segment
		if err := s.db.Read().NewSelect().Model(&all).Where("id IN (?)",
			s.db.Read().NewSelect().Table("segment_members").Column("segment_id").Where("lead_id IN (?)", bun.List([]int64{int64(gone)}))).Scan(ctx); err != nil {
			return fmt.Errorf("segments: of lead %d: %w", int64(gone), err)
		}
		for _, seg := range all {
			if seg.dynamic() {
				continue
			}
			if _, err := s.Add(ctx, seg.Key, e.LeadID); err != nil {
				return err
			}
		}
	}
	return nil
}

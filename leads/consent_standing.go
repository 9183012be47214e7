package leads

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Standing says where leads stand now with a purpose over a channel, by id: who was never
// spoken to of it is missing.
func (s *Service) Standing(ctx context.Context, idb bun.IDB, purpose, channel string, leadIDs []int64) (map[int64]ConsentState, error) {
	out := make(map[int64]ConsentState, len(leadIDs))
	if len(leadIDs) == 0 {
		return out, nil
	}
	var rows []ConsentState
	if err := idb.NewSelect().Model(&rows).
		Where("lead_id IN (?)", bun.List(leadIDs)).Where("purpose = ?", purpose).Where("channel = ?", channel).Scan(ctx); err != nil {
		return nil, fmt.Errorf("consents: read: %w", err)
	}
	for _, c := range rows {
		out[c.LeadID] = c
	}
	return out, nil
}

// Zone is the time zone in which days begin.
func (s *Service) Zone() *time.Location { return s.zone }

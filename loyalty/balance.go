package loyalty

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

type balance struct {
	bun.BaseModel `bun:"table:loyalty_balances,alias:balance"`

	LeadID    int64 `bun:",pk"`
	Points    int64
	UpdatedAt time.Time
}

// Balances returns how many points these leads have; one who never had any has 0.
// Inside a transaction pass it as idb.
func (s *Service) Balances(ctx context.Context, idb bun.IDB, leadIDs []int64) (map[int64]int64, error) {
	out := make(map[int64]int64, len(leadIDs))
	if len(leadIDs) == 0 {
		return out, nil
	}
	for _, id := range leadIDs {
		out[id] = 0
	}
	var rows []*balance
	if err := idb.NewSelect().Model(&rows).Where("lead_id IN (?)", bun.List(leadIDs)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("balances: read: %w", err)
	}
	for _, b := range rows {
		out[b.LeadID] = b.Points
	}
	return out, nil
}

package leads

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Adopt makes what visitors did while nobody knew them part of the leads that they
// turned out to be. What is on somebody's timeline already stays there: two people
// who share a browser are not made one by it.
func (s *Service) Adopt(ctx context.Context, tx db.Tx, leadOf map[string]int64) error {
	if len(leadOf) == 0 {
		return nil
	}
	var waiting []string
	if err := tx.NewSelect().Model((*Event)(nil)).Distinct().Column("visitor_id").
		Where("lead_id IS NULL").Where("visitor_id <> ''").
		Where("visitor_id IN (?)", bun.List(slices.Sorted(maps.Keys(leadOf)))).Scan(ctx, &waiting); err != nil {
		return fmt.Errorf("events: look for visitors: %w", err)
	}
	for _, visitor := range waiting {
		if _, err := tx.NewUpdate().Model((*Event)(nil)).Set("lead_id = ?", leadOf[visitor]).
			Where("lead_id IS NULL").Where("visitor_id <> ''").Where("visitor_id = ?", visitor).Exec(ctx); err != nil {
			return fmt.Errorf("lead %d: adopt events: %w", leadOf[visitor], err)
		}
	}
	return nil
}

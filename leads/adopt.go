package leads

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Adopt makes what visitors did while nobody knew them part of the leads that they
// turned out to be. What is on somebody's timeline already stays there: two people
// who share a browser are not made one by it.
func (s *Service) Adopt(ctx context.Context, tx db.Tx, leadOf map[string]int64) error {
	if len(leadOf) == 0 {
		return nil
	}
	waiting, err := withPast(ctx, tx, slices.Sorted(maps.Keys(leadOf)))
	if err != nil {
		return err
	}
	for _, visitor := range waiting {
		if _, err := tx.NewUpdate().Model((*Event)(nil)).Set("lead_id = ?", leadOf[visitor]).
			Where("lead_id IS NULL").Where("visitor_id <> ''").Where("visitor_id = ?", visitor).Exec(ctx); err != nil {
			return fmt.Errorf("lead %d: adopt events: %w", leadOf[visitor], err)
		}
	}
	return nil
}

// withPast is which of these visitors did something while nobody knew them. Each is
// looked up by itself: of a long list the planner would rather read what all unknown
// visitors ever did.
func withPast(ctx context.Context, tx db.Tx, visitors []string) (waiting []string, err error) {
	args := make([]any, len(visitors))
	for i, id := range visitors {
		args[i] = id
	}
	if err := tx.NewRaw("SELECT v.column1 FROM (VALUES "+strings.TrimSuffix(strings.Repeat("(?),", len(visitors)), ",")+") AS v "+
		"WHERE EXISTS (SELECT 1 FROM events AS e WHERE e.lead_id IS NULL AND e.visitor_id <> '' AND e.visitor_id = v.column1) ORDER BY v.column1",
		args...).Scan(ctx, &waiting); err != nil {
		return nil, fmt.Errorf("events: look for visitors: %w", err)
	}
	return waiting, nil
}

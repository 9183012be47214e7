package leads

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Adopt makes what visitors did while nobody knew them part of the leads that they
// turned out to be. What is on somebody's timeline already stays there: two people
// who share a browser are not made one by it. That a past came is an event of its own:
// whoever counts what leads did counts again.
func (s *Service) Adopt(ctx context.Context, tx db.Tx, leadOf map[string]int64) error {
	if len(leadOf) == 0 {
		return nil
	}
	waiting, err := s.WithPast(ctx, tx, slices.Sorted(maps.Keys(leadOf)))
	if err != nil {
		return err
	}
	var joined []*Event
	for _, visitor := range waiting {
		lead := leadOf[visitor]
		res, err := tx.NewUpdate().Model((*Event)(nil)).Set("lead_id = ?", lead).
			Where("lead_id IS NULL").Where("visitor_id <> ''").Where("visitor_id = ?", visitor).Exec(ctx)
		if err != nil {
			return fmt.Errorf("lead %d: adopt events: %w", lead, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("lead %d: adopt events: %w", lead, err)
		}
		if n > 0 {
			joined = append(joined, &Event{LeadID: lead, Name: EventPastJoined, Source: "leads", Properties: map[string]any{"events": n}})
		}
	}
	return s.Record(ctx, tx, joined...)
}

// EventPastJoined is on a timeline when what an unknown visitor did has become the lead's.
const EventPastJoined = "Past Joined"

// WithPast is which of these visitors did something while nobody knew them. Each is
// looked up by itself: of a long list the planner would rather read what all unknown
// visitors ever did.
func (s *Service) WithPast(ctx context.Context, idb bun.IDB, visitors []string) (waiting []string, err error) {
	if len(visitors) == 0 {
		return nil, nil
	}
	args := make([]any, len(visitors))
	for i, id := range visitors {
		args[i] = id
	}
	if err := idb.NewRaw("SELECT v.column1 FROM (VALUES "+strings.TrimSuffix(strings.Repeat("(?),", len(visitors)), ",")+") AS v "+
		"WHERE EXISTS (SELECT 1 FROM events AS e WHERE e.lead_id IS NULL AND e.visitor_id <> '' AND e.visitor_id = v.column1) ORDER BY v.column1",
		args...).Scan(ctx, &waiting); err != nil {
		return nil, fmt.Errorf("events: look for visitors: %w", err)
	}
	return waiting, nil
}

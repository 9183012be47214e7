package abtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/leads"
)

// mostPast is how many earlier events are looked at again at a time.
const mostPast = 2000

// withPast adds to the events those of goals that were offered before it was known whom
// they count for: before the view of a variant was told, or before a visitor was known to
// be a lead. What has counted already changes nothing when it is looked at again.
func (s *Service) withPast(ctx context.Context, running []*Experiment, events []*leads.Event, newcomers []string, joined []int64) ([]*leads.Event, error) {
	if len(newcomers)+len(joined) == 0 {
		return events, nil
	}
	var names []string
	var since time.Time
	for _, e := range running {
		for _, g := range e.Definition.goals() {
			names = append(names, g.events()...)
		}
		if since.IsZero() || e.StartedAt.Before(since) {
			since = e.StartedAt
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	seen := make(map[int64]bool, len(events))
	for _, event := range events {
		seen[event.ID] = true
	}
	find := func(where string, who any) error {
		var past []*leads.Event
		if err := s.db.Read().NewSelect().Model(&past).Where(where, who).
			Where("occurred_at >= ?", since).Where("name IN (?)", bun.List(names)).
			Order("occurred_at", "id").Limit(mostPast).Scan(ctx); err != nil {
			return fmt.Errorf("experiments: earlier events: %w", err)
		}
		for _, event := range past {
			if !seen[event.ID] {
				seen[event.ID] = true
				events = append(events, event)
			}
		}
		return nil
	}
	if len(joined) > 0 {
		if err := find("lead_id IN (?)", bun.List(joined)); err != nil {
			return nil, err
		}
	}
	if len(newcomers) > 0 {
		if err := find("lead_id IS NULL AND visitor_id <> '' AND visitor_id IN (?)", bun.List(newcomers)); err != nil {
			return nil, err
		}
	}
	inOrder(events)
	return events, nil
}

// inOrder sorts events by the time at which they happened.
func inOrder(events []*leads.Event) {
	slices.SortStableFunc(events, func(a, b *leads.Event) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.ID, b.ID))
	})
}

package leads

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// FactSource adds what another feature knows about leads, their points for
// example, to the facts that conditions are asked on.
type FactSource interface {
	AddFacts(ctx context.Context, idb bun.IDB, facts map[int64]*conditions.Facts) error
}

// AddFactSource joins a source. Call it before the workers start.
func (s *Service) AddFactSource(f FactSource) { s.factSources = append(s.factSources, f) }

// factEvents bounds how far back conditions on events can look for one lead.
const factEvents = 500

// Facts gathers what is known about the leads for asking conditions: their fields
// and attributes, their newest 500 events, and what the other sources add. Inside
// a transaction pass it as idb.
func (s *Service) Facts(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]*conditions.Facts, error) {
	found, err := s.FindMany(ctx, idb, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*conditions.Facts, len(found))
	for id, l := range found {
		if l.Folds == nil { // a row from before there were folds
			l.fold()
		}
		out[id] = &conditions.Facts{Fields: l.Folds}
	}
	for id, f := range out {
		var events []*Event
		if err := idb.NewSelect().Model(&events).Column("name", "properties", "folds", "occurred_at").
			Where("lead_id = ?", id).Order("occurred_at DESC", "id DESC").Limit(factEvents).Scan(ctx); err != nil {
			return nil, fmt.Errorf("lead %d: facts: %w", id, err)
		}
		for _, e := range events {
			if e.Folds == nil {
				e.Folds = conditions.Fold(e.Properties)
			}
			f.Events = append(f.Events, conditions.Event{Name: e.Name, Folds: e.Folds, At: e.OccurredAt})
		}
	}
	for _, source := range s.factSources {
		if err := source.AddFacts(ctx, idb, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

package abtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// OnEvents marks the visitors who reached the goal of an experiment. A visitor
// converts once, with the first such event after they saw a variant; an event
// before that, and one that comes again, changes nothing. Events that carry no
// visitor's id cannot be counted.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	visits := slices.DeleteFunc(slices.Clone(events), func(e *leads.Event) bool { return e.VisitorID == "" })
	if len(visits) == 0 {
		return nil
	}
	running, err := s.counting(ctx)
	if err != nil {
		return err
	}
	if err := s.viewed(ctx, running, visits); err != nil {
		return err
	}
	slices.SortStableFunc(visits, func(a, b *leads.Event) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.ID, b.ID))
	})
	for _, e := range running {
		if err := s.convert(ctx, e, visits); err != nil {
			return fmt.Errorf("experiment %q: conversions: %w", e.Key, err)
		}
	}
	return nil
}

// conversion is what is written beside an exposure.
type conversion struct {
	Visitor string    `bun:"type:text"`
	At      time.Time `bun:"type:timestamptz"`
	OnDay   int       `bun:"type:integer"`
	Event   int64     `bun:"type:bigint"`
	Lead    int64     `bun:"type:bigint,nullzero"`
}

// convert writes down which of the events, in the order of their time, are
// conversions of this experiment.
func (s *Service) convert(ctx context.Context, e *Experiment, events []*leads.Event) error {
	reached := map[string][]*leads.Event{}
	var visitors []string
	for _, event := range events {
		if event.Name != e.Definition.Goal.event() || !conditions.MatchProperties(e.Definition.Goal.Where, event.Properties) {
			continue
		}
		if reached[event.VisitorID] == nil {
			visitors = append(visitors, event.VisitorID)
		}
		reached[event.VisitorID] = append(reached[event.VisitorID], event)
	}
	if len(visitors) == 0 {
		return nil
	}
	var open []*exposure
	if err := s.db.Read().NewSelect().Model(&open).Column("visitor_id", "first_at").
		Where("experiment_id = ?", e.ID).Where("visitor_id IN (?)", bun.List(visitors)).
		Where("converted_at IS NULL").Order("visitor_id").Scan(ctx); err != nil {
		return err
	}
	var list []*conversion
	for _, x := range open {
		after := slices.IndexFunc(reached[x.VisitorID], func(event *leads.Event) bool { return !event.OccurredAt.Before(x.FirstAt) })
		if after >= 0 {
			event := reached[x.VisitorID][after]
			list = append(list, &conversion{x.VisitorID, event.OccurredAt, e.days(event.OccurredAt) + 1, event.ID, event.LeadID})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var converted []*exposure
		if err := tx.NewUpdate().With("reached", tx.NewValues(&list)).
			Model((*exposure)(nil)).TableExpr("reached").
			Set("converted_at = reached.at").Set("converted_on = reached.on_day").
			Set("event_id = reached.event").Set("lead_id = reached.lead").
			Where("exposure.experiment_id = ?", e.ID).Where("exposure.visitor_id = reached.visitor").
			Where("exposure.converted_at IS NULL").Returning(standing).Scan(ctx, &converted); err != nil {
			return err
		}
		moves := moves{}
		for _, x := range converted {
			was := x.cell
			was.ConvertedOn = 0
			moves.add(e.ID, was, -1)
			moves.add(e.ID, x.cell, 1)
		}
		return moves.save(ctx, tx)
	})
}

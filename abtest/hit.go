package abtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// hit is an event that counts for a visitor's goal.
type hit struct {
	goal    *Goal
	event   *leads.Event
	visitor string
	value   float64
	units   int64
	once    bool // kept as a goalEvent
}

// OnEvents counts the visitors who reached a goal of an experiment. Events before the
// first view of a variant or after the goal's window change nothing, and neither does one
// that comes again; one that comes late counts as if it had come in time. An event that
// carries no visitor's id counts for the visitor of the experiment who is known to be its
// lead: of several, the one who came first.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	told := slices.DeleteFunc(slices.Clone(events), func(e *leads.Event) bool { return e.VisitorID == "" && e.LeadID == 0 })
	if len(told) == 0 {
		return nil
	}
	running, err := s.counting(ctx)
	if err != nil || len(running) == 0 {
		return err
	}
	newcomers, err := s.viewed(ctx, running, told)
	if err != nil {
		return err
	}
	inOrder(told)
	joined, err := s.recognise(ctx, running, told, newcomers)
	if err != nil {
		return err
	}
	united, err := s.united(ctx, running, told)
	if err != nil {
		return err
	}
	joined = append(joined, united...)
	if told, err = s.withPast(ctx, running, told, newcomers, joined); err != nil {
		return err
	}
	for _, e := range running {
		if err := s.reach(ctx, e, told); err != nil {
			return fmt.Errorf("experiment %q: goals: %w", e.Key, err)
		}
	}
	return nil
}

// reach writes down which of the events, in the order of their time, reach a goal of the
// experiment.
func (s *Service) reach(ctx context.Context, e *Experiment, events []*leads.Event) error {
	goals := e.Definition.goals()
	var hits []*hit
	for _, event := range events {
		visitor := event.VisitorID
		if e.Definition.overLeads() {
			visitor = "" // on whatever device they did it
		}
		for i := range goals {
			if value, units, ok := goals[i].counts(event); ok {
				hits = append(hits, &hit{
					goal: &goals[i], event: event, visitor: visitor, value: value, units: units,
					once: goals[i].byMean() || visitor == "",
				})
			}
		}
	}
	if len(hits) == 0 {
		return nil
	}
	hits, err := s.place(ctx, e, hits)
	if err != nil || len(hits) == 0 {
		return err
	}
	// Most that comes again is told apart before a transaction is begun.
	held, err := heldGoals(ctx, s.db.Read(), e.ID, visitorsOf(hits))
	if err != nil {
		return err
	}
	hits = slices.DeleteFunc(hits, func(h *hit) bool {
		return !h.once && !held[visitorGoal{h.visitor, h.goal.Key}].after(h)
	})
	if len(hits) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.credit(ctx, tx, e, hits) })
}

// place finds the visitors of the hits and keeps those that are in time.
func (s *Service) place(ctx context.Context, e *Experiment, hits []*hit) ([]*hit, error) {
	var visitors []string
	var people []int64
	for _, h := range hits {
		if h.visitor != "" {
			visitors = append(visitors, h.visitor)
		} else if h.event.LeadID != 0 {
			people = append(people, h.event.LeadID)
		}
	}
	known, err := s.firsts(ctx, e, "visitor_id IN (?)", bun.List(visitors), len(visitors))
	if err != nil {
		return nil, err
	}
	recognised, err := s.firsts(ctx, e, "lead_id IN (?)", bun.List(people), len(people))
	if err != nil {
		return nil, err
	}
	first := make(map[string]time.Time, len(known))
	for _, x := range known {
		first[x.VisitorID] = x.FirstAt
	}
	return slices.DeleteFunc(hits, func(h *hit) bool {
		if h.visitor != "" {
			at, ok := first[h.visitor]
			return !ok || !h.goal.inTime(h.event.OccurredAt, at)
		}
		for _, x := range recognised {
			if x.LeadID == h.event.LeadID {
				h.visitor = x.VisitorID
				return !h.goal.inTime(h.event.OccurredAt, x.FirstAt)
			}
		}
		return true
	}), nil
}

// firsts are the exposures of some visitors, the earliest first.
func (s *Service) firsts(ctx context.Context, e *Experiment, where string, who any, n int) (list []*exposure, err error) {
	if n == 0 {
		return nil, nil
	}
	err = s.db.Read().NewSelect().Model(&list).Column("visitor_id", "first_at", "lead_id").
		Where("experiment_id = ?", e.ID).Where(where, who).Order("first_at", "visitor_id").Scan(ctx)
	return list, err
}

// visitorsOf are the visitors of the hits, each once and in order.
func visitorsOf(hits []*hit) []string {
	var list []string
	for _, h := range hits {
		list = append(list, h.visitor)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

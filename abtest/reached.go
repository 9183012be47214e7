package abtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// reached is a visitor who reached a goal. It is the same whatever the order in which
// the events came: FirstAt and EventID are those of the earliest that counts, and Value
// adds up each event once.
type reached struct {
	bun.BaseModel `bun:"table:exposure_goals,alias:reached"`

	ExperimentID int64  `bun:",pk"`
	VisitorID    string `bun:",pk"`
	Goal         string `bun:",pk"`
	FirstAt      time.Time
	ReachedOn    int // the day of the experiment, from 1
	EventID      int64
	Events       int64 // that counted: of a conversion the first alone
	Value        float64
}

// goalEvent is an event that has counted and may not again.
type goalEvent struct {
	bun.BaseModel `bun:"table:goal_events,alias:goal_event"`

	ExperimentID int64  `bun:",pk"`
	Goal         string `bun:",pk"`
	EventID      int64  `bun:",pk"`
	VisitorID    string
	Day          int // of the experiment, from 1
	Value        float64
}

// hit is an event that counts for a visitor's goal.
type hit struct {
	goal    *Goal
	event   *leads.Event
	visitor string
	value   float64
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
			if value, ok := goals[i].counts(event); ok {
				hits = append(hits, &hit{
					goal: &goals[i], event: event, visitor: visitor, value: value,
					once: goals[i].Kind == OfValue || visitor == "",
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

type visitorGoal struct{ visitor, goal string }

// heldGoals is what some visitors have reached by now.
func heldGoals(ctx context.Context, idb bun.IDB, experiment int64, visitors []string) (map[visitorGoal]*reached, error) {
	var list []*reached
	if err := idb.NewSelect().Model(&list).Where("experiment_id = ?", experiment).Where("visitor_id IN (?)", bun.List(visitors)).
		Order("visitor_id", "goal").Scan(ctx); err != nil {
		return nil, err
	}
	held := make(map[visitorGoal]*reached, len(list))
	for _, r := range list {
		held[visitorGoal{r.VisitorID, r.Goal}] = r
	}
	return held, nil
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

// after reports whether the goal was not reached before this hit.
func (r *reached) after(h *hit) bool {
	return r == nil || cmp.Or(h.event.OccurredAt.Compare(r.FirstAt), cmp.Compare(h.event.ID, r.EventID)) < 0
}

// credit writes the hits down, and their tallies. The visitors' rows are held meanwhile,
// so that nobody moves them to another cell.
func (s *Service) credit(ctx context.Context, tx db.Tx, e *Experiment, hits []*hit) error {
	visitors := visitorsOf(hits)
	var rows []*exposure
	q := tx.NewSelect().Model(&rows).ColumnExpr(standing).Where("experiment_id = ?", e.ID).
		Where("visitor_id IN (?)", bun.List(visitors)).Order("visitor_id")
	if s.db.Dialect() == db.Postgres {
		q = q.For("UPDATE") // SQLite has one writer
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	hits, err := fresh(ctx, tx, e, hits)
	if err != nil {
		return err
	}
	held, err := heldGoals(ctx, tx, e.ID, visitors)
	if err != nil {
		return err
	}
	cells := make(map[string]cell, len(rows))
	for _, x := range rows {
		cells[x.VisitorID] = x.cell
	}
	before := map[visitorGoal]*reached{}
	var changed []*reached
	for _, h := range hits {
		key := visitorGoal{h.visitor, h.goal.Key}
		now := held[key]
		if h.goal.Kind != OfValue && !now.after(h) {
			continue
		}
		if _, ok := before[key]; !ok {
			before[key] = now
			if now == nil {
				now = &reached{ExperimentID: e.ID, VisitorID: h.visitor, Goal: h.goal.Key}
			} else {
				copied := *now
				now = &copied
			}
			held[key] = now
			changed = append(changed, now)
		}
		now.take(e, h)
	}
	if len(changed) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&changed).On("CONFLICT (experiment_id, visitor_id, goal) DO UPDATE").
		Set("first_at = EXCLUDED.first_at").Set("reached_on = EXCLUDED.reached_on").Set("event_id = EXCLUDED.event_id").
		Set("events = EXCLUDED.events").Set("value = EXCLUDED.value").Returning("NULL").Exec(ctx); err != nil {
		return err
	}
	moves := newMoves()
	for _, now := range changed {
		at := cells[now.VisitorID]
		if was := before[visitorGoal{now.VisitorID, now.Goal}]; was != nil {
			moves.reach(at, was, -1)
		}
		moves.reach(at, now, 1)
	}
	return moves.save(ctx, tx)
}

// take counts one more event.
func (r *reached) take(e *Experiment, h *hit) {
	if r.Events == 0 || r.after(h) {
		r.FirstAt, r.EventID, r.ReachedOn = h.event.OccurredAt, h.event.ID, e.days(h.event.OccurredAt)+1
	}
	if h.goal.Kind == OfValue {
		r.Events++
		r.Value += h.value
	} else {
		r.Events = 1
	}
}

// fresh leaves out the events that have counted before.
func fresh(ctx context.Context, tx db.Tx, e *Experiment, hits []*hit) ([]*hit, error) {
	var once []*goalEvent
	listed := map[goalEvent]bool{}
	for _, h := range hits {
		key := goalEvent{Goal: h.goal.Key, EventID: h.event.ID}
		if h.once && !listed[key] {
			listed[key] = true
			once = append(once, &goalEvent{
				ExperimentID: e.ID, Goal: h.goal.Key, EventID: h.event.ID, VisitorID: h.visitor,
				Day: e.days(h.event.OccurredAt) + 1, Value: h.value,
			})
		}
	}
	if len(once) == 0 {
		return hits, nil
	}
	slices.SortFunc(once, func(a, b *goalEvent) int {
		return cmp.Or(cmp.Compare(a.Goal, b.Goal), cmp.Compare(a.EventID, b.EventID))
	})
	var made []*goalEvent
	if err := tx.NewInsert().Model(&once).On("CONFLICT (experiment_id, goal, event_id) DO NOTHING").
		Returning("goal, event_id").Scan(ctx, &made); err != nil {
		return nil, err
	}
	first := map[goalEvent]bool{}
	for _, m := range made {
		first[goalEvent{Goal: m.Goal, EventID: m.EventID}] = true
	}
	return slices.DeleteFunc(hits, func(h *hit) bool {
		key := goalEvent{Goal: h.goal.Key, EventID: h.event.ID}
		if !h.once {
			return false
		}
		ok := first[key]
		delete(first, key) // the same event twice in a batch
		return !ok
	}), nil
}

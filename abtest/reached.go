package abtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
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
	Units        *int64 // that a ratio is divided by; nil of other goals
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
	Units        int64
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
		if !h.goal.byMean() && !now.after(h) {
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
		Set("events = EXCLUDED.events").Set("value = EXCLUDED.value").Set("units = EXCLUDED.units").Returning("NULL").Exec(ctx); err != nil {
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
	if !h.goal.byMean() {
		r.Events = 1
		return
	}
	r.Events++
	r.Value += h.value
	if h.goal.Kind == OfRatio {
		units := h.units
		if r.Units != nil {
			units += *r.Units
		}
		r.Units = &units
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
				Day: e.days(h.event.OccurredAt) + 1, Value: h.value, Units: h.units,
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

package abtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

type kind struct{ s *Service }

func (kind) Name() string      { return "experiment" }
func (kind) New() manifest.Doc { return new(Definition) }

func (kind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	e, err := find(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	return &e.Definition, nil
}

// Apply stores an experiment and starts or stops it as its state says. What a
// verdict rests on cannot change once visitors were split by it: that is a
// Conflict which names the fields.
func (k kind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d := doc.(*Definition)
	now := k.s.clock.Now()
	e, err := find(ctx, tx, d.Key)
	switch {
	case errors.Is(err, errs.NotFound):
		e = &Experiment{Key: d.Key, CreatedAt: now}
	case err != nil:
		return err
	case manifest.Same(e.Definition, *d):
		return nil
	case !e.StartedAt.IsZero():
		if bad := frozen(&e.Definition, d); len(bad) > 0 {
			return fmt.Errorf("experiment %q has started: %w: %w", d.Key, errs.Conflict, bad)
		}
	}
	e.Definition, e.UpdatedAt = *d, now
	if bad := e.move(d.wantedState(), now); len(bad) > 0 {
		return fmt.Errorf("experiment %q: %w: %w", d.Key, errs.Conflict, bad)
	}
	if e.Shares == nil {
		e.Shares = []float64{}
	}
	if e.ID == 0 {
		_, err = tx.NewInsert().Model(e).ExcludeColumn("id").Returning("id").Exec(ctx)
	} else {
		// Verdict and winner stay as they are: a look may be writing them now.
		_, err = tx.NewUpdate().Model(e).WherePK().
			Column("definition", "seed", "shares", "kappa", "started_at", "stopped_at", "updated_at").Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("experiment %q: %w", d.Key, err)
	}
	tx.AfterCommit(func() { k.s.shelf.Forget(d.Key) })
	return nil
}

// move takes the experiment to the state that its definition asks for.
func (e *Experiment) move(to State, now time.Time) errs.Fields {
	switch {
	case to == Draft && e.StartedAt.IsZero() && e.StoppedAt.IsZero():
	case to == Draft:
		return errs.Fields{"state": "it has started: it can be stopped, and not be a draft again"}
	case to == Running && !e.StoppedAt.IsZero():
		return errs.Fields{"state": "it was stopped, and people saw something else since: start a new one with another key"}
	case to == Running && e.StartedAt.IsZero():
		e.start(now)
	case to == Stopped && e.StoppedAt.IsZero():
		e.StoppedAt = now
	}
	return nil
}

// frozen names what differs between two definitions and may not.
func frozen(old, changed *Definition) errs.Fields {
	bad := errs.Fields{}
	hold := func(field string, before, after any) {
		if !manifest.Same(before, after) {
			bad[field] = "cannot change once the experiment has started; stop it and begin a new one with another key"
		}
	}
	keys := func(d *Definition) []string {
		list := make([]string, len(d.Variants))
		for i, v := range d.Variants {
			list[i] = v.Key
		}
		return list
	}
	hold("variants", keys(old), keys(changed))
	if len(old.Variants) == len(changed.Variants) {
		before, after := old.shares(), changed.shares()
		for i := range before {
			hold(fmt.Sprintf("variants[%d].weight", i), before[i], after[i])
		}
	}
	a, b := old.settings(), changed.settings()
	hold("surface", old.Surface, changed.Surface)
	hold("coverage", old.coverage(), changed.coverage())
	frozenGoals(old, changed, bad)
	hold("alpha", a.Alpha, b.Alpha)
	hold("planned_visitors_per_arm", a.PlannedVisitors, b.PlannedVisitors)
	// A rate that stays brings other conversions where visitors or variants change:
	// that is said once, of what was changed.
	switch {
	case old.PlannedConversions == changed.PlannedConversions && old.PlannedConversionRate == changed.PlannedConversionRate:
	case changed.PlannedConversions > 0:
		hold("planned_conversions", a.PlannedConversions, b.PlannedConversions)
	default:
		hold("planned_conversion_rate", a.PlannedConversions, b.PlannedConversions)
	}
	hold("minimum_days", a.MinDays, b.MinDays)
	hold("minimum_conversions", a.MinConversions, b.MinConversions)
	hold("whole_weeks", a.WholeWeeks, b.WholeWeeks)
	return bad
}

// frozenGoals holds what each goal counts; names and the order in the list may change.
func frozenGoals(old, changed *Definition, bad errs.Fields) {
	now := map[string]Goal{}
	for _, g := range changed.goals() {
		now[g.Key] = g
	}
	for _, was := range old.goals() {
		g, ok := now[was.Key]
		delete(now, was.Key)
		at := changed.goalPath(was.Key)
		switch {
		case !ok:
			bad["goals"] = fmt.Sprintf("the goal %q cannot be taken away once the experiment has started: its figures rest on it", was.Key)
		default:
			g.Name = was.Name
			if !manifest.Same(was, g) {
				bad[at] = "cannot change once the experiment has started; stop it and begin a new one with another key"
			}
		}
	}
	for key := range now {
		bad[changed.goalPath(key)] = "cannot be added once the experiment has started: what visitors did before was not counted"
	}
}

// goalPath is where a goal stands in the document.
func (d *Definition) goalPath(key string) string {
	for i, g := range d.Goals {
		if g.Key == key {
			return fmt.Sprintf("goals[%d]", i)
		}
	}
	return "goal"
}

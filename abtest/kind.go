package abtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
// Conflict which names the fields. Other weights, while it runs, open a new regime.
func (k kind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d := doc.(*Definition)
	now := k.s.clock.Now()
	e, err := k.s.lock(ctx, tx, d.Key) // so that nobody opens a regime meanwhile
	switch {
	case errors.Is(err, errs.NotFound):
		e = &Experiment{Key: d.Key, CreatedAt: now}
	case err != nil:
		return err
	case manifest.Same(e.Definition, *d):
		return nil
	default:
		// Written in per cent and back it is the same.
		if math.Abs(d.coverage()-e.Definition.coverage()) < 1e-9 {
			d.Coverage = e.Definition.Coverage
		}
		if bad := e.frozen(d); len(bad) > 0 {
			return fmt.Errorf("experiment %q is %s: %w: %w", d.Key, e.State(), errs.Conflict, bad)
		}
	}
	ran := e.counts()
	e.Definition, e.UpdatedAt = *d, now
	if bad := e.move(d.wantedState(), now); len(bad) > 0 {
		return fmt.Errorf("experiment %q: %w: %w", d.Key, errs.Conflict, bad)
	}
	if !ran && e.counts() {
		if err := k.s.checkRoom(ctx, tx, e); err != nil {
			return err
		}
	}
	return k.store(ctx, tx, e)
}

func (k kind) store(ctx context.Context, tx db.Tx, e *Experiment) (err error) {
	// In earning mode the definition's weights are those of the first day.
	if !e.StartedAt.IsZero() && (!e.Definition.earns() || len(e.regimes) == 0) {
		e.Shares = e.Definition.shares()
	}
	if e.Shares == nil {
		e.Shares = []float64{}
	}
	if e.ID == 0 {
		_, err = tx.NewInsert().Model(e).ExcludeColumn("id").Returning("id").Exec(ctx)
	} else {
		// Verdict and winner stay as they are: a look may be writing them now.
		_, err = tx.NewUpdate().Model(e).WherePK().
			Column("definition", "seed", "shares", "kappa", "started_at", "paused_at", "stopped_at", "archived_at", "updated_at").Exec(ctx)
	}
	if regime := e.opens(e.UpdatedAt); err == nil && regime != nil {
		_, err = tx.NewInsert().Model(regime).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("experiment %q: %w", e.Key, err)
	}
	tx.AfterCommit(func() { k.s.forget(e.Key) })
	return nil
}

// move takes the experiment to the state that its definition asks for, or says why it
// cannot go there.
func (e *Experiment) move(to State, now time.Time) errs.Fields {
	started, stopped := !e.StartedAt.IsZero(), !e.StoppedAt.IsZero()
	refuse := func(why string) errs.Fields { return errs.Fields{"state": why} }
	switch {
	case to == Draft && (started || stopped):
		return refuse("it has started: it can be paused or stopped, and not be a draft again")
	case stopped && (to == Running || to == Paused):
		return refuse("it was stopped, and people saw something else since: start a new one with another key")
	case to == Paused && !started:
		return refuse("it has not started: there is nothing to pause")
	case to == Paused && !e.DecidedAt.IsZero() && e.PausedAt.IsZero():
		return refuse(decidedAlready)
	case to == Paused && e.outside():
		return refuse("the SDKs of programs outside do not remember who is in, and pausing would take the variant away from them: stop it")
	case to == Archived && started && !stopped:
		return refuse("visitors are still split by it and counted: stop it first")
	}
	if to != Archived {
		e.ArchivedAt = time.Time{}
	}
	switch to {
	case Running:
		e.PausedAt = time.Time{}
		if !started {
			e.start(now)
		}
	case Paused:
		if e.PausedAt.IsZero() {
			e.PausedAt = now
		}
	case Stopped:
		if !stopped {
			e.StoppedAt = now
		}
	case Archived:
		if e.ArchivedAt.IsZero() {
			e.ArchivedAt = now
		}
	}
	return nil
}

// frozen names what a changed definition may not change in the state that the experiment
// is in, and says why.
func (e *Experiment) frozen(changed *Definition) errs.Fields {
	switch {
	case e.State() == Archived && changed.wantedState() == Archived:
		return errs.Fields{"state": "it is in the archive: take it out first, with the state that it had before"}
	case e.StartedAt.IsZero():
		return nil
	}
	bad := frozen(&e.Definition, changed)
	if before, after := e.Definition.shares(), changed.shares(); len(before) == len(after) {
		for i := range before {
			if why := e.weightsHeld(); why != "" && !alike(before[i:i+1], after[i:i+1]) {
				bad[fmt.Sprintf("variants[%d].weight", i)] = why
			}
		}
	}
	switch before, after := e.Definition.coverage(), changed.coverage(); {
	case after < before:
		bad["coverage"] = "can only be raised once the experiment has started, since who is in stays in: pause it to let nobody new in"
	case after > before && !e.counts():
		bad["coverage"] = "cannot change any more: the experiment is stopped"
	}
	return bad
}

// weightsHeld says why the weights cannot change now; "" when they can, which opens a new
// regime.
func (e *Experiment) weightsHeld() string {
	switch {
	case !e.counts():
		return "cannot change any more: the experiment is stopped"
	case !e.DecidedAt.IsZero():
		return "cannot change any more: the verdict stands; stop it and make the winner what everybody sees"
	case e.Definition.earns():
		return "cannot change once the experiment has started: in earning mode they follow what visitors do"
	case e.outside():
		return "cannot change once the experiment has started: the SDKs of programs outside do not remember who saw what, and visitors would go from one version to another; begin a new one with another key"
	case e.partly():
		return "cannot change while, or after, only a part of the visitors takes part: other weights would draw another part, and newcomers would no longer be divided by chance; begin a new one with another key"
	}
	return ""
}

// partly reports whether some visitors were ever left out by the coverage. The part of a
// variant's piece that is covered moves with its weights, so that whoever comes in by new
// ones is no chance selection.
func (e *Experiment) partly() bool {
	return slices.ContainsFunc(e.regimes, func(r *Regime) bool { return r.Coverage < 1 })
}

// frozen names what differs between two definitions and may not once visitors are split,
// whatever the state.
func frozen(old, changed *Definition) errs.Fields {
	bad := errs.Fields{}
	hold := func(field string, before, after any) {
		if !manifest.Same(before, after) {
			bad[field] = "cannot change once the experiment has started; stop it and begin a new one with another key"
		}
	}
	hold("variants", old.keys(), changed.keys())
	a, b := old.settings(), changed.settings()
	hold("surface", old.Surface, changed.Surface)
	frozenGoals(old, changed, bad)
	hold("mode", old.earns(), changed.earns())
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
	hold("audience", old.Audience, changed.Audience)
	hold("namespace", old.Namespace, changed.Namespace)
	hold("minimum_effect", old.MinimumEffect, changed.MinimumEffect)
	hold("planned_weeks", old.PlannedWeeks, changed.PlannedWeeks)
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

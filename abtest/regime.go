package abtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// Regime is how an experiment divided its visitors from a moment on. A visitor belongs to
// the regime of the first view, and keeps the variant seen then in all that follow.
type Regime struct {
	bun.BaseModel `bun:"table:experiment_regimes,alias:regime"`

	ExperimentID int64     `bun:",pk" json:"-"`
	Number       int       `bun:",pk" json:"number"`         // from 1
	Shares       []float64 `bun:"type:jsonb" json:"weights"` // of the variants in their order, together 1
	Coverage     float64   `bun:"coverage" json:"coverage"`  // the share of visitors who take part
	Since        time.Time `bun:",notnull" json:"since"`
	// EarnedOn is the day since the start whose end set the shares in earning mode; nil
	// where a person did.
	EarnedOn *int `json:"earned_on"`
}

// withRegimes loads the regimes of experiments.
func withRegimes(ctx context.Context, idb bun.IDB, list ...*Experiment) error {
	byID := make(map[int64]*Experiment, len(list))
	ids := make([]int64, 0, len(list))
	for _, e := range list {
		byID[e.ID] = e
		ids = append(ids, e.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var all []*Regime
	if err := idb.NewSelect().Model(&all).Where("experiment_id IN (?)", bun.List(ids)).Order("experiment_id", "number").Scan(ctx); err != nil {
		return fmt.Errorf("experiments: regimes: %w", err)
	}
	for _, r := range all {
		e := byID[r.ExperimentID]
		e.regimes = append(e.regimes, r)
	}
	return nil
}

// opens is the regime that begins now; nil while the visitors are divided as before.
func (e *Experiment) opens(now time.Time) *Regime {
	if e.StartedAt.IsZero() {
		return nil
	}
	next := &Regime{ExperimentID: e.ID, Number: len(e.regimes) + 1, Shares: e.Shares, Coverage: e.Definition.coverage(), Since: now}
	if n := len(e.regimes); n > 0 && alike(e.regimes[n-1].Shares, next.Shares) && e.regimes[n-1].Coverage == next.Coverage {
		return nil
	}
	return next
}

// regimeAt is the number of the regime in which visitors of this moment are assigned.
func (e *Experiment) regimeAt(at time.Time) int {
	number := 1
	for _, r := range e.regimes {
		if !at.Before(r.Since) {
			number = r.Number
		}
	}
	return number
}

// newestRegime is the number of the newest that is known; a draft has the first before it.
func (e *Experiment) newestRegime() int { return max(1, len(e.regimes)) }

// weightsChanged reports whether the weights have changed on the way. A wider coverage
// alone moves nobody.
func (e *Experiment) weightsChanged() bool {
	return slices.ContainsFunc(e.regimes, func(r *Regime) bool { return !alike(r.Shares, e.Shares) })
}

// alike reports whether two divisions are the same, said in other words or not.
func alike(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x-y < 1e-9 && y-x < 1e-9 })
}

// look is what the verdict reads of a goal: the variants' counts and, where the weights
// have changed, the counts of each regime that has any visitors.
func (t tally) look(e *Experiment, g *Goal) stats.Look {
	l := stats.Look{Arms: t.arms(e, g)}
	regimes := t.regimes(e, g)
	if len(regimes) == 0 {
		return l
	}
	first, newest := weights(regimes[0]), weights(regimes[len(regimes)-1])
	for i := range l.Arms {
		l.Arms[i].Weight = newest[i]
	}
	if slices.ContainsFunc(regimes, func(r stats.Regime) bool { return !alike(weights(r), first) }) {
		l.Regimes = regimes
		for i := range l.Arms {
			// A ratio is not read of a regime in which too few have both of its parts.
			if v := l.Arms[i].Value; v != nil {
				v.N, v.Orders = 0, 0
				for _, r := range regimes {
					v.N, v.Orders = v.N+r[i].Value.N, v.Orders+r[i].Value.Orders
				}
			}
		}
	}
	return l
}

// regimes are the counts of the regimes in which anybody was assigned, the oldest first.
func (t tally) regimes(e *Experiment, g *Goal) (list []stats.Regime) {
	for _, r := range e.regimes {
		if cells, any := t.regime(e, g, r); any {
			list = append(list, cells)
		}
	}
	return list
}

func weights(r stats.Regime) []float64 {
	list := make([]float64, len(r))
	for i, c := range r {
		list[i] = c.Weight
	}
	return list
}

// counts are the variants' visitors and conversions of a goal.
func (t tally) counts(e *Experiment, g *Goal) (list []stats.Count) {
	for _, a := range t.arms(e, g) {
		list = append(list, a.Count)
	}
	return list
}

// regime are the counts of one regime; false when nobody was assigned in it. Visitors
// seen in two variants are not counted, but a regime that had them stays: the prior of the
// evidence is that of the first one.
func (t tally) regime(e *Experiment, g *Goal, r *Regime) (cells stats.Regime, any bool) {
	for i, v := range e.Definition.Variants {
		c := stats.Cell{Weight: r.Shares[i]}
		for _, row := range t.rows {
			if row.Variant != v.Key || row.Regime != r.Number {
				continue
			}
			any = any || row.Visitors > 0
			if !row.Crossed {
				c.Visitors += row.Visitors
			}
		}
		var all sums
		for _, row := range t.goals[g.Key] {
			if row.Variant == v.Key && row.Regime == r.Number {
				all = all.plus(row.sums, 1)
			}
		}
		c.Conversions, c.Value = all.Visitors, all.read(g.Kind, c.Visitors)
		cells = append(cells, c)
	}
	return cells, any
}

package abtest

import (
	"context"
	"fmt"
	"math"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// tally is what the exposures of an experiment add up to: one entry for each variant,
// regime and day; and what was reached, goal by goal.
type tally struct {
	rows  []tallyRow
	goals map[string][]goalRow
}

type tallyRow struct {
	Variant     string
	Regime      int
	Day         int
	Crossed     bool
	Visitors    int64
	Conversions int64 // of the primary goal; 0 for those seen in two variants
}

// goalRow is what the visitors of a variant, without those seen in two, reached of a goal.
type goalRow struct {
	Variant string
	Regime  int
	Day     int // of the first view, or anyDay
	sums
}

// everyDay is more days than any experiment has, and anyDay none of them.
const (
	everyDay = math.MaxInt32
	anyDay   = -1
)

// count adds up what an experiment's first days brought, as it stood when they were over.
// Goals are read before visitors, since neither waits for the other: who comes in between
// is a visitor who has reached nothing yet. Of a regime that e does not know, as one that
// has opened since e was read, nothing is counted.
func (s *Service) count(ctx context.Context, e *Experiment, days int) (tally, error) {
	t := tally{goals: map[string][]goalRow{}}
	var reached []struct {
		Goal string
		goalRow
	}
	// In the order of the key, so that nothing is sorted: a row for each day on which
	// somebody converted makes these many.
	if err := s.db.Read().NewSelect().Model((*goalTally)(nil)).
		Column("goal", "variant", "regime", "day").ColumnExpr(sumColumns).
		Where("experiment_id = ?", e.ID).Where("day < ?", days).Where("reached_on <= ?", days).Where("NOT crossed").
		Where("regime <= ?", e.newestRegime()).Group("goal", "variant", "regime", "day").Having("sum(visitors) > 0 OR sum(units) > 0 OR sum(total) <> 0").
		Order("day", "variant", "regime").Scan(ctx, &reached); err != nil {
		return t, fmt.Errorf("experiment %q: count goals: %w", e.Key, err)
	}
	goals := e.Definition.goals()
	var primary []goalRow
	for _, r := range reached {
		if r.Goal == goals[0].Key {
			primary = append(primary, r.goalRow)
		}
		t.goals[r.Goal] = append(t.goals[r.Goal], r.goalRow)
	}
	for i := range goals {
		if g := &goals[i]; g.byMean() {
			if err := s.countValue(ctx, e, g, days, t.goals); err != nil {
				return t, fmt.Errorf("experiment %q: values of %q: %w", e.Key, g.Key, err)
			}
		}
	}
	if err := s.db.Read().NewSelect().Model((*cellTally)(nil)).
		Column("variant", "regime", "day", "crossed").ColumnExpr("sum(visitors) AS visitors").
		Where("experiment_id = ?", e.ID).Where("day < ?", days).Where("regime <= ?", e.newestRegime()).
		Group("variant", "regime", "day", "crossed").Having("sum(visitors) > 0").
		Order("day", "variant", "regime").Scan(ctx, &t.rows); err != nil {
		return t, fmt.Errorf("experiment %q: count: %w", e.Key, err)
	}
	t.fit(primary)
	return t, nil
}

// fit fills in the conversions, of no more visitors than there are: one who was seen in a
// second variant while they were read has left the visitors alone.
func (t *tally) fit(primary []goalRow) {
	type key struct {
		variant     string
		regime, day int
	}
	visitors, conversions := map[key]int64{}, map[key]int64{}
	for _, row := range t.rows {
		if !row.Crossed {
			visitors[key{row.Variant, row.Regime, row.Day}] += row.Visitors
			visitors[key{row.Variant, row.Regime, anyDay}] += row.Visitors
		}
	}
	for _, rows := range t.goals {
		for i := range rows {
			g := &rows[i]
			g.Visitors = min(g.Visitors, visitors[key{g.Variant, g.Regime, g.Day}])
		}
	}
	for _, row := range primary {
		conversions[key{row.Variant, row.Regime, row.Day}] = row.Visitors
	}
	for i := range t.rows {
		if r := &t.rows[i]; !r.Crossed {
			r.Conversions = min(conversions[key{r.Variant, r.Regime, r.Day}], r.Visitors)
		}
	}
}

// arms are what the variants' visitors, without those seen in two, did for a goal.
func (t tally) arms(e *Experiment, g *Goal) []stats.Arm {
	shares := e.Shares
	if e.StartedAt.IsZero() {
		shares = e.Definition.shares()
	}
	arms := make([]stats.Arm, len(e.Definition.Variants))
	for i, v := range e.Definition.Variants {
		arm := stats.Arm{Key: v.Key, Weight: shares[i]}
		for _, row := range t.rows {
			if row.Variant == v.Key && !row.Crossed {
				arm.Visitors += row.Visitors
			}
		}
		all := t.reached(g, v.Key)
		arm.Conversions, arm.Value = all.Visitors, all.read(g.Kind, arm.Visitors)
		arms[i] = arm
	}
	return arms
}

// reached is what a variant's visitors brought for a goal.
func (t tally) reached(g *Goal, variant string) (all sums) {
	for _, row := range t.goals[g.Key] {
		if row.Variant == variant {
			all = all.plus(row.sums, 1)
		}
	}
	return all
}

// crossed is how many visitors were seen in two variants.
func (t tally) crossed() (n int64) {
	for _, row := range t.rows {
		if row.Crossed {
			n += row.Visitors
		}
	}
	return n
}

// visitors is how many there are, those seen in two variants included.
func (t tally) visitors() (n int64) {
	for _, row := range t.rows {
		n += row.Visitors
	}
	return n
}

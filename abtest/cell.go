package abtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// cell is where a visitor stands in an experiment's figures.
type cell struct {
	Variant  string
	Regime   int  // the weights under which the visitor was assigned, from 1
	Day      int  // since the start, of the first view
	Crossed  bool // seen in another variant too
	Device   string
	Traffic  string
	Language string
}

// standing are the columns that say whose exposure it is and in which cell it stands.
const standing = "experiment_id, visitor_id, variant, regime, day, crossed, device, traffic, language"

// cellTally is how many visitors stand in one cell. The tallies are kept in the
// transactions of the exposures and always add up to them.
type cellTally struct {
	bun.BaseModel `bun:"table:exposure_tallies,alias:tally"`

	ExperimentID int64
	cell
	Visitors int64
}

// goalTally is how many visitors of a cell reached a goal on a day, and what they
// brought.
type goalTally struct {
	bun.BaseModel `bun:"table:goal_tallies,alias:tally"`

	ExperimentID int64
	Goal         string
	cell
	ReachedOn int // the day of the experiment, from 1
	sums
}

type place struct {
	experiment int64
	cell
}

type goalPlace struct {
	place
	goal      string
	reachedOn int
}

// moves are visitors who came into a cell, or went from one to another, and what they
// reached.
type moves struct {
	visitors map[place]int64
	goals    map[goalPlace]sums
}

func newMoves() moves { return moves{map[place]int64{}, map[goalPlace]sums{}} }

func (m moves) add(experiment int64, at cell, n int64) { m.visitors[place{experiment, at}] += n }

// reach adds what a visitor of a cell reached; with n = -1 it takes that away.
func (m moves) reach(at cell, r *reached, n int64) {
	p := goalPlace{place{r.ExperimentID, at}, r.Goal, r.ReachedOn}
	m.goals[p] = m.goals[p].plus(r.sums(), n)
}

// save counts the moves, in one order everywhere: two servers that count the same cells
// wait for each other instead of for ever.
func (m moves) save(ctx context.Context, tx db.Tx) error {
	var cells []*cellTally
	for at, n := range m.visitors {
		if n != 0 {
			cells = append(cells, &cellTally{ExperimentID: at.experiment, cell: at.cell, Visitors: n})
		}
	}
	var goals []*goalTally
	for at, n := range m.goals {
		if n != (sums{}) {
			goals = append(goals, &goalTally{ExperimentID: at.experiment, Goal: at.goal, cell: at.cell, ReachedOn: at.reachedOn, sums: n})
		}
	}
	if len(cells) > 0 {
		slices.SortFunc(cells, func(a, b *cellTally) int {
			return cmp.Or(cmp.Compare(a.ExperimentID, b.ExperimentID), a.cell.compare(b.cell))
		})
		if _, err := tx.NewInsert().Model(&cells).
			On("CONFLICT (experiment_id, variant, regime, day, crossed, device, traffic, language) DO UPDATE").
			Set("visitors = tally.visitors + EXCLUDED.visitors").Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("tallies: %w", err)
		}
	}
	if len(goals) == 0 {
		return nil
	}
	slices.SortFunc(goals, func(a, b *goalTally) int {
		return cmp.Or(cmp.Compare(a.ExperimentID, b.ExperimentID), cmp.Compare(a.Goal, b.Goal), cmp.Compare(a.ReachedOn, b.ReachedOn), a.cell.compare(b.cell))
	})
	if _, err := tx.NewInsert().Model(&goals).
		On("CONFLICT (experiment_id, goal, variant, regime, day, reached_on, crossed, device, traffic, language) DO UPDATE").
		Set("visitors = tally.visitors + EXCLUDED.visitors").Set("total = tally.total + EXCLUDED.total").
		Set("squares = tally.squares + EXCLUDED.squares").
		Set("units = tally.units + EXCLUDED.units").Set("unit_squares = tally.unit_squares + EXCLUDED.unit_squares").
		Set("products = tally.products + EXCLUDED.products").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("tallies of goals: %w", err)
	}
	return nil
}

func (c cell) compare(d cell) int {
	return cmp.Or(cmp.Compare(c.Day, d.Day), cmp.Compare(c.Variant, d.Variant), cmp.Compare(c.Regime, d.Regime),
		cmp.Compare(c.Device, d.Device), cmp.Compare(c.Traffic, d.Traffic),
		cmp.Compare(c.Language, d.Language), cmp.Compare(number(c.Crossed), number(d.Crossed)))
}

// number orders what did not happen before what did.
func number(happened bool) int {
	if happened {
		return 1
	}
	return 0
}

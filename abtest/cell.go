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
	Variant     string
	Day         int  // since the start, of the first view
	ConvertedOn int  // the day of the experiment on which they converted, from 1; 0 while they have not
	Crossed     bool // seen in another variant too
	Device      string
	Traffic     string
	Language    string
}

// standing are the columns that say in which cell an exposure stands.
const standing = "experiment_id, variant, day, converted_on, crossed, device, traffic, language"

// cellTally is how many visitors stand in one cell. The tallies are kept in the
// transactions of the exposures and always add up to them.
type cellTally struct {
	bun.BaseModel `bun:"table:exposure_tallies,alias:tally"`

	ExperimentID int64
	cell
	Visitors int64
}

// moves are visitors who came into a cell, or went from one to another.
type moves map[int64]map[cell]int64

func (m moves) add(experiment int64, at cell, n int64) {
	if m[experiment] == nil {
		m[experiment] = map[cell]int64{}
	}
	m[experiment][at] += n
}

// save counts the moves, in one order everywhere: two servers that count the same cells
// wait for each other instead of for ever.
func (m moves) save(ctx context.Context, tx db.Tx) error {
	var rows []*cellTally
	for experiment, cells := range m {
		for at, n := range cells {
			if n != 0 {
				rows = append(rows, &cellTally{ExperimentID: experiment, cell: at, Visitors: n})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b *cellTally) int {
		return cmp.Or(cmp.Compare(a.ExperimentID, b.ExperimentID), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Variant, b.Variant),
			cmp.Compare(a.ConvertedOn, b.ConvertedOn), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Traffic, b.Traffic),
			cmp.Compare(a.Language, b.Language), cmp.Compare(fmt.Sprint(a.Crossed), fmt.Sprint(b.Crossed)))
	})
	if _, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (experiment_id, variant, day, converted_on, crossed, device, traffic, language) DO UPDATE").
		Set("visitors = tally.visitors + EXCLUDED.visitors").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("tallies: %w", err)
	}
	return nil
}

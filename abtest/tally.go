package abtest

import (
	"context"
	"fmt"
	"math"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// tally is what the exposures of an experiment add up to: one entry for each variant
// and day.
type tally struct {
	rows []tallyRow
}

type tallyRow struct {
	Variant     string
	Day         int
	Crossed     bool
	Visitors    int64
	Conversions int64
}

// everyDay is more days than any experiment has.
const everyDay = math.MaxInt32

// count adds up what an experiment's first days brought, as it stood when they were over.
func (s *Service) count(ctx context.Context, e *Experiment, days int) (tally, error) {
	var t tally
	if err := s.db.Read().NewSelect().Model((*cellTally)(nil)).
		Column("variant", "day", "crossed").ColumnExpr("sum(visitors) AS visitors").
		ColumnExpr("sum(CASE WHEN converted_on BETWEEN 1 AND ? THEN visitors ELSE 0 END) AS conversions", days).
		Where("experiment_id = ?", e.ID).Where("day < ?", days).Group("variant", "day", "crossed").Having("sum(visitors) > 0").
		Order("day", "variant").Scan(ctx, &t.rows); err != nil {
		return t, fmt.Errorf("experiment %q: count: %w", e.Key, err)
	}
	return t, nil
}

// arms are the counts of each variant without the visitors seen in two.
func (t tally) arms(e *Experiment) []stats.Arm {
	shares := e.Shares
	if e.StartedAt.IsZero() {
		shares = e.Definition.shares()
	}
	arms := make([]stats.Arm, len(e.Definition.Variants))
	for i, v := range e.Definition.Variants {
		arms[i] = stats.Arm{Key: v.Key, Weight: shares[i]}
		for _, row := range t.rows {
			if row.Variant == v.Key && !row.Crossed {
				arms[i].Visitors += row.Visitors
				arms[i].Conversions += row.Conversions
			}
		}
	}
	return arms
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

package abtest

import (
	"context"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// tally is what the rows of exposures say: one entry for each variant and day.
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

// count reads an experiment's exposures as they stood at a moment; the zero time
// takes all there are.
func (s *Service) count(ctx context.Context, e *Experiment, at time.Time) (tally, error) {
	var t tally
	q := s.db.Read().NewSelect().Model((*exposure)(nil)).
		Column("variant", "day", "crossed").ColumnExpr("count(*) AS visitors").
		Where("experiment_id = ?", e.ID).Group("variant", "day", "crossed").Order("day", "variant")
	if at.IsZero() {
		q = q.ColumnExpr("count(converted_at) AS conversions")
	} else {
		q = q.ColumnExpr("count(CASE WHEN converted_at <= ? THEN 1 END) AS conversions", at).Where("first_at <= ?", at)
	}
	if err := q.Scan(ctx, &t.rows); err != nil {
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

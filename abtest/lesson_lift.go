package abtest

import (
	"context"
	"fmt"
	"math"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/db"
)

// variantOf is one variant of one experiment.
type variantOf struct {
	experiment int64
	variant    string
}

// leftOfAll is what all looks leave of the rate ratios of experiments, as Report.left says
// it of one. The database reads the looks: of many experiments they are too long to fetch.
func (s *Service) leftOfAll(ctx context.Context, ids []int64) (map[variantOf]stats.Interval, error) {
	// SQLite reads 0 and 2 in JSON as whole numbers, which are no floats to the driver.
	each, arm, low, high := "json_each(look.analysis, '$.comparisons')", "json_extract(c.value, '$.arm')", "CAST(json_extract(c.value, '$.rate_ratio[0]') AS REAL)", "CAST(json_extract(c.value, '$.rate_ratio[1]') AS REAL)"
	if s.db.Dialect() == db.Postgres {
		each, arm, low, high = "jsonb_array_elements(look.analysis->'comparisons')", "c.value->>'arm'", "(c.value->'rate_ratio'->>0)::float8", "(c.value->'rate_ratio'->>1)::float8"
	}
	var rows []struct {
		ExperimentID int64
		Arm          string
		Low          float64
		High         *float64 // nil while no look has an upper end
	}
	if err := s.db.Read().NewSelect().Model((*Look)(nil)).Join("CROSS JOIN "+each+" AS c").
		Column("experiment_id").ColumnExpr(arm+" AS arm").ColumnExpr("COALESCE(max("+low+"), 0.0) AS low").ColumnExpr("min("+high+") AS high").
		Where("experiment_id IN (?)", bun.List(ids)).GroupExpr("experiment_id, "+arm).OrderExpr("experiment_id, "+arm).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("experiments: intervals of all looks: %w", err)
	}
	out := make(map[variantOf]stats.Interval, len(rows))
	for _, row := range rows {
		left := stats.Interval{Lo: max(0, row.Low), Hi: math.Inf(1)}
		if row.High != nil {
			left.Hi = *row.High
		}
		out[variantOf{row.ExperimentID, row.Arm}] = left
	}
	return out, nil
}

// lifted fills in the lift of the variant that the outcome is about, with the interval that
// the report has.
func (l *Lesson) lifted(e *Experiment, last Look, left map[variantOf]stats.Interval) {
	of := e.Winner
	if l.Outcome != OutcomeWon && len(e.Definition.Variants) == 2 {
		of = e.Definition.Variants[1].Key
	}
	if l.Outcome == OutcomeBlocked {
		return
	}
	for _, c := range last.Analysis.Comparisons {
		if c.Arm == of && l.goal.byMean() {
			l.brought(c.Value)
		}
		if c.Arm != of || c.Lift == nil || l.goal.byMean() {
			continue
		}
		ratio, ok := left[variantOf{e.ID, of}]
		if !ok || ratio.Lo > ratio.Hi {
			ratio = c.RateRatio
		}
		low, high := ratio.Lo-1, ratio.Hi-1
		l.Lift, l.LiftLow = c.Lift, &low
		if !math.IsInf(high, 0) && !math.IsNaN(high) {
			l.LiftHigh = &high
		}
	}
}

// brought fills in by how much more, or less, is brought.
func (l *Lesson) brought(v *stats.ValueComparison) {
	if v == nil || v.Difference == nil {
		return
	}
	l.Difference, l.Lift = v.Difference, v.Lift
	if i := v.AnytimeInterval; i != nil {
		l.DifferenceLow, l.DifferenceHigh = &i.Lo, &i.Hi
	}
}

package abtest

import (
	"context"
	"math"

	"github.com/uptrace/bun"
)

// countValue mends the sums of a goal with a value or a ratio: as they stood after some
// days, since what a visitor brings grows after the first event, and with the highest held
// down.
func (s *Service) countValue(ctx context.Context, e *Experiment, g *Goal, days int, into map[string][]goalRow) error {
	values := s.values(e, g)
	if days != everyDay {
		values = s.db.Read().NewSelect().Model((*goalEvent)(nil)).Column("visitor_id").ColumnExpr("sum(value) AS value").ColumnExpr("CAST(sum(units) AS DOUBLE PRECISION) AS units").
			Where("experiment_id = ?", e.ID).Where("goal = ?", g.Key).Where("day <= ?", days).Group("visitor_id")
		with := "count(*)"
		if g.Kind == OfRatio {
			with = "sum(CASE WHEN brought.value <> 0 AND brought.units <> 0 THEN 1 ELSE 0 END)"
		}
		var rows []goalRow
		if err := s.standing(e, values, days, "variant, regime").ColumnExpr("? AS day", anyDay).ColumnExpr(with+" AS visitors").
			ColumnExpr("sum(brought.value) AS total, sum(brought.value * brought.value) AS squares").
			ColumnExpr("sum(brought.units) AS units, sum(brought.units * brought.units) AS unit_squares, sum(brought.value * brought.units) AS products").
			Scan(ctx, &rows); err != nil {
			return err
		}
		into[g.Key] = rows
	}
	if g.Cap == 0 {
		return nil
	}
	var over []goalRow
	if err := s.heldDown(ctx, e, g, values, days, "variant, regime", &over); err != nil {
		return err
	}
	for _, row := range over {
		row.Day = anyDay
		into[g.Key] = append(into[g.Key], row)
	}
	return nil
}

// values are those of each visitor until now, without the zeros.
func (s *Service) values(e *Experiment, g *Goal) *bun.SelectQuery {
	return s.db.Read().NewSelect().Model((*reached)(nil)).Column("visitor_id", "value").
		Where("experiment_id = ?", e.ID).Where("goal = ?", g.Key).Where("value <> 0")
}

// heldDown reads, by some columns of the exposures, what must be added to the sums so that
// the highest values count as the percentile of the goal.
func (s *Service) heldDown(ctx context.Context, e *Experiment, g *Goal, values *bun.SelectQuery, days int, by string, into any) error {
	limit, ok, err := s.percentile(ctx, values, g.Cap)
	if err != nil || !ok {
		return err
	}
	return s.standing(e, values, days, by).
		ColumnExpr("sum(? - brought.value) AS total, sum(? - brought.value * brought.value) AS squares", limit, limit*limit).
		Where("brought.value > ?", limit).Scan(ctx, into)
}

// standing groups what visitors brought by some columns of their exposures, without those
// who were seen in two variants.
func (s *Service) standing(e *Experiment, values *bun.SelectQuery, days int, by string) *bun.SelectQuery {
	return s.db.Read().NewSelect().TableExpr("(?) AS brought", values).
		Join("JOIN exposures AS x ON x.experiment_id = ? AND x.visitor_id = brought.visitor_id", e.ID).
		ColumnExpr(by).Where("NOT x.crossed").Where("x.day < ?", days).Where("x.regime <= ?", e.newestRegime()).GroupExpr(by)
}

// percentile is the value that so large a part of the visitors' values, zeros apart, does
// not exceed: R's type 7, as stats.Cap. It is false when nobody brought anything.
func (s *Service) percentile(ctx context.Context, values *bun.SelectQuery, part float64) (limit float64, ok bool, err error) {
	among := func() *bun.SelectQuery {
		return s.db.Read().NewSelect().TableExpr("(?) AS brought", values).Where("brought.value <> 0")
	}
	n, err := among().Count(ctx)
	if err != nil || n == 0 {
		return 0, false, err
	}
	at := part * float64(n-1)
	var pair []float64
	if err := among().ColumnExpr("brought.value").OrderExpr("brought.value").Offset(int64(at)).Limit(2).Scan(ctx, &pair); err != nil || len(pair) == 0 {
		return 0, false, err
	}
	limit = pair[0]
	if len(pair) == 2 {
		limit += (at - math.Floor(at)) * (pair[1] - pair[0])
	}
	return limit, true, nil
}

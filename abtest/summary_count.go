package abtest

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// counted is what a variant's visitors did for the primary goal.
type counted struct {
	stats.Count
	broughtIn
}

// counted are the figures of a look that brought the verdict.
func (l *Look) counted() map[string]counted {
	out := map[string]counted{}
	for _, a := range l.Analysis.Arms {
		out[a.Key] = counted{Count: stats.Count{Visitors: a.Visitors, Conversions: a.Conversions}}
	}
	if len(l.Goals) == 0 || l.Goals[0].Figures == nil {
		return out
	}
	for _, a := range l.Goals[0].Figures.Arms {
		n := out[a.Key]
		n.broughtIn = a.broughtIn
		out[a.Key] = n
	}
	return out
}

// countMany counts the variants of several experiments.
func (s *Service) countMany(ctx context.Context, list []*Experiment, ids []int64) (map[int64]map[string]counted, error) {
	var rows []struct {
		ExperimentID int64
		Variant      string
		Visitors     int64
	}
	if err := s.db.Read().NewSelect().Model((*cellTally)(nil)).Column("experiment_id", "variant").
		ColumnExpr("sum(visitors) AS visitors").
		Where("experiment_id IN (?)", bun.List(ids)).Where("NOT crossed").
		Group("experiment_id", "variant").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("experiments: count: %w", err)
	}
	gains, err := s.broughtToMany(ctx, list, ids)
	if err != nil {
		return nil, err
	}
	primary := make(map[int64]Goal, len(list))
	for _, e := range list {
		primary[e.ID] = e.Definition.primary()
	}
	out := make(map[int64]map[string]counted, len(ids))
	for _, row := range rows {
		if out[row.ExperimentID] == nil {
			out[row.ExperimentID] = map[string]counted{}
		}
		all := gains[variantOf{row.ExperimentID, row.Variant}]
		out[row.ExperimentID][row.Variant] = counted{
			Count:     stats.Count{Visitors: row.Visitors, Conversions: all.Visitors},
			broughtIn: brought(primary[row.ExperimentID].Kind, all, row.Visitors),
		}
	}
	return out, nil
}

// broughtToMany is what the variants' visitors brought for the primary goals of several
// experiments, the highest values held down where a goal says so.
func (s *Service) broughtToMany(ctx context.Context, list []*Experiment, ids []int64) (map[variantOf]sums, error) {
	var rows []struct {
		ExperimentID  int64
		Goal, Variant string
		sums
	}
	if err := s.db.Read().NewSelect().Model((*goalTally)(nil)).Column("experiment_id", "goal", "variant").ColumnExpr(sumColumns).
		Where("experiment_id IN (?)", bun.List(ids)).Where("NOT crossed").
		Group("experiment_id", "goal", "variant").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("experiments: count goals: %w", err)
	}
	primary, high := make(map[int64]string, len(list)), []*Experiment{}
	for _, e := range list {
		g := e.Definition.primary()
		primary[e.ID] = g.Key
		// The figures of a verdict are kept as they were: see counted.
		if g.Cap > 0 && !e.StartedAt.IsZero() && e.DecidedAt.IsZero() {
			high = append(high, e)
		}
	}
	out := make(map[variantOf]sums, len(rows))
	for _, row := range rows {
		if row.Goal == primary[row.ExperimentID] {
			out[variantOf{row.ExperimentID, row.Variant}] = row.sums
		}
	}
	return out, s.holdDown(ctx, high, out)
}

// holdDown mends the sums of experiments whose primary goal has a cap.
func (s *Service) holdDown(ctx context.Context, list []*Experiment, all map[variantOf]sums) error {
	if err := withRegimes(ctx, s.db.Read(), list...); err != nil {
		return err
	}
	for _, e := range list {
		g := e.Definition.primary()
		var over []struct {
			Variant string
			sums
		}
		if err := s.heldDown(ctx, e, &g, s.values(e, &g), everyDay, "variant", &over); err != nil {
			return fmt.Errorf("experiment %q: values of %q: %w", e.Key, g.Key, err)
		}
		for _, row := range over {
			of := variantOf{e.ID, row.Variant}
			all[of] = all[of].plus(row.sums, 1)
		}
	}
	return nil
}

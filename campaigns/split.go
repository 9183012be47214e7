package campaigns

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// checkForks makes sure that each split of a journey has a branch for each variant of its
// experiment, and no others.
func (s *Service) checkForks(ctx context.Context, tx db.Tx, d journey.Definition) error {
	bad := errs.Fields{}
	for _, f := range d.Forks() {
		keys, err := s.effects.Experiments.VariantsOn(ctx, tx, f.Experiment, abtest.SurfaceJourney)
		if fields, ok := errs.AsFields(err); ok {
			bad[f.Path+".split"] = fields["experiment"]
			continue
		}
		if err != nil {
			return err
		}
		for _, key := range keys {
			if !slices.Contains(f.Branches, key) {
				bad[f.Path+".branches"] = fmt.Sprintf("the experiment %s has a variant %q, and this split has no branch for it", f.Experiment, key)
			}
		}
		for _, key := range f.Branches {
			if !slices.Contains(keys, key) {
				bad[f.Path+".branches."+key] = fmt.Sprintf("the experiment %s has no variant %q", f.Experiment, key)
			}
		}
	}
	return bad.OrNil()
}

// waysOf asks the experiments which way the people of a batch go at the splits of their
// journeys: once for each experiment, and not at all where there are none.
func (s *Service) waysOf(ctx context.Context, enrollments map[int64]*Enrollment, tracks map[int64]*track) (map[int64]journey.Ways, error) {
	people := map[string][]int64{}
	for _, e := range enrollments {
		if t := tracks[e.VersionID]; t != nil {
			for _, experiment := range t.Splits() {
				people[experiment] = append(people[experiment], e.LeadID)
			}
		}
	}
	out := map[int64]journey.Ways{}
	for experiment, leads := range people {
		variants, err := s.effects.Experiments.AssignLeads(ctx, s.db.Read(), experiment, leads)
		if err != nil {
			return nil, err
		}
		first, err := s.effects.Experiments.Control(ctx, experiment)
		if err != nil {
			return nil, err
		}
		for _, lead := range leads {
			if out[lead] == nil {
				out[lead] = journey.Ways{}
			}
			out[lead][experiment] = journey.Way{Variant: first}
			if has := variants[lead]; has.Variant != "" {
				out[lead][experiment] = journey.Way{Variant: has.Variant, Regime: has.Regime, Counted: true}
			}
		}
	}
	return out, nil
}

// taken are how many took each way of each split of a version, by "step/variant".
func (s *Service) taken(ctx context.Context, idb bun.IDB, versionID int64, t *track) (map[string]int, error) {
	if len(t.Splits()) == 0 {
		return nil, nil
	}
	variant := "json_extract(detail, '$.variant')"
	if s.db.Dialect() == db.Postgres {
		variant = "detail->>'variant'"
	}
	var rows []struct {
		Step, Variant string
		N             int
	}
	if err := idb.NewSelect().Model((*Decision)(nil)).Column("step").ColumnExpr(variant+" AS variant").ColumnExpr("count(*) AS n").
		Where("version_id = ?", versionID).Where("kind = ?", string(journey.KindSplit)).
		GroupExpr("step, "+variant).OrderExpr("step, "+variant).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("journey version %d: ways: %w", versionID, err)
	}
	out := map[string]int{}
	for _, row := range rows {
		out[row.Step+"/"+row.Variant] = row.N
	}
	return out, nil
}

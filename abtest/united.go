package abtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// united looks at leads whose past has become another's: they were merged, or what an
// unknown visitor did is theirs now. Who turns out to have been two of one experiment in two
// variants is set apart. Of experiments over leads it returns the leads, whose earlier
// events may count now.
func (s *Service) united(ctx context.Context, running []*Experiment, events []*leads.Event) ([]int64, error) {
	byID := map[int64]*Experiment{}
	var ids, merged, all []int64
	over := false
	for _, e := range running {
		ids = append(ids, e.ID)
		byID[e.ID] = e
		over = over || e.Definition.overLeads()
	}
	for _, e := range events {
		switch e.Name {
		case leads.EventLeadsMerged:
			merged, all = append(merged, e.LeadID), append(all, e.LeadID)
		case leads.EventPastJoined:
			all = append(all, e.LeadID)
		}
	}
	if !over {
		all = nil
	}
	if len(ids) == 0 || len(merged) == 0 {
		return all, nil
	}
	twice, err := inTwo(ctx, s.db.Read(), ids, merged)
	if err != nil || len(twice) == 0 {
		return all, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		told := make([]*leads.Event, len(twice))
		for i, x := range twice {
			told[i] = byID[x.ExperimentID].entered(x)
			told[i].MessageID += fmt.Sprintf(":merged:%d", x.LeadID)
		}
		if err := s.leads.Record(ctx, tx, told...); err != nil {
			return err
		}
		return s.setApart(ctx, tx, twice)
	})
	if err != nil {
		return nil, fmt.Errorf("experiments: merged leads: %w", err)
	}
	return all, nil
}

// inTwo are the exposures of those of the leads who are visitors of an experiment in two
// variants, as on two devices.
func inTwo(ctx context.Context, idb bun.IDB, experiments, leadIDs []int64) ([]*exposure, error) {
	var rows []*exposure
	if err := idb.NewSelect().Model(&rows).Column("experiment_id", "visitor_id", "variant", "lead_id", "first_at").
		Where("experiment_id IN (?)", bun.List(experiments)).Where("lead_id IN (?)", bun.List(leadIDs)).
		Order("experiment_id", "visitor_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: people in two variants: %w", err)
	}
	var twice []*exposure
	for _, x := range rows {
		if slices.ContainsFunc(rows, func(o *exposure) bool {
			return o.ExperimentID == x.ExperimentID && o.LeadID == x.LeadID && o.Variant != x.Variant
		}) {
			x.Crossed = true
			twice = append(twice, x)
		}
	}
	return twice, nil
}

// setApart marks exposures as those of people who were seen in two variants.
func (s *Service) setApart(ctx context.Context, tx db.Tx, twice []*exposure) error {
	moves := newMoves()
	if err := s.cross(ctx, tx, twice, moves); err != nil {
		return err
	}
	return moves.save(ctx, tx)
}

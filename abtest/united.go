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
// unknown visitor did is theirs now. Who turns out to have been two leads of one
// experiment in two variants is marked as seen in both. It returns the leads, whose
// earlier events may count now. Visitors of pages stay the visitors that they were.
func (s *Service) united(ctx context.Context, running []*Experiment, events []*leads.Event) ([]int64, error) {
	byID := map[int64]*Experiment{}
	var ids, merged, all []int64
	for _, e := range running {
		if e.Definition.overLeads() {
			ids = append(ids, e.ID)
			byID[e.ID] = e
		}
	}
	for _, e := range events {
		switch e.Name {
		case leads.EventLeadsMerged:
			merged, all = append(merged, e.LeadID), append(all, e.LeadID)
		case leads.EventPastJoined:
			all = append(all, e.LeadID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if len(merged) == 0 {
		return all, nil
	}
	var rows []*exposure
	if err := s.db.Read().NewSelect().Model(&rows).Column("experiment_id", "visitor_id", "variant", "lead_id", "first_at").
		Where("experiment_id IN (?)", bun.List(ids)).Where("lead_id IN (?)", bun.List(merged)).
		Order("experiment_id", "visitor_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: merged leads: %w", err)
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
	if len(twice) == 0 {
		return all, nil
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		told := make([]*leads.Event, len(twice))
		for i, x := range twice {
			told[i] = byID[x.ExperimentID].entered(x)
			told[i].MessageID += fmt.Sprintf(":merged:%d", x.LeadID)
		}
		if err := s.leads.Record(ctx, tx, told...); err != nil {
			return err
		}
		moves := newMoves()
		if err := s.cross(ctx, tx, twice, moves); err != nil {
			return err
		}
		return moves.save(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("experiments: merged leads: %w", err)
	}
	return all, nil
}

package abtest

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// identity is a visitor whose lead is known.
type identity struct {
	Visitor string `bun:"type:text"`
	Lead    int64  `bun:"type:bigint"`
}

// recognise writes down which lead a visitor is, as the events say or, of newcomers, as
// web sites have said before; the first that is known stays. Who turns out to have seen two
// variants, on two devices, is set apart. It returns the leads that are known now and were
// not.
func (s *Service) recognise(ctx context.Context, running []*Experiment, events []*leads.Event, newcomers []string) (joined []int64, err error) {
	leadOf, err := s.identified(ctx, newcomers)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.VisitorID != "" && e.LeadID != 0 && leadOf[e.VisitorID] == 0 {
			leadOf[e.VisitorID] = e.LeadID
		}
	}
	if len(leadOf) == 0 {
		return nil, nil
	}
	visitors := make([]string, 0, len(leadOf))
	for visitor := range leadOf {
		visitors = append(visitors, visitor)
	}
	ids := make([]int64, len(running))
	for i, e := range running {
		ids[i] = e.ID
	}
	var unknown []string
	if err := s.db.Read().NewSelect().Model((*exposure)(nil)).ColumnExpr("DISTINCT visitor_id").
		Where("experiment_id IN (?)", bun.List(ids)).Where("visitor_id IN (?)", bun.List(visitors)).Where("lead_id IS NULL").
		Order("visitor_id").Scan(ctx, &unknown); err != nil {
		return nil, fmt.Errorf("experiments: leads of visitors: %w", err)
	}
	if len(unknown) == 0 {
		return nil, nil
	}
	list := make([]*identity, len(unknown))
	for i, visitor := range unknown {
		list[i] = &identity{visitor, leadOf[visitor]}
		joined = append(joined, leadOf[visitor])
	}
	slices.Sort(joined)
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var known []*exposure
		if err := tx.NewUpdate().With("known", tx.NewValues(&list)).Model((*exposure)(nil)).TableExpr("known").
			Set("lead_id = known.lead").Where("exposure.experiment_id IN (?)", bun.List(ids)).
			Where("exposure.visitor_id = known.visitor").Where("exposure.lead_id IS NULL").
			Returning("experiment_id, visitor_id, variant, first_at, lead_id").Scan(ctx, &known); err != nil {
			return err
		}
		told := make([]*leads.Event, len(known))
		for i, x := range known {
			e := running[slices.IndexFunc(running, func(e *Experiment) bool { return e.ID == x.ExperimentID })]
			told[i] = e.entered(x)
		}
		if err := s.leads.Record(ctx, tx, told...); err != nil {
			return err
		}
		twice, err := inTwo(ctx, tx, ids, joined)
		if err != nil {
			return err
		}
		return s.setApart(ctx, tx, twice)
	})
	if err != nil {
		return nil, fmt.Errorf("experiments: leads of visitors: %w", err)
	}
	return slices.Compact(joined), nil
}

// identified is which of these visitors web sites have told to be a lead.
func (s *Service) identified(ctx context.Context, visitors []string) (map[string]int64, error) {
	leadOf := map[string]int64{}
	if len(visitors) == 0 {
		return leadOf, nil
	}
	var rows []struct {
		VisitorID string
		LeadID    int64
	}
	if err := s.db.Read().NewSelect().TableExpr("visitors").Column("visitor_id", "lead_id").
		Where("visitor_id IN (?)", bun.List(visitors)).Order("visitor_id").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("experiments: leads of visitors: %w", err)
	}
	for _, row := range rows {
		leadOf[row.VisitorID] = row.LeadID
	}
	return leadOf, nil
}

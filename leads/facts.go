package leads

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// Facts gathers what these conditions ask about the leads: fields, the events that
// they name (of somebody's very many those that decide), figures and sets. What they do
// not ask is left out. Leads that do not exist, were merged or erased have no facts.
// Inside a transaction pass it as idb.
func (s *Service) Facts(ctx context.Context, idb bun.IDB, ids []int64, asked ...conditions.Condition) (map[int64]*conditions.Facts, error) {
	out := make(map[int64]*conditions.Facts, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var found []*Lead
	if err := idb.NewSelect().Model(&found).Column("id", "folds").Where("id IN (?)", bun.List(ids)).
		Where("merged_into IS NULL").Where("erased_at IS NULL").Scan(ctx); err != nil {
		return nil, fmt.Errorf("leads: facts: %w", err)
	}
	for _, l := range found {
		out[l.ID] = &conditions.Facts{Fields: l.Folds}
	}
	need := conditions.Needs(asked...)
	if err := s.addEvents(ctx, idb, ids, asked, need.Events, out); err != nil {
		return nil, err
	}
	for _, name := range need.Numbers {
		if err := s.addNumber(ctx, idb, ids, name, out); err != nil {
			return nil, err
		}
	}
	for kind, names := range need.Sets {
		if s.names[kind] != "" {
			if err := s.addNames(ctx, idb, ids, kind, out); err != nil {
				return nil, err
			}
			continue
		}
		for _, name := range names {
			if err := s.addMember(ctx, idb, ids, kind, name, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (s *Service) addNumber(ctx context.Context, idb bun.IDB, ids []int64, name string, out map[int64]*conditions.Facts) error {
	values, err := s.Numbers(ctx, idb, ids, name)
	if err != nil {
		return err
	}
	for id, f := range out {
		f.SetNumber(name, values[id])
	}
	return nil
}

// Numbers returns one of the figures that conditions can ask for, conditions.NumberPoints
// for example, of each of the leads; who has none is left out.
func (s *Service) Numbers(ctx context.Context, idb bun.IDB, ids []int64, name string) (map[int64]float64, error) {
	n, ok := s.numbers[name]
	if !ok {
		return nil, nil // a feature that is not there: nobody has any
	}
	var rows []struct {
		LeadID int64
		Value  float64
	}
	if err := idb.NewSelect().TableExpr("?", bun.Ident(n.Table)).Column("lead_id").ColumnExpr("CAST(? AS DOUBLE PRECISION) AS value", bun.Ident(n.Column)).
		Where("lead_id IN (?)", bun.List(ids)).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("leads: facts: %s: %w", name, err)
	}
	out := make(map[int64]float64, len(rows))
	for _, row := range rows {
		out[row.LeadID] = row.Value
	}
	return out, nil
}

// addNames adds all that the leads belong to of a kind.
func (s *Service) addNames(ctx context.Context, idb bun.IDB, ids []int64, kind string, out map[int64]*conditions.Facts) error {
	var rows []struct {
		LeadID int64
		Name   string
	}
	if err := idb.NewRaw(s.names[kind], bun.List(ids)).Scan(ctx, &rows); err != nil {
		return fmt.Errorf("leads: facts: %s: %w", kind, err)
	}
	for _, row := range rows {
		if f := out[row.LeadID]; f != nil {
			f.Join(kind, row.Name)
		}
	}
	return nil
}

func (s *Service) addMember(ctx context.Context, idb bun.IDB, ids []int64, kind, name string, out map[int64]*conditions.Facts) error {
	set, ok := s.sets[kind]
	if !ok {
		return nil // a feature that is not there: nobody belongs to it
	}
	query, args := set(name)
	var members []int64
	if err := idb.NewSelect().Model((*Lead)(nil)).Column("id").Where("id IN (?)", bun.List(ids)).
		Where("id IN ("+query+")", args...).Scan(ctx, &members); err != nil {
		return fmt.Errorf("leads: facts: %s %q: %w", kind, name, err)
	}
	for _, id := range members {
		if f := out[id]; f != nil {
			f.Join(kind, name)
		}
	}
	return nil
}

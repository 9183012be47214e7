package segments

import (
	"context"
	"maps"
	"slices"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Refresh settles which segments these leads are in: for whoever changed leads
// without leaving an event. It costs in proportion to the leads.
func (s *Service) Refresh(ctx context.Context, ids ...int64) error {
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), chunk) {
		err := s.refresh(ctx, func(*node) []int64 { return part }, allTold)
		if err != nil {
			return err
		}
	}
	return nil
}

// allTold tells everybody that they entered or left.
func allTold(int64) bool { return true }

// refresh settles, segment by segment, the leads that pick names. On SQLite it first
// looks, beside those who write, whether there is anything to change, for there mostly
// is not.
func (s *Service) refresh(ctx context.Context, pick func(*node) []int64, told func(lead int64) bool) error {
	nodes, err := s.load(ctx, s.db.Read())
	if err != nil {
		return err
	}
	plan := make(map[int64][]int64, len(nodes))
	for _, n := range nodes {
		if ids := pick(n); len(ids) > 0 {
			plan[n.ID] = ids
		}
	}
	if len(plan) == 0 {
		return nil
	}
	if s.db.Dialect() == db.SQLite {
		moves, _, err := s.judge(ctx, s.db.Read(), nodes, plan, told)
		if err != nil || len(moves) == 0 {
			return err
		}
		plan = make(map[int64][]int64, len(moves))
		for _, m := range moves {
			plan[m.ID] = append(m.enter, m.leave...)
		}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.settle(ctx, tx, plan, told) })
}

// union is all the leads of a plan, by id.
func union(plan map[int64][]int64) []int64 {
	all := map[int64]bool{}
	for _, ids := range plan {
		for _, id := range ids {
			all[id] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// settle brings memberships up to date within tx, those segments first that others
// name, and these after them for whoever has moved.
//
// On PostgreSQL the leads are locked, in one order, so that of two who settle the same
// lead the later one sees all that the earlier saw, and what it did.
func (s *Service) settle(ctx context.Context, tx db.Tx, plan map[int64][]int64, told func(lead int64) bool) error {
	if err := s.shareLock(ctx, tx); err != nil {
		return err
	}
	if err := s.lockLeads(ctx, tx, union(plan)); err != nil {
		return err
	}
	nodes, err := s.load(ctx, tx)
	if err != nil {
		return err
	}
	moves, alive, err := s.judge(ctx, tx, nodes, plan, told)
	if err != nil {
		return err
	}
	_, err = s.move(ctx, tx, moves, alive)
	return err
}

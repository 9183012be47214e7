package segments

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
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
	if s.db.Dialect() == db.SQLite {
		if plan, err = s.differing(ctx, nodes, plan); err != nil {
			return err
		}
	}
	if len(plan) == 0 {
		return nil
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

// differing narrows a plan down to what would change now.
func (s *Service) differing(ctx context.Context, nodes []*node, plan map[int64][]int64) (map[int64][]int64, error) {
	if len(plan) == 0 {
		return plan, nil
	}
	in, err := membersAmong(ctx, s.db.Read(), slices.Collect(maps.Keys(plan)), union(plan))
	if err != nil {
		return nil, err
	}
	out := map[int64][]int64{}
	for _, n := range nodes {
		if len(plan[n.ID]) == 0 {
			continue
		}
		enter, leave, err := s.compare(ctx, s.db.Read(), n, plan[n.ID], in[n.ID])
		if err != nil {
			return nil, err
		}
		if ids := append(enter, leave...); len(ids) > 0 {
			out[n.ID] = ids
		}
	}
	return out, nil
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
	all := union(plan)
	if err := s.lockLeads(ctx, tx, all); err != nil {
		return err
	}
	nodes, err := s.load(ctx, tx)
	if err != nil {
		return err
	}
	segments := reached(nodes, plan)
	if len(segments) == 0 { // deleted a moment ago
		return nil
	}
	in, err := membersAmong(ctx, tx, segments, all)
	if err != nil {
		return err
	}
	dead, err := deadAmong(ctx, tx, all)
	if err != nil {
		return err
	}
	moved := map[string][]int64{}
	for _, n := range nodes {
		ids := plan[n.ID]
		for _, key := range n.uses {
			ids = append(slices.Clip(ids), moved[key]...)
		}
		if len(ids) == 0 {
			continue
		}
		enter, leave, err := s.compare(ctx, tx, n, ids, in[n.ID])
		if err != nil {
			return err
		}
		tell := func(lead int64) bool { return told(lead) && n.settled(lead) }
		if moved[n.Key], err = s.move(ctx, tx, n.Segment, enter, leave, tell, dead); err != nil {
			return err
		}
	}
	return nil
}

// reached are the segments of a plan and those that name them, directly or through
// others. The nodes are sorted.
func reached(nodes []*node, plan map[int64][]int64) (ids []int64) {
	keys := map[string]bool{}
	for _, n := range nodes {
		if len(plan[n.ID]) > 0 || slices.ContainsFunc(n.uses, func(key string) bool { return keys[key] }) {
			keys[n.Key] = true
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// compare asks the condition of leads, and says who of them is to enter and to leave.
// Those whom the condition holds for are in; of a static segment those who are no more
// leave. A condition that cannot be asked changes nothing: its filling says why.
func (s *Service) compare(ctx context.Context, idb bun.IDB, n *node, ids []int64, in map[int64]bool) (enter, leave []int64, err error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	q := s.living(idb).Where("lead.id IN (?)", bun.List(ids))
	if n.dynamic() {
		if n.State == Failed {
			return nil, nil, nil
		}
		if q, err = s.holding(q, n.Definition.Who(), true); err != nil {
			return nil, nil, nil
		}
	} else if len(in) == 0 {
		return nil, nil, nil
	}
	var holds []int64
	if err := q.Scan(ctx, &holds); err != nil {
		return nil, nil, fmt.Errorf("segment %q: %w", n.Key, err)
	}
	held := make(map[int64]bool, len(holds))
	for _, id := range holds {
		if held[id] = true; n.dynamic() && !in[id] {
			enter = append(enter, id)
		}
	}
	for _, id := range ids {
		if in[id] && !held[id] {
			leave = append(leave, id)
		}
	}
	return enter, leave, nil
}

// deadAmong returns those who were merged into others or erased: they leave, and
// nothing is written on their timeline any more.
func deadAmong(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]bool, error) {
	var found []int64
	if err := idb.NewSelect().Model((*leads.Lead)(nil)).Column("id").Where("id IN (?)", bun.List(ids)).
		Where("NOT ("+leads.Living+")").Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("segments: leads: %w", err)
	}
	dead := make(map[int64]bool, len(found))
	for _, id := range found {
		dead[id] = true
	}
	return dead, nil
}

package segments

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// moving is who enters and who leaves a segment, and whom that is told.
type moving struct {
	*Segment
	enter, leave []int64
	told         func(lead int64) bool
}

// judge asks the conditions of the leads of a plan, and says who is to enter and to leave;
// of segments that name one that somebody enters or leaves, too. What is known of the
// leads is read once for all segments, which are then asked in memory. Of a static segment
// those leave who are no more. alive are the leads that are somebody.
//
// A condition that cannot be asked changes nothing: its filling says why.
func (s *Service) judge(ctx context.Context, idb bun.IDB, nodes []*node, plan map[int64][]int64, told func(lead int64) bool) (moves []moving, alive map[int64]*conditions.Facts, err error) {
	nodes = reached(nodes, plan)
	if len(nodes) == 0 { // deleted a moment ago
		return nil, nil, nil
	}
	all, asked := union(plan), make([]conditions.Condition, len(nodes))
	for i, n := range nodes {
		asked[i] = n.Definition.Who()
	}
	in, err := membersAmong(ctx, idb, all)
	if err != nil {
		return nil, nil, err
	}
	if alive, err = s.leads.Facts(ctx, idb, all, asked...); err != nil {
		return nil, nil, err
	}
	now, moved := s.now(), map[string][]int64{}
	for i, n := range nodes {
		ids := slices.Clone(plan[n.ID])
		for _, key := range n.uses {
			ids = append(ids, moved[key]...)
		}
		if len(ids) == 0 || n.dynamic() && (n.State == Failed || !s.askable(asked[i])) {
			continue
		}
		slices.Sort(ids)
		m := moving{Segment: n.Segment, told: func(lead int64) bool { return told(lead) && n.settled(lead) }}
		matcher := conditions.Compile(asked[i])
		for _, id := range slices.Compact(ids) {
			f, is := alive[id], in[n.ID][id]
			switch holds := f != nil && (is && !n.dynamic() || n.dynamic() && matcher.Match(f, now)); {
			case holds && !is:
				m.enter = append(m.enter, id)
				f.Join(conditions.SetSegment, n.Key)
			case is && !holds:
				m.leave = append(m.leave, id)
				if f != nil {
					delete(f.Sets[conditions.SetSegment], n.Key)
				}
			}
		}
		if len(m.enter)+len(m.leave) > 0 {
			moves, moved[n.Key] = append(moves, m), slices.Concat(m.enter, m.leave)
		}
	}
	return moves, alive, nil
}

// askable says whether the database could be asked a condition.
func (s *Service) askable(c conditions.Condition) bool {
	_, _, err := c.Where(s.leads.Schema(), s.now())
	return err == nil
}

// reached are the segments of a plan and those that name them, directly or through
// others. The nodes are sorted.
func reached(nodes []*node, plan map[int64][]int64) (out []*node) {
	keys := map[string]bool{}
	for _, n := range nodes {
		if len(plan[n.ID]) > 0 || slices.ContainsFunc(n.uses, func(key string) bool { return keys[key] }) {
			keys[n.Key] = true
			out = append(out, n)
		}
	}
	return out
}

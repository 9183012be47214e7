package segments

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// Changed is what came of adding or removing members by hand.
type Changed struct {
	Changed int      `json:"changed"`           // how many entered or left
	Already int      `json:"already"`           // how many were in, or were not
	Unknown []string `json:"unknown,omitempty"` // e-mails that nobody here has
}

// mostByHand is how many members can be added or removed at a time.
const mostByHand = 10_000

// Add puts leads into a static segment, and tells those who were not in. Leads that
// do not exist, were merged or erased are left out. Conflict when the segment has
// a condition.
func (s *Service) Add(ctx context.Context, key string, leadIDs ...int64) (Changed, error) {
	return s.byHand(ctx, key, leadIDs, true)
}

// Remove takes leads out of a static segment, and tells those who were in.
func (s *Service) Remove(ctx context.Context, key string, leadIDs ...int64) (Changed, error) {
	return s.byHand(ctx, key, leadIDs, false)
}

func (s *Service) byHand(ctx context.Context, key string, ids []int64, in bool) (out Changed, err error) {
	if len(ids) > mostByHand {
		return out, fmt.Errorf("segment %q: at most %d members at a time: %w", key, mostByHand, errs.TooLarge)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, chunk) {
		err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			moved, err := s.moveByHand(ctx, tx, key, part, in)
			out.Changed += moved
			return err
		})
		if err != nil {
			return out, err
		}
	}
	out.Already = len(ids) - out.Changed
	return out, nil
}

// moveByHand moves members, and then settles the segments that name this one.
func (s *Service) moveByHand(ctx context.Context, tx db.Tx, key string, ids []int64, in bool) (int, error) {
	if err := s.shareLock(ctx, tx); err != nil {
		return 0, err
	}
	seg, err := s.Find(ctx, tx, key)
	if err != nil {
		return 0, err
	}
	if seg.dynamic() {
		return 0, fmt.Errorf("segment %q has a condition: who is in cannot be said by hand: %w", key, errs.Conflict)
	}
	if err := s.lockLeads(ctx, tx, ids); err != nil {
		return 0, err
	}
	alive, err := s.leads.Facts(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	m := moving{Segment: seg, told: allTold}
	if in {
		m.enter = slices.Sorted(maps.Keys(alive))
	} else {
		m.leave = ids
	}
	changed, err := s.move(ctx, tx, []moving{m}, alive)
	moved := changed[seg.ID]
	if err != nil || len(moved) == 0 {
		return 0, err
	}
	nodes, err := s.load(ctx, tx)
	if err != nil {
		return 0, err
	}
	plan := map[int64][]int64{}
	for _, n := range nodes {
		if slices.Contains(n.uses, key) {
			plan[n.ID] = moved
		}
	}
	if len(plan) == 0 {
		return len(moved), nil
	}
	return len(moved), s.settle(ctx, tx, plan, allTold)
}

// leadsOf finds the leads with these e-mails, following those who were merged into
// others.
func (s *Service) leadsOf(ctx context.Context, idb bun.IDB, emails []string) (ids []int64, unknown []string, err error) {
	typed := make(map[string]string, len(emails))
	for _, e := range emails {
		typed[leads.NormEmail(e)] = e
	}
	norms := make([]string, 0, len(typed))
	for norm := range typed {
		norms = append(norms, norm)
	}
	slices.Sort(norms)
	for part := range slices.Chunk(norms, chunk) {
		var found []struct {
			ID        int64
			EmailNorm string
		}
		if err := idb.NewSelect().TableExpr("leads").ColumnExpr("coalesce(merged_into, id) AS id").Column("email_norm").
			Where("email_norm IN (?)", bun.List(part)).Scan(ctx, &found); err != nil {
			return nil, nil, fmt.Errorf("segments: leads by e-mail: %w", err)
		}
		for _, f := range found {
			ids = append(ids, f.ID)
			delete(typed, f.EmailNorm)
		}
	}
	for _, norm := range norms {
		if e, ok := typed[norm]; ok {
			unknown = append(unknown, e)
		}
	}
	return ids, unknown, nil
}

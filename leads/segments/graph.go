package segments

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"

	"github.com/uptrace/bun"
)

// node is a segment as the refreshing sees it.
type node struct {
	*Segment
	need conditions.Need
	uses []string // the keys of the segments that its condition names
}

// load returns all segments, each behind those that its condition names.
func (s *Service) load(ctx context.Context, idb bun.IDB) ([]*node, error) {
	all, err := s.List(ctx, idb)
	if err != nil {
		return nil, err
	}
	nodes := make([]*node, len(all))
	for i, seg := range all {
		need := conditions.Needs(seg.Definition.Who())
		nodes[i] = &node{seg, need, need.Sets[conditions.SetSegment]}
	}
	return sorted(nodes), nil
}

// sorted puts each node behind those it uses.
func sorted(nodes []*node) []*node {
	byKey := make(map[string]*node, len(nodes))
	for _, n := range nodes {
		byKey[n.Key] = n
	}
	out, seen := make([]*node, 0, len(nodes)), map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		for _, key := range n.uses {
			visit(byKey[key])
		}
		out = append(out, n)
	}
	for _, n := range nodes {
		visit(n)
	}
	return out
}

// checkCycle refuses a segment that would name itself, directly or through others,
// and says along which way.
func (s *Service) checkCycle(ctx context.Context, idb bun.IDB, d *Definition) error {
	all, err := s.List(ctx, idb)
	if err != nil {
		return err
	}
	uses := make(map[string][]string, len(all)+1)
	for _, seg := range all {
		uses[seg.Key] = seg.Definition.Who().Segments()
	}
	uses[d.Key] = d.Who().Segments()
	if way := wayBack(uses, d.Key, []string{d.Key}, map[string]bool{}); way != nil {
		return errs.Fields{"condition": fmt.Sprintf("the segment names itself: %s", strings.Join(way, " → "))}
	}
	return nil
}

// wayBack is a way from the end of a path to its first key, or nil.
func wayBack(uses map[string][]string, to string, path []string, seen map[string]bool) []string {
	at := path[len(path)-1]
	for _, next := range uses[at] {
		if next == to {
			return append(slices.Clone(path), to)
		}
		if seen[next] {
			continue
		}
		seen[next] = true
		if way := wayBack(uses, to, append(slices.Clone(path), next), seen); way != nil {
			return way
		}
	}
	return nil
}

// The advisory lock of PostgreSQL under which segments are defined: alone, or shared
// by those who settle members, so that nobody settles by a condition that has just
// been replaced. SQLite has one writer at a time anyway.
const definitionLock = 0x5e67

func (s *Service) lockAll(ctx context.Context, tx db.Tx) error {
	return s.lock(ctx, tx, "SELECT pg_advisory_xact_lock(?)", definitionLock)
}

func (s *Service) shareLock(ctx context.Context, tx db.Tx) error {
	return s.lock(ctx, tx, "SELECT pg_advisory_xact_lock_shared(?)", definitionLock)
}

// lockLeads has others who settle these leads wait. Everybody locks first the leads, in
// the order of their ids, and then counts in segments.
func (s *Service) lockLeads(ctx context.Context, tx db.Tx, ids []int64) error {
	return s.lock(ctx, tx, "SELECT count(*) FROM (SELECT id FROM leads WHERE id IN (?) ORDER BY id FOR NO KEY UPDATE) AS locked", bun.List(ids))
}

func (s *Service) lock(ctx context.Context, tx db.Tx, query string, args ...any) error {
	if s.db.Dialect() != db.Postgres {
		return nil
	}
	if _, err := tx.NewRaw(query, args...).Exec(ctx); err != nil {
		return fmt.Errorf("segments: lock: %w", err)
	}
	return nil
}

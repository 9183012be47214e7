package segments

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
)

// RefreshAll settles all segments over all leads, after an import for example. Who
// enters or leaves by it is told. What changes is written in small transactions.
func (s *Service) RefreshAll(ctx context.Context) error {
	return s.refreshWhere(ctx, func(*node) bool { return true })
}

// refreshTimed settles the segments that can change without an event.
func (s *Service) refreshTimed(ctx context.Context) error { return s.refreshWhere(ctx, (*node).timed) }

// timed says whether a segment's members change by the passing of time, or by what
// leaves no event: which variant of an experiment a visitor is shown, and points that
// are spent or taken back.
func (n *node) timed() bool {
	return n.Definition.Who().TimeDependent() || len(n.need.Sets[conditions.SetVariant]) > 0 || slices.Contains(n.need.Numbers, conditions.NumberPoints)
}

func (s *Service) refreshWhere(ctx context.Context, chosen func(*node) bool) error {
	nodes, err := s.load(ctx, s.db.Read())
	if err != nil {
		return err
	}
	var failed []error
	for _, n := range nodes {
		if n.State == Ready && chosen(n) {
			if err := s.refreshWhole(ctx, n.Segment); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

func (s *Service) refreshWhole(ctx context.Context, seg *Segment) error {
	began := wallClock()
	ids, err := s.astray(ctx, seg)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, chunk) {
		err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			return s.settle(ctx, tx, map[int64][]int64{seg.ID: part}, allTold)
		})
		if err != nil {
			return err
		}
	}
	return s.computed(ctx, seg, began)
}

// astray returns, by id, the leads who are in the segment and should not be, or the
// other way round, as of one moment. It reads the whole base, beside those who write.
func (s *Service) astray(ctx context.Context, seg *Segment) ([]int64, error) {
	var in, holds []int64
	if err := s.db.Read().NewSelect().Model((*member)(nil)).Column("lead_id").Where("segment_id = ?", seg.ID).Order("lead_id").Scan(ctx, &in); err != nil {
		return nil, fmt.Errorf("segment %q: members: %w", seg.Key, err)
	}
	q := s.living(s.db.Read())
	if seg.dynamic() {
		var err error
		if q, err = s.holding(q, seg.Definition.Who(), false); err != nil {
			return nil, err
		}
	} else {
		q = q.Where("lead.id IN (SELECT lead_id FROM segment_members WHERE segment_id = ?)", seg.ID)
	}
	if err := q.Scan(ctx, &holds); err != nil {
		return nil, fmt.Errorf("segment %q: %w", seg.Key, err)
	}
	slices.Sort(holds)
	return apart(in, holds), nil
}

// apart returns what stands in one of two sorted lists only.
func apart(a, b []int64) (out []int64) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

package segments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/workers"
)

// RefreshAll settles all segments over all leads, after an import for example. Who
// enters or leaves by it is told. What changes is written in small transactions.
func (s *Service) RefreshAll(ctx context.Context) error {
	return s.refreshWhere(ctx, func(*node) bool { return true })
}

// refreshTimed settles, once an hour, the segments that can change without an event.
func (s *Service) refreshTimed(ctx context.Context) error { return s.refreshWhere(ctx, (*node).timed) }

// pace is how often a segment is looked at for what time changes: a two-hundredth of
// the shortest time that its condition speaks of, between a minute and an hour. ok is
// false when the hourly look at all of them does.
func pace(c conditions.Condition) (step time.Duration, ok bool) {
	shortest := shortestWithin(c)
	step = max(shortest/200, time.Minute).Truncate(time.Minute)
	return step, shortest > 0 && step < timeStep
}

// shortestWithin is the shortest "in the last …" of a condition; 0 when there is none.
func shortestWithin(c conditions.Condition) (shortest time.Duration) {
	take := func(d time.Duration) {
		if d > 0 && (shortest == 0 || d < shortest) {
			shortest = d
		}
	}
	take(c.Within.Duration())
	for _, p := range c.Properties {
		take(p.Within.Duration())
	}
	for _, part := range slices.Concat(c.All, c.Any) {
		take(shortestWithin(part))
	}
	if c.Not != nil {
		take(shortestWithin(*c.Not))
	}
	return shortest
}

// scheduleSoon sees to it that a segment that cannot wait for the hour is looked at.
func (s *Service) scheduleSoon(ctx context.Context, tx db.Tx, seg *Segment) error {
	step, ok := pace(seg.Definition.Who())
	if !ok {
		return nil
	}
	return s.queue.Enqueue(ctx, tx, workers.Job{
		Kind: jobSoon, Ref: seg.ID, Key: fmt.Sprintf("%s:%d", jobSoon, seg.ID), DueAt: s.clock.Now().Add(step),
	})
}

func (s *Service) soonJobs(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		seg, err := s.byID(ctx, job.Ref)
		known := err == nil
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if known && seg.State == Ready {
			if err := s.refreshWhole(ctx, seg); err != nil {
				return err
			}
		}
		err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			if err := b.Finish(ctx, tx, job); err != nil || !known {
				return err
			}
			return s.scheduleSoon(ctx, tx, seg)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// timed says whether a segment's members change by the passing of time, or by what
// need not leave an event: which variant of an experiment a visitor is shown, points that
// are spent, a score that fades.
func (n *node) timed() bool {
	return n.Definition.Who().TimeDependent() || len(n.need.Numbers) > 0 ||
		len(n.need.Sets[conditions.SetVariant]) > 0 || len(n.need.Sets[conditions.SetGrade]) > 0
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

package segments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/workers"
)

// wallClock times how long work takes, which the domain's clock cannot say.
var wallClock = time.Now

// startFilling has the members of a segment settled by its new condition, silently.
func (s *Service) startFilling(ctx context.Context, tx db.Tx, key string) error {
	seg := new(Segment)
	if err := tx.NewUpdate().Model(seg).Set("state = ?", Filling).Set("revision = revision + 1").Set("filled_to = 0").Set("failure = ''").
		Where("key = ?", key).Returning("*").Scan(ctx); err != nil {
		return fmt.Errorf("segment %q: begin to fill: %w", key, err)
	}
	return s.queue.Enqueue(ctx, tx, workers.Job{
		Kind: jobFill, Ref: seg.ID, Key: fmt.Sprintf("%s:%d:%d", jobFill, seg.ID, seg.Revision), DueAt: s.clock.Now(),
	})
}

// fillJobs fills the segments of a batch. One that cannot be filled says why on its
// page, and is tried again later.
func (s *Service) fillJobs(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		if err := s.fill(ctx, job.Ref); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return errors.Join(err, s.fail(ctx, job.Ref, err))
		}
		if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return b.Finish(ctx, tx, job) }); err != nil {
			return err
		}
	}
	return nil
}

// errReplaced ends the filling by a condition that is no longer the segment's.
var errReplaced = errors.New("the condition was replaced")

// fill settles all members of a segment. It finds the leads to be moved in one query
// beside those who write, and moves them in small transactions, in the order of their
// ids; each asks the condition again, so that nothing that happens meanwhile is undone.
// After a crash it begins anew and finds only what is left.
func (s *Service) fill(ctx context.Context, id int64) error {
	began := wallClock()
	seg, err := s.byID(ctx, id)
	if errors.Is(err, errs.NotFound) || err == nil && seg.State == Ready {
		return nil
	}
	if err != nil {
		return err
	}
	if seg.State == Failed { // tried again
		if err := s.mark(ctx, seg, Filling, ""); err != nil {
			return err
		}
	}
	ids, err := s.astray(ctx, seg)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, chunk) {
		if err := s.fillPart(ctx, seg, part); errors.Is(err, errReplaced) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return s.computed(ctx, seg, began)
}

func (s *Service) fillPart(ctx context.Context, seg *Segment, part []int64) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.settle(ctx, tx, map[int64][]int64{seg.ID: part}, nobodyTold); err != nil {
			return err
		}
		res, err := tx.NewUpdate().Model((*Segment)(nil)).Set("filled_to = CASE WHEN filled_to < ?0 THEN ?0 ELSE filled_to END", part[len(part)-1]).
			Where("id = ?", seg.ID).Where("revision = ?", seg.Revision).Exec(ctx)
		if err != nil {
			return fmt.Errorf("segment %q: fill: %w", seg.Key, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errReplaced)
		}
		return nil
	})
}

// nobodyTold is for what only a new condition changes.
func nobodyTold(int64) bool { return false }

// computed notes that all members were settled by the condition that seg has.
func (s *Service) computed(ctx context.Context, seg *Segment, began time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Segment)(nil)).Set("state = ?", Ready).Set("failure = ''").Set("computed_at = ?", s.clock.Now()).
			Set("took_ms = ?", wallClock().Sub(began).Milliseconds()).
			Where("id = ?", seg.ID).Where("revision = ?", seg.Revision).Exec(ctx)
		if err != nil {
			return fmt.Errorf("segment %q: %w", seg.Key, err)
		}
		return s.scheduleSoon(ctx, tx, seg)
	})
}

func (s *Service) fail(ctx context.Context, id int64, why error) error {
	seg, err := s.byID(ctx, id)
	if err != nil {
		return err
	}
	return s.mark(ctx, seg, Failed, why.Error())
}

func (s *Service) mark(ctx context.Context, seg *Segment, state State, why string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Segment)(nil)).Set("state = ?", state).Set("failure = ?", why).Set("filled_to = 0").
			Where("id = ?", seg.ID).Where("revision = ?", seg.Revision).Exec(ctx)
		if err != nil {
			return fmt.Errorf("segment %q: %w", seg.Key, err)
		}
		return nil
	})
}

func (s *Service) byID(ctx context.Context, id int64) (*Segment, error) {
	var found []*Segment
	if err := s.db.Read().NewSelect().Model(&found).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("segment %d: %w", id, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("segment %d: %w", id, errs.NotFound)
	}
	return found[0], nil
}

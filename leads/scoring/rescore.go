package scoring

import (
	"context"
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// rescoreBatch is how many leads are scored in one transaction when all are.
const rescoreBatch = 500

// rescoreAll has everybody's score worked out anew in the background, from the first
// lead on. A run that is under way ends where this one catches up with it.
func (s *Service) rescoreAll(ctx context.Context, tx db.Tx) error {
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobRescore, Key: jobRescore, DueAt: s.clock.Now()})
}

// rescore does the leads after the job's Ref and hands on to the next job: where a
// run has come to is a row, so a crash costs at most one batch. Scores that change by
// it leave an event when the grade changes; a change of some points by time or by a
// new rule is not worth a line on everybody's timeline.
func (s *Service) rescore(ctx context.Context, b *workers.Batch) error {
	job := b.Jobs[0]
	var ids []int64
	if err := s.db.Read().NewSelect().Model((*leads.Lead)(nil)).Column("id").Where("id > ?", job.Ref).
		Where("merged_into IS NULL").Where("erased_at IS NULL").Order("id").Limit(rescoreBatch).Scan(ctx, &ids); err != nil {
		return fmt.Errorf("scores: next leads: %w", err)
	}
	if len(ids) == 0 {
		return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.endRun(ctx, tx, b) })
	}
	return s.score(ctx, ids, gradeChanged, func(ctx context.Context, tx db.Tx) error {
		followed, err := s.followed(ctx, tx, job)
		if err != nil {
			return err
		}
		if err := b.Finish(ctx, tx, job); err != nil || followed {
			return err
		}
		return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobRescore, Ref: ids[len(ids)-1], DueAt: s.clock.Now()})
	})
}

func gradeChanged(c change) bool { return c.was.Grade != c.now.Grade }

// followed says whether another run is behind this one: it comes to all leads that are
// still to be done, so that this one may end.
func (s *Service) followed(ctx context.Context, tx db.Tx, job workers.Job) (bool, error) {
	var refs []int64
	if err := s.queue.Outstanding(tx, jobRescore).Scan(ctx, &refs); err != nil {
		return false, fmt.Errorf("scores: other runs: %w", err)
	}
	return slices.ContainsFunc(refs, func(ref int64) bool { return ref < job.Ref }), nil
}

// endRun ends a run that has done all leads, and has those told who go by scores: that
// is a job of its own, so that a crash in between forgets nobody.
func (s *Service) endRun(ctx context.Context, tx db.Tx, b *workers.Batch) error {
	job := b.Jobs[0]
	if err := b.Finish(ctx, tx, job); err != nil || job.Ref == 0 || s.changed == nil {
		return err
	}
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobRescored, Key: jobRescored, DueAt: s.clock.Now()})
}

// rescored tells those who go by scores that many have changed.
func (s *Service) rescored(ctx context.Context, b *workers.Batch) error {
	if s.changed != nil {
		if err := s.changed(ctx); err != nil {
			return err
		}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return b.Finish(ctx, tx, b.Jobs...) })
}

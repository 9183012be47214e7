package scoring

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// rescoreBatch is how many leads are scored in one transaction when all are.
const rescoreBatch = 500

// rescoreAll has everybody's score worked out anew in the background. A run that is
// under way is begun again from the start.
func (s *Service) rescoreAll(ctx context.Context, tx db.Tx) error {
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobRescore, Key: jobRescore, DueAt: s.clock.Now()})
}

// rescore does the leads after the job's Ref and hands on to the next job: where a
// run has come to is a row, so a crash costs at most one batch. Scores that change by
// it leave an event when the grade changes; a change of some points by time or by a
// new rule is not worth a line on everybody's timeline.
func (s *Service) rescore(ctx context.Context, b *workers.Batch) error {
	job := b.Jobs[0]
	book, err := s.book(ctx, s.db.Read())
	if err != nil {
		return err
	}
	var ids []int64
	if err := s.db.Read().NewSelect().Model((*leads.Lead)(nil)).Column("id").Where("id > ?", job.Ref).
		Where("merged_into IS NULL").Where("erased_at IS NULL").Order("id").Limit(rescoreBatch).Scan(ctx, &ids); err != nil {
		return fmt.Errorf("scores: next leads: %w", err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := b.Finish(ctx, tx, job); err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		changes, err := s.score(ctx, tx, book, ids)
		if err != nil {
			return err
		}
		var happened []*leads.Event
		for _, c := range changes {
			if c.was.Grade != c.now.Grade {
				happened = append(happened, c.event(fmt.Sprintf("rescore:%d:%d", job.ID, c.now.LeadID)))
			}
		}
		if err := s.leads.Record(ctx, tx, happened...); err != nil {
			return err
		}
		return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobRescore, Ref: ids[len(ids)-1], DueAt: s.clock.Now()})
	})
	if err == nil && len(ids) == 0 && job.Ref > 0 && s.changed != nil {
		return s.changed(ctx)
	}
	return err
}

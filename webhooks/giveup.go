package webhooks

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// jobGiveUp fails what waits for an endpoint, its Ref, that was switched off.
const jobGiveUp = "webhooks.give-up"

// giveUp fails what waits for an endpoint that is being disabled in this transaction. Of a
// backlog only the first lot: the whole of it would keep everybody else who writes waiting.
func (s *Service) giveUp(ctx context.Context, tx db.Tx, id int64) error {
	more, err := s.failSome(ctx, tx, id)
	if err != nil || !more {
		return err
	}
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobGiveUp, Ref: id, DueAt: s.clock.Now()})
}

// giveUpAll is the handler of jobGiveUp. What is left of an endpoint that was enabled
// again meanwhile goes out.
func (s *Service) giveUpAll(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		for more := true; more; {
			if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
				if more, err = s.giveUpSome(ctx, tx, job.Ref); err != nil || more {
					return err
				}
				return b.Finish(ctx, tx, job)
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// giveUpSome is failSome for an endpoint that is still switched off.
func (s *Service) giveUpSome(ctx context.Context, tx db.Tx, id int64) (more bool, err error) {
	var off []int64
	q := tx.NewSelect().Model((*Endpoint)(nil)).Column("id").Where("id = ?", id).Where("state <> ?", StateEnabled)
	if s.db.Dialect() == db.Postgres {
		q = q.For("NO KEY UPDATE") // nobody enables it in between
	}
	if err := q.Scan(ctx, &off); err != nil || len(off) == 0 {
		return false, err
	}
	return s.failSome(ctx, tx, id)
}

// failSome fails a lot of what waits for an endpoint, whatever its state, and says whether
// there may be more.
func (s *Service) failSome(ctx context.Context, tx db.Tx, id int64) (more bool, err error) {
	some := tx.NewSelect().Model((*Delivery)(nil)).Column("id").Where("endpoint_id = ?", id).Where("state = ?", StateWaiting).Order("id").Limit(lot)
	res, err := tx.NewUpdate().Model((*Delivery)(nil)).
		Set("state = ?", StateFailed).Set("error = ?", ErrorDisabled).Set("finished_at = ?", s.clock.Now()).Set("next_at = NULL").
		Where("id IN (?)", some).Where("state = ?", StateWaiting).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("webhook %d: give up what waits: %w", id, err)
	}
	n, err := res.RowsAffected()
	return n == lot, err
}

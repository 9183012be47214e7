package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	// kept is how far back the log reaches. What is still on its way is older at times
	// and is kept.
	kept = 30 * 24 * time.Hour
	// lot is how many rows one commit takes away.
	lot = 2000
)

// Forget takes away finished deliveries older than 30 days with their messages and
// attempts, and what is left of deleted endpoints.
func (s *Service) Forget(ctx context.Context) error {
	old := s.clock.Now().Add(-kept)
	for _, which := range []func(*bun.SelectQuery) *bun.SelectQuery{
		func(q *bun.SelectQuery) *bun.SelectQuery {
			deleted := s.db.Read().NewSelect().Model((*Endpoint)(nil)).Column("id").Where("state = ?", stateDeleted)
			return q.Where("endpoint_id IN (?)", deleted).Where("state <> ?", StateSending)
		},
		func(q *bun.SelectQuery) *bun.SelectQuery {
			messages := s.db.Read().NewSelect().Model((*Message)(nil)).Column("id").Where("created_at < ?", old)
			return q.Where("message_id IN (?)", messages).Where("finished_at < ?", old)
		},
	} {
		if err := s.forget(ctx, which); err != nil {
			return err
		}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, q := range []*bun.DeleteQuery{
			tx.NewDelete().Model((*hours)(nil)).Where("hour < ?", old),
			tx.NewDelete().Model((*Endpoint)(nil)).Where("state = ?", stateDeleted).
				Where("NOT EXISTS (SELECT 1 FROM webhook_deliveries AS d WHERE d.endpoint_id = endpoint.id)"),
		} {
			if _, err := q.Exec(ctx); err != nil {
				return fmt.Errorf("webhooks: forget: %w", err)
			}
		}
		return nil
	})
}

// forget takes deliveries away, a lot in each commit, so that nobody waits long.
func (s *Service) forget(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) error {
	for n := lot; n == lot; {
		var ids []int64
		if err := which(s.db.Read().NewSelect().Model((*Delivery)(nil)).Column("id")).Limit(lot).Scan(ctx, &ids); err != nil {
			return fmt.Errorf("webhooks: forget: %w", err)
		}
		if n = len(ids); n == 0 {
			return nil
		}
		if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return remove(ctx, tx, ids) }); err != nil {
			return err
		}
	}
	return nil
}

// remove takes deliveries away, with their attempts (by the schema) and the messages that nobody else got.
func remove(ctx context.Context, tx db.Tx, ids []int64) error {
	var messages []int64
	if err := tx.NewDelete().Model((*Delivery)(nil)).Where("id IN (?)", bun.List(ids)).
		Returning("message_id").Scan(ctx, &messages); err != nil {
		return fmt.Errorf("webhooks: forget deliveries: %w", err)
	}
	if len(messages) == 0 {
		return nil
	}
	if _, err := tx.NewDelete().Model((*Message)(nil)).Where("id IN (?)", bun.List(messages)).
		Where("NOT EXISTS (SELECT 1 FROM webhook_deliveries AS d WHERE d.message_id = message.id)").Exec(ctx); err != nil {
		return fmt.Errorf("webhooks: forget messages: %w", err)
	}
	return nil
}

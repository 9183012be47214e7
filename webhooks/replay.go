package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Replay sends a delivery again, whatever it came to: the same bytes under the same id,
// with the schedule from its beginning. One that waits for its next try is tried now, and
// one that is being sent is left alone. A disabled endpoint is a Conflict, a person who
// was erased Gone.
func (s *Service) Replay(ctx context.Context, id int64) (*Delivery, error) {
	d, err := s.Delivery(ctx, id)
	if err != nil {
		return nil, err
	}
	if d.Error == ErrorErased {
		return nil, fmt.Errorf("delivery %d: the person was erased: %w", id, errs.Gone)
	}
	e, err := s.Find(ctx, d.EndpointID)
	if err != nil {
		return nil, err
	}
	if e.State != StateEnabled {
		return nil, fmt.Errorf("webhook %d: disabled, enable it first: %w", e.ID, errs.Conflict)
	}
	if _, err := s.again(ctx, e.ID, []int64{id}, func(q *bun.UpdateQuery) *bun.UpdateQuery { return q.Where("state <> ?", StateSending) }); err != nil {
		return nil, err
	}
	return s.Delivery(ctx, id)
}

// ReplayFailed sends again whatever was given up for an endpoint since a time, and
// returns how many. A backlog goes back some thousands at a time, each of which is sent
// from then on: where it is interrupted, calling it again goes on with the rest.
func (s *Service) ReplayFailed(ctx context.Context, id int64, since time.Time) (int, error) {
	e, err := s.Find(ctx, id)
	if err != nil {
		return 0, err
	}
	if e.State != StateEnabled {
		return 0, fmt.Errorf("webhook %d: disabled, enable it first: %w", id, errs.Conflict)
	}
	total := 0
	for after := int64(0); ; {
		ids, err := s.someFailed(ctx, id, after, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("error <> ?", ErrorErased).Where("created_at >= ?", since.UTC())
		})
		if err != nil || len(ids) == 0 {
			return total, err
		}
		n, err := s.again(ctx, id, ids, func(q *bun.UpdateQuery) *bun.UpdateQuery {
			return q.Where("state = ?", StateFailed).Where("error <> ?", ErrorErased)
		})
		if total += n; err != nil || len(ids) < lot {
			return total, err
		}
		after = ids[len(ids)-1]
	}
}

// someFailed are the ids of a lot of what was given up for an endpoint, behind one.
func (s *Service) someFailed(ctx context.Context, id, after int64, narrow func(*bun.SelectQuery) *bun.SelectQuery) (ids []int64, err error) {
	if err := s.db.Read().NewSelect().Model((*Delivery)(nil)).Column("id").Where("endpoint_id = ?", id).Where("state = ?", StateFailed).
		Where("id > ?", after).Apply(narrow).Order("id").Limit(lot).Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("webhook %d: look for what failed: %w", id, err)
	}
	return ids, nil
}

// again puts deliveries of an endpoint back to the beginning of the schedule, those that
// are still as they were found, in one transaction.
func (s *Service) again(ctx context.Context, endpoint int64, ids []int64, still func(*bun.UpdateQuery) *bun.UpdateQuery) (int, error) {
	now, n := s.clock.Now(), int64(0)
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := still(tx.NewUpdate().Model((*Delivery)(nil)).
			Set("state = ?", StateWaiting).Set("round = attempt").Set("next_at = ?", now).Set("finished_at = NULL")).
			Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("webhook %d: replay: %w", endpoint, err)
		}
		if n, err = res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.wake(ctx, tx, now, endpoint)
	})
	return int(n), err
}

// Test sends an endpoint a made-up event, named Webhook Tested, about a made-up
// person. A disabled endpoint is a Conflict; one that lies where messages may not go is
// errs.Fields.
func (s *Service) Test(ctx context.Context, id int64) (*Delivery, error) {
	e, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if e.State != StateEnabled {
		return nil, fmt.Errorf("webhook %d: disabled, enable it first: %w", id, errs.Conflict)
	}
	if err := s.reachable(ctx, e.URL); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	m, err := testMessage(now)
	if err != nil {
		return nil, err
	}
	d := &Delivery{EndpointID: id, State: StateWaiting, NextAt: now, CreatedAt: now, Message: m}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := tx.NewInsert().Model(m).ExcludeColumn("id").Returning("id").Scan(ctx, &m.ID); err != nil {
			return fmt.Errorf("webhook %d: test: %w", id, err)
		}
		d.MessageID = m.ID
		if err := tx.NewInsert().Model(d).ExcludeColumn("id").Returning("id").Scan(ctx, &d.ID); err != nil {
			return fmt.Errorf("webhook %d: test: %w", id, err)
		}
		return s.wake(ctx, tx, now, id)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Delivery returns one with its message, or NotFound.
func (s *Service) Delivery(ctx context.Context, id int64) (*Delivery, error) {
	d := new(Delivery)
	err := s.db.Read().NewSelect().Model(d).Relation("Message").Where("delivery.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("delivery %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("delivery %d: %w", id, err)
	}
	return d, nil
}

// Deliveries returns an endpoint's deliveries, the newest first, in one state or (with
// "") in any, going back from the one with id before (0: from the newest), and whether
// there are more.
func (s *Service) Deliveries(ctx context.Context, endpoint int64, state string, before int64, limit int) (page []*Delivery, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Relation("Message", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.ExcludeColumn("body")
	}).Where("endpoint_id = ?", endpoint).Order("delivery.id DESC").Limit(int64(limit) + 1)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	if before > 0 {
		q = q.Where("delivery.id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("webhook %d: deliveries: %w", endpoint, err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// Attempts returns what was tried for a delivery, the first attempt first. Of very many
// the newest hundred are returned.
func (s *Service) Attempts(ctx context.Context, delivery int64) (all []*Attempt, err error) {
	newest := s.db.Read().NewSelect().Model((*Attempt)(nil)).Where("delivery_id = ?", delivery).Order("number DESC").Limit(100)
	if err := s.db.Read().NewSelect().Model(&all).ModelTableExpr("(?) AS attempt", newest).Order("number").Scan(ctx); err != nil {
		return nil, fmt.Errorf("delivery %d: attempts: %w", delivery, err)
	}
	return all, nil
}

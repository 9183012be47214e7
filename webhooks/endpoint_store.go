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

// maxEndpoints bounds the work of every event.
const maxEndpoints = 100

// List returns all endpoints, the oldest first: there are at most a hundred.
func (s *Service) List(ctx context.Context) (all []*Endpoint, err error) {
	err = s.db.Read().NewSelect().Model(&all).Where("state <> ?", stateDeleted).Order("id").Limit(maxEndpoints).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("webhooks: list: %w", err)
	}
	s.open(all...)
	return all, nil
}

// Find returns an endpoint, or NotFound.
func (s *Service) Find(ctx context.Context, id int64) (*Endpoint, error) {
	e, err := find(ctx, s.db.Read(), id)
	if err == nil {
		s.open(e)
	}
	return e, err
}

func find(ctx context.Context, idb bun.IDB, id int64) (*Endpoint, error) {
	e := new(Endpoint)
	err := idb.NewSelect().Model(e).Where("id = ?", id).Where("state <> ?", stateDeleted).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("webhook %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("webhook %d: %w", id, err)
	}
	return e, nil
}

// Create adds an enabled endpoint; its Secret is made when the input has none. Bad
// input is errs.Fields.
func (s *Service) Create(ctx context.Context, in Input) (*Endpoint, error) {
	if err := in.check(s.config.AllowPrivate); err != nil {
		return nil, err
	}
	if in.Secret == "" {
		in.Secret = NewSecret()
	}
	now := s.clock.Now()
	e := &Endpoint{
		URL: in.URL, Description: in.Description, Events: in.Events, State: StateEnabled, Secret: in.Secret,
		CreatedAt: now, UpdatedAt: now,
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.NewSelect().Model((*Endpoint)(nil)).Where("state <> ?", stateDeleted).Count(ctx)
		if err != nil {
			return fmt.Errorf("webhooks: count: %w", err)
		}
		if n >= maxEndpoints {
			return fmt.Errorf("there are %d webhooks, which is the most there can be: %w", n, errs.Conflict)
		}
		if err := tx.NewInsert().Model(s.sealed(e)).ExcludeColumn("id").Returning("id").Scan(ctx, &e.ID); err != nil {
			return fmt.Errorf("webhooks: create: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Update changes where an endpoint is, what it is called and what it wants; its
// secret and state stay. A new address has no failures yet.
func (s *Service) Update(ctx context.Context, id int64, in Input) (*Endpoint, error) {
	in.Secret = ""
	if err := in.check(s.config.AllowPrivate); err != nil {
		return nil, err
	}
	return s.change(ctx, id, func(_ context.Context, _ db.Tx, e *Endpoint) error {
		if e.URL != in.URL {
			e.Failures, e.FailingSince, e.HoldUntil = 0, time.Time{}, time.Time{}
		}
		e.URL, e.Description, e.Events = in.URL, in.Description, in.Events
		return nil
	})
}

// change writes what fn does to an endpoint.
func (s *Service) change(ctx context.Context, id int64, fn func(ctx context.Context, tx db.Tx, e *Endpoint) error) (e *Endpoint, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		e = new(Endpoint)
		q := tx.NewSelect().Model(e).Where("id = ?", id).Where("state <> ?", stateDeleted)
		if s.db.Dialect() == db.Postgres {
			q = q.For("NO KEY UPDATE")
		}
		if err := q.Scan(ctx); errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("webhook %d: %w", id, errs.NotFound)
		} else if err != nil {
			return fmt.Errorf("webhook %d: %w", id, err)
		}
		s.open(e)
		if err := fn(ctx, tx, e); err != nil {
			return err
		}
		e.UpdatedAt = s.clock.Now()
		if _, err := tx.NewUpdate().Model(s.sealed(e)).WherePK().ExcludeColumn("id", "created_at").Exec(ctx); err != nil {
			return fmt.Errorf("webhook %d: change: %w", id, err)
		}
		return nil
	})
	return e, err
}

// Enable switches an endpoint on. What waits for it goes out now; what was given up
// while it was off can be replayed.
func (s *Service) Enable(ctx context.Context, id int64) (*Endpoint, error) {
	return s.change(ctx, id, func(ctx context.Context, tx db.Tx, e *Endpoint) error {
		e.State, e.Reason = StateEnabled, ""
		e.Failures, e.FailingSince, e.HoldUntil = 0, time.Time{}, time.Time{}
		return s.wake(ctx, tx, s.clock.Now(), id)
	})
}

// Disable switches an endpoint off. It is told of nothing that happens from now on,
// and what still waits for it is given up; an attempt that is under way ends.
func (s *Service) Disable(ctx context.Context, id int64) (*Endpoint, error) {
	return s.change(ctx, id, func(ctx context.Context, tx db.Tx, e *Endpoint) error {
		if e.State == StateDisabled {
			return nil
		}
		e.State, e.Reason = StateDisabled, ReasonByHand
		return s.giveUp(ctx, tx, id)
	})
}

// Delete takes an endpoint away for good. Its log goes with it, in the background.
func (s *Service) Delete(ctx context.Context, id int64) error {
	_, err := s.change(ctx, id, func(ctx context.Context, tx db.Tx, e *Endpoint) error {
		e.State, e.Secret, e.OldSecret = stateDeleted, "", ""
		return s.giveUp(ctx, tx, id)
	})
	return err
}

// Rotate gives an endpoint a new secret: the given one, or one that is made when it is
// empty. The old one goes on signing beside it for as long as keep says (0 means as
// configured, negative not at all), so that the receiver can change over in its own
// time. Of several rotations within that time the last old secret counts. An old one that
// cannot be opened is not kept.
func (s *Service) Rotate(ctx context.Context, id int64, secret string, keep time.Duration) (*Endpoint, error) {
	if secret == "" {
		secret = NewSecret()
	}
	if _, err := key(secret); err != nil {
		return nil, err
	}
	if keep == 0 {
		keep = s.config.KeepSecret
	}
	return s.change(ctx, id, func(_ context.Context, _ db.Tx, e *Endpoint) error {
		if secret == e.Secret {
			return errs.Fields{"secret": "errors.webhooks.same"}
		}
		e.OldSecret, e.OldSecretUntil = e.Secret, s.clock.Now().Add(keep)
		if keep < 0 || !opened(e.OldSecret) {
			e.OldSecret, e.OldSecretUntil = "", time.Time{}
		}
		e.Secret = secret
		return nil
	})
}

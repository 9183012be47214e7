package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
)

// sessionStore keeps sessions in the database, by the hash of their token.
type sessionStore struct {
	db   *db.DB
	wall clock.Clock
}

var _ scs.CtxStore = (*sessionStore)(nil)

type session struct {
	bun.BaseModel `bun:"table:sessions,alias:session"`

	TokenHash string `bun:",pk"`
	Data      []byte
	ExpiresAt time.Time
}

// FindCtx returns a session's data; found is false when it is unknown or expired.
func (s *sessionStore) FindCtx(ctx context.Context, hash string) (data []byte, found bool, err error) {
	row := new(session)
	err = s.db.Read().NewSelect().Model(row).
		Where("token_hash = ?", hash).Where("expires_at > ?", s.wall.Now()).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("session: find: %w", err)
	}
	return row.Data, true, nil
}

// CommitCtx writes a session, over what it held before.
func (s *sessionStore) CommitCtx(ctx context.Context, hash string, data []byte, expiry time.Time) error {
	row := &session{TokenHash: hash, Data: data, ExpiresAt: expiry.UTC().Truncate(time.Microsecond)}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(row).On("CONFLICT (token_hash) DO UPDATE").
			Set("data = EXCLUDED.data").Set("expires_at = EXCLUDED.expires_at").Exec(ctx)
		if err != nil {
			return fmt.Errorf("session: write: %w", err)
		}
		return nil
	})
}

// DeleteCtx forgets a session; an unknown one is no error.
func (s *sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewDelete().Model((*session)(nil)).Where("token_hash = ?", hash).Exec(ctx); err != nil {
			return fmt.Errorf("session: delete: %w", err)
		}
		return nil
	})
}

// Find is FindCtx for the parts of scs that know no context.
func (s *sessionStore) Find(hash string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), hash)
}

// Commit is CommitCtx for the parts of scs that know no context.
func (s *sessionStore) Commit(hash string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), hash, data, expiry)
}

// Delete is DeleteCtx for the parts of scs that know no context.
func (s *sessionStore) Delete(hash string) error { return s.DeleteCtx(context.Background(), hash) }

package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// What a one-time link is good for.
const (
	linkSetup  = "setup"
	linkSignIn = "signin"
)

// linkLife is how long a one-time link can be used.
const linkLife = 24 * time.Hour

type link struct {
	bun.BaseModel `bun:"table:one_time_links,alias:link"`

	TokenHash string `bun:",pk"`
	Purpose   string
	UserID    int64 `bun:",nullzero"`
	ExpiresAt time.Time
	UsedAt    time.Time `bun:",nullzero"`
}

// SetupLink returns the address, good for 24 hours and one use, where the first
// account is created. It is a Conflict once there is an account.
func (s *Service) SetupLink(ctx context.Context) (string, error) {
	var token string
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		exists, err := anyUser(ctx, tx)
		if err != nil {
			return err
		}
		if exists {
			return fmt.Errorf("setup: there is an account already: %w", errs.Conflict)
		}
		token, err = s.insertLink(ctx, tx, linkSetup, 0)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.url("/setup?token=%s", token), nil
}

// SignInLink returns the address, good for 24 hours and one use, that signs in a
// user without a password. An unknown user is NotFound.
func (s *Service) SignInLink(ctx context.Context, userID int64) (string, error) {
	var token string
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.userByID(ctx, tx, userID); err != nil {
			return err
		}
		var err error
		token, err = s.insertLink(ctx, tx, linkSignIn, userID)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.url("/signin/link?token=%s", token), nil
}

func (s *Service) insertLink(ctx context.Context, tx db.Tx, purpose string, userID int64) (token string, err error) {
	token = strings.ToLower(rand.Text())
	row := &link{
		TokenHash: hashSecret(token), Purpose: purpose, UserID: userID,
		ExpiresAt: s.wall.Now().Add(linkLife),
	}
	if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
		return "", fmt.Errorf("%s link: write: %w", purpose, err)
	}
	return token, nil
}

// checkLink says whether a link can still be used: NotFound when it was never
// given out, Gone when it is used or expired.
func (s *Service) checkLink(ctx context.Context, purpose, token string) error {
	row := new(link)
	err := s.db.Read().NewSelect().Model(row).
		Where("token_hash = ?", hashSecret(token)).Where("purpose = ?", purpose).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s link: %w", purpose, errs.NotFound)
	}
	if err != nil {
		return fmt.Errorf("%s link: find: %w", purpose, err)
	}
	if !row.UsedAt.IsZero() || !row.ExpiresAt.After(s.wall.Now()) {
		return fmt.Errorf("%s link: used or expired: %w", purpose, errs.Gone)
	}
	return nil
}

// useSignInLink uses a link up and returns whom it signs in; Gone when it is unknown,
// used or expired.
func (s *Service) useSignInLink(ctx context.Context, token string) (*User, error) {
	var u *User
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.wall.Now()
		var ids []int64
		err := tx.NewUpdate().Model((*link)(nil)).Set("used_at = ?", now).
			Where("token_hash = ?", hashSecret(token)).Where("purpose = ?", linkSignIn).
			Where("used_at IS NULL").Where("expires_at > ?", now).Returning("user_id").Scan(ctx, &ids)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("signin link: use: %w", err)
		}
		if len(ids) == 0 {
			return fmt.Errorf("signin link: unknown, used or expired: %w", errs.Gone)
		}
		u, err = s.userByID(ctx, tx, ids[0])
		return err
	})
	return u, err
}

// setUp creates the first account for the holder of a setup link. Gone when the link
// is unknown, used or expired, or when somebody else was first.
func (s *Service) setUp(ctx context.Context, token, email, password string) (*User, error) {
	// Hashing a password is dear: a stranger with a made-up token does not get so far.
	if err := s.checkLink(ctx, linkSetup, token); err != nil {
		return nil, err
	}
	u, err := s.newUser(ctx, email, password)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		// All setup links are used up in one statement: of two people with two
		// links the second waits here for the first and then finds none.
		var used []*link
		err := tx.NewUpdate().Model((*link)(nil)).Set("used_at = ?", s.wall.Now()).
			Where("purpose = ?", linkSetup).Where("used_at IS NULL").
			Returning("token_hash, expires_at").Scan(ctx, &used)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("setup link: use: %w", err)
		}
		good := false
		for _, l := range used {
			good = good || l.TokenHash == hashSecret(token) && l.ExpiresAt.After(s.wall.Now())
		}
		exists, err := anyUser(ctx, tx)
		if err != nil {
			return err
		}
		if !good || exists {
			return fmt.Errorf("setup link: unknown, used or expired: %w", errs.Gone)
		}
		return insertUser(ctx, tx, u)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// CreateUser opens an account. A bad e-mail or a password under 10 characters is
// errs.Fields, an address that has an account already a Conflict.
func (s *Service) CreateUser(ctx context.Context, email, password string) (*User, error) {
	u, err := s.newUser(ctx, email, password)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return insertUser(ctx, tx, u) })
	if err != nil {
		return nil, err
	}
	return u, nil
}

// newUser checks and hashes before any transaction begins: hashing is slow.
func (s *Service) newUser(ctx context.Context, email, password string) (*User, error) {
	if err := checkCredentials(email, password); err != nil {
		return nil, err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	return &User{
		Email: i18n.ASCIIDigits(strings.TrimSpace(email)), EmailNorm: normEmail(email),
		PasswordHash: hash, CreatedAt: s.wall.Now(),
	}, nil
}

func insertUser(ctx context.Context, tx db.Tx, u *User) error {
	_, err := tx.NewInsert().Model(u).ExcludeColumn("id").Returning("id").Exec(ctx)
	if db.IsUnique(err) {
		return fmt.Errorf("account: this e-mail has one already: %w", errs.Conflict)
	}
	if err != nil {
		return fmt.Errorf("account: create: %w", err)
	}
	return nil
}

// ListUsers returns the accounts, the oldest first, 500 at the most.
func (s *Service) ListUsers(ctx context.Context) ([]*User, error) {
	var users []*User
	if err := s.db.Read().NewSelect().Model(&users).Order("id").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("accounts: list: %w", err)
	}
	return users, nil
}

// SetPassword gives an account a new password and ends all its sessions. An
// e-mail without an account is NotFound.
func (s *Service) SetPassword(ctx context.Context, email, password string) error {
	if message := checkPassword(password); message != "" {
		return errs.Fields{"password": message}
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.NewUpdate().Model((*User)(nil)).Set("password_hash = ?", hash).
			Set("generation = generation + 1").Where("email_norm = ?", normEmail(email)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("account: set the password: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("account with this e-mail: %w", errs.NotFound))
		}
		return nil
	})
}

func (s *Service) userByID(ctx context.Context, idb bun.IDB, id int64) (*User, error) {
	return findUser(ctx, idb.NewSelect().Where("id = ?", id))
}

func (s *Service) userByEmail(ctx context.Context, email string) (*User, error) {
	if len(email) > 1000 || !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return nil, fmt.Errorf("account: %w", errs.NotFound) // no database takes such a text
	}
	return findUser(ctx, s.db.Read().NewSelect().Where("email_norm = ?", normEmail(email)))
}

func findUser(ctx context.Context, q *bun.SelectQuery) (*User, error) {
	u := new(User)
	err := q.Model(u).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("account: %w", errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("account: find: %w", err)
	}
	return u, nil
}

// anyUser says whether the first account has been created.
func anyUser(ctx context.Context, idb bun.IDB) (bool, error) {
	yes, err := idb.NewSelect().Model((*User)(nil)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("accounts: look: %w", err)
	}
	return yes, nil
}

package campaigns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Email is an e-mail that journeys send.
type Email struct {
	bun.BaseModel `bun:"table:emails,alias:email"`

	ID         int64         `bun:",pk,autoincrement" json:"id"`
	Key        string        `json:"key"`
	Definition content.Email `bun:"type:jsonb" json:"definition"`
	Revision   int           `json:"revision"` // grows with each change
	CreatedAt  time.Time     `json:"created_at"`
	UpdatedAt  time.Time     `json:"updated_at"`
}

// FindEmail returns the e-mail with this key, or NotFound.
func (s *Service) FindEmail(ctx context.Context, key string) (*Email, error) {
	return findEmail(ctx, s.db.Read(), key)
}

func findEmail(ctx context.Context, idb bun.IDB, key string) (*Email, error) {
	e := new(Email)
	err := idb.NewSelect().Model(e).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("e-mail %s: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("e-mail %s: %w", key, err)
	}
	return e, nil
}

// Emails lists all e-mails, by key.
func (s *Service) Emails(ctx context.Context) ([]*Email, error) {
	var all []*Email
	if err := s.db.Read().NewSelect().Model(&all).Order("key").Limit(1000).Scan(ctx); err != nil {
		return nil, fmt.Errorf("e-mails: list: %w", err)
	}
	return all, nil
}

// saveEmail stores what a document says; what has not changed is not written.
func (s *Service) saveEmail(ctx context.Context, tx db.Tx, doc *EmailDoc) error {
	now := s.clock.Now()
	if err := s.checkVersions(ctx, tx, doc.Email); err != nil {
		return err
	}
	e, err := findEmail(ctx, tx, doc.Key)
	switch {
	case errors.Is(err, errs.NotFound):
		e = &Email{Key: doc.Key, Definition: doc.Email, Revision: 1, CreatedAt: now, UpdatedAt: now}
		_, err = tx.NewInsert().Model(e).ExcludeColumn("id").Returning("id").Exec(ctx)
	case err != nil:
		return err
	case same(e.Definition, doc.Email):
		return nil
	default:
		e.Definition, e.UpdatedAt = doc.Email, now
		e.Revision++
		_, err = tx.NewUpdate().Model(e).Column("definition", "revision", "updated_at").WherePK().Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("e-mail %s: save: %w", doc.Key, err)
	}
	return nil
}

// letterKey is what a compiled letter depends on.
type letterKey struct {
	email    int64
	revision int
	lang     i18n.Lang
	variant  string
}

// letter is a version of the e-mail in the language nearest to the wanted one, parsed once
// for all. A variant that the e-mail does not have is the first.
func (s *Service) letter(e *Email, wanted i18n.Lang, variant string) (*content.Letter, error) {
	k := letterKey{e.ID, e.Revision, e.Definition.Lang(wanted), variant}
	if l, ok := s.letters.Load(k); ok {
		return l.(*content.Letter), nil
	}
	l, err := content.Compile(e.Definition.Variant(variant), s.look.Catalog.Locale(k.lang, s.look.Zone))
	if err != nil {
		return nil, fmt.Errorf("e-mail %s: %w", e.Key, err)
	}
	s.letters.Store(k, l)
	return l, nil
}

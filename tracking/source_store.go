package tracking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// List returns all sources by name.
func (s *Service) List(ctx context.Context) ([]*Source, error) {
	var all []*Source
	if err := s.db.Read().NewSelect().Model(&all).Order("name", "id").Limit(1000).Scan(ctx); err != nil {
		return nil, fmt.Errorf("sources: list: %w", err)
	}
	return all, nil
}

// Find returns one source, or NotFound.
func (s *Service) Find(ctx context.Context, id int64) (*Source, error) {
	return find(ctx, s.db.Read(), "id = ?", id)
}

func find(ctx context.Context, idb bun.IDB, where string, value any) (*Source, error) {
	one := new(Source)
	err := idb.NewSelect().Model(one).Where(where, value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("source: %w", errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	return one, nil
}

// byKey is the source with a write key, from memory when it was asked for within the
// last second.
func (s *Service) byKey(ctx context.Context, key string) (*Source, error) {
	if len(key) < 8 || len(key) > 100 {
		return nil, fmt.Errorf("source: %w", errs.NotFound)
	}
	return s.sources.Find(ctx, key)
}

// Create makes a source of the wanted name, origins and kind, with a write key of its
// own. A name that another source has is a Conflict.
func (s *Service) Create(ctx context.Context, wanted Source, by string) (*Source, error) {
	one := &Source{Name: wanted.Name, Origins: wanted.Origins, Server: wanted.Server, WriteKey: drawKey(), Enabled: true, CreatedBy: by, CreatedAt: s.clock.Now()}
	if err := one.check(); err != nil {
		return nil, err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(one).ExcludeColumn("id").Returning("id").Exec(ctx)
		return err
	})
	return one, named(one.Name, err)
}

func named(name string, err error) error {
	switch {
	case db.IsUnique(err):
		return fmt.Errorf("source %s: there is one of this name: %w", name, errs.Conflict)
	case err != nil:
		return fmt.Errorf("source %s: %w", name, err)
	}
	return nil
}

// Change gives a source a name and the origins that may send for it.
func (s *Service) Change(ctx context.Context, id int64, name string, origins []string) (*Source, error) {
	one, err := s.update(ctx, id, func(one *Source) error {
		one.Name, one.Origins = name, origins
		return one.check()
	})
	return one, named(name, err)
}

// Rotate gives a source a new write key. What is sent with the old one is refused
// from then on; another server of ours notices within a second.
func (s *Service) Rotate(ctx context.Context, id int64) (*Source, error) {
	return s.update(ctx, id, func(one *Source) error { one.WriteKey = drawKey(); return nil })
}

// Enable has what a source sends taken, or, with false, refused.
func (s *Service) Enable(ctx context.Context, id int64, enabled bool) (*Source, error) {
	return s.update(ctx, id, func(one *Source) error { one.Enabled = enabled; return nil })
}

func (s *Service) update(ctx context.Context, id int64, change func(one *Source) error) (*Source, error) {
	var one *Source
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if one, err = find(ctx, tx, "id = ?", id); err != nil {
			return err
		}
		before := one.WriteKey
		if err := change(one); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(one).Column("name", "write_key", "origins", "enabled").WherePK().Exec(ctx); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			s.sources.Forget(before)
			s.sources.Forget(one.WriteKey)
		})
		return nil
	})
	return one, err
}

// from is the source with a write key: Unauthorized when there is none, Forbidden, with
// the source, when it does not send at the moment or not from this origin ("" for a program).
func (s *Service) from(ctx context.Context, key, origin string) (*Source, error) {
	source, err := s.byKey(ctx, key)
	switch {
	case errors.Is(err, errs.NotFound):
		return nil, fmt.Errorf("write key: %w", errs.Unauthorized)
	case err != nil:
		return nil, err
	case !source.Enabled:
		return source, errDisabled
	case !source.allows(origin):
		return source, errOrigin
	}
	return source, nil
}

// Client says whether a key is that of a source which may be used from this origin.
func (s *Service) Client(ctx context.Context, key, origin string) error {
	_, err := s.from(ctx, key, origin)
	return err
}

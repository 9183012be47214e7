package forms

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

func (s *Service) loadForm(ctx context.Context, key string) (*Form, error) {
	return findForm(ctx, s.db.Read(), key)
}

func findForm(ctx context.Context, idb bun.IDB, key string) (*Form, error) {
	f := new(Form)
	err := idb.NewSelect().Model(f).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("form %q: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("form %q: %w", key, err)
	}
	return f, nil
}

func (s *Service) loadPage(ctx context.Context, key string) (*LandingPage, error) {
	return findPage(ctx, s.db.Read(), key)
}

func findPage(ctx context.Context, idb bun.IDB, key string) (*LandingPage, error) {
	p := new(LandingPage)
	err := idb.NewSelect().Model(p).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("landing page %q: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("landing page %q: %w", key, err)
	}
	return p, nil
}

// Forms lists every form, by key.
func (s *Service) Forms(ctx context.Context) ([]*Form, error) {
	var list []*Form
	if err := s.db.Read().NewSelect().Model(&list).Order("key").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("forms: list: %w", err)
	}
	return list, nil
}

// Pages lists every landing page, by key.
func (s *Service) Pages(ctx context.Context) ([]*LandingPage, error) {
	var list []*LandingPage
	if err := s.db.Read().NewSelect().Model(&list).Order("key").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("landing pages: list: %w", err)
	}
	return list, nil
}

type formKind struct{ s *Service }

func (formKind) Name() string      { return "form" }
func (formKind) New() manifest.Doc { return new(Definition) }

func (formKind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	f, err := findForm(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	return &f.Definition, nil
}

func (k formKind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d := doc.(*Definition)
	old, err := findForm(ctx, tx, d.Key)
	if err == nil && same(old.Definition, *d) {
		return nil
	}
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	now := k.s.clock.Now()
	row := &Form{Key: d.Key, Definition: *d, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.NewInsert().Model(row).ExcludeColumn("id").
		On("CONFLICT (key) DO UPDATE").Set("definition = EXCLUDED.definition").Set("updated_at = EXCLUDED.updated_at").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("form %q: %w", d.Key, err)
	}
	tx.AfterCommit(func() { k.s.forms.Forget(d.Key) })
	return nil
}

type pageKind struct{ s *Service }

func (pageKind) Name() string      { return "page" }
func (pageKind) New() manifest.Doc { return new(PageDefinition) }

func (pageKind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	p, err := findPage(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	return &p.Definition, nil
}

func (k pageKind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d := doc.(*PageDefinition)
	old, err := findPage(ctx, tx, d.Key)
	if err == nil && same(old.Definition, *d) {
		return nil
	}
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	if err := k.s.checkVariants(ctx, tx, d); err != nil {
		return err
	}
	now := k.s.clock.Now()
	row := &LandingPage{Key: d.Key, Definition: *d, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.NewInsert().Model(row).ExcludeColumn("id").
		On("CONFLICT (key) DO UPDATE").Set("definition = EXCLUDED.definition").Set("updated_at = EXCLUDED.updated_at").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("landing page %q: %w", d.Key, err)
	}
	tx.AfterCommit(func() { k.s.pages.Forget(d.Key) })
	return nil
}

// checkVariants makes sure that the page has a version for each variant that its
// experiment gives out: a visitor without one would be shown the first and counted
// nowhere.
func (s *Service) checkVariants(ctx context.Context, tx db.Tx, d *PageDefinition) error {
	if d.Experiment == "" {
		return nil
	}
	keys, err := s.split.Variants(ctx, tx, d.Experiment)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if !slices.ContainsFunc(d.Variants, func(v PageVariant) bool { return v.Key == key }) {
			return errs.Fields{"variants": fmt.Sprintf("the experiment %s has a variant %q, and this page has not", d.Experiment, key)}
		}
	}
	return nil
}

// same compares two definitions as they are stored.
func same(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

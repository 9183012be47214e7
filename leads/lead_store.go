package leads

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Upsert finds or creates the lead of each profile, within tx, and writes what the
// profiles say. The result has one lead per profile, in their order; the same
// person twice yields the same lead twice. Every profile needs an e-mail.
func (s *Service) Upsert(ctx context.Context, tx db.Tx, profiles []*Profile) ([]*Lead, error) {
	now := s.clock.Now()
	byNorm := map[string]*Lead{}
	norms := make([]string, len(profiles))
	for i, p := range profiles {
		norms[i] = NormEmail(p.Email)
		if norms[i] == "" {
			return nil, errs.Fields{"email": "errors.required"}
		}
	}
	if err := s.collect(ctx, tx, norms, byNorm); err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(byNorm))
	for norm := range byNorm {
		known[norm] = true
	}
	var fresh, changed []*Lead
	for i, p := range profiles {
		l := byNorm[norms[i]]
		if l == nil {
			l = &Lead{Email: strings.TrimSpace(p.Email), EmailNorm: norms[i], FirstTouch: p.Touch, CreatedAt: now}
			byNorm[norms[i]] = l
			fresh = append(fresh, l)
		}
		l.take(p, now)
	}
	for norm := range known {
		changed = append(changed, byNorm[norm])
	}
	// Everybody takes rows in one order, so that two batches of the same people wait for
	// each other instead of for ever.
	slices.SortFunc(changed, func(a, b *Lead) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(fresh, func(a, b *Lead) int { return cmp.Compare(a.EmailNorm, b.EmailNorm) })
	if err := s.insert(ctx, tx, fresh, byNorm, profiles, now); err != nil {
		return nil, err
	}
	if len(changed) > 0 {
		for _, l := range changed {
			if _, err := tx.NewUpdate().Model(l).WherePK().Exec(ctx); err != nil {
				return nil, fmt.Errorf("lead %d: update: %w", l.ID, err)
			}
		}
	}
	out := make([]*Lead, len(profiles))
	for i, norm := range norms {
		out[i] = byNorm[norm]
	}
	return out, nil
}

func (s *Service) collect(ctx context.Context, tx db.Tx, norms []string, into map[string]*Lead) error {
	var found []*Lead
	q := tx.NewSelect().Model(&found).Where("email_norm IN (?)", bun.List(norms)).Order("id")
	if s.db.Dialect() == db.Postgres {
		q = q.For("UPDATE") // SQLite has one writer
	}
	if err := q.Scan(ctx); err != nil {
		return fmt.Errorf("leads: find by e-mail: %w", err)
	}
	for _, l := range found {
		into[l.EmailNorm] = l
	}
	return nil
}

// insert writes new leads. One that another server inserted a moment ago is read
// back and updated instead.
func (s *Service) insert(ctx context.Context, tx db.Tx, fresh []*Lead, byNorm map[string]*Lead, profiles []*Profile, now time.Time) error {
	if len(fresh) == 0 {
		return nil
	}
	type key struct {
		ID        int64
		EmailNorm string
	}
	var made []key
	if err := tx.NewInsert().Model(&fresh).ExcludeColumn("id").
		On("CONFLICT (email_norm) DO NOTHING").Returning("id, email_norm").Scan(ctx, &made); err != nil {
		return fmt.Errorf("leads: insert: %w", err)
	}
	for _, m := range made {
		byNorm[m.EmailNorm].ID = m.ID
	}
	var raced []string // in the order of fresh
	for _, l := range fresh {
		if l.ID == 0 {
			raced = append(raced, l.EmailNorm)
		}
	}
	if len(raced) == 0 {
		return nil
	}
	if err := s.collect(ctx, tx, raced, byNorm); err != nil {
		return err
	}
	for _, p := range profiles {
		norm := NormEmail(p.Email)
		for _, r := range raced {
			if r == norm {
				byNorm[norm].take(p, now)
			}
		}
	}
	for _, norm := range raced {
		if _, err := tx.NewUpdate().Model(byNorm[norm]).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("lead %d: update: %w", byNorm[norm].ID, err)
		}
	}
	return nil
}

// Find returns one lead, or NotFound.
func (s *Service) Find(ctx context.Context, idb bun.IDB, id int64) (*Lead, error) {
	l := new(Lead)
	err := idb.NewSelect().Model(l).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("lead %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("lead %d: %w", id, err)
	}
	return l, nil
}

// FindByEmail returns the lead with this e-mail, however it is written, or NotFound.
func (s *Service) FindByEmail(ctx context.Context, idb bun.IDB, email string) (*Lead, error) {
	l := new(Lead)
	err := idb.NewSelect().Model(l).Where("email_norm = ?", NormEmail(email)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("lead with e-mail %s: %w", MaskEmail(email), errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("lead by e-mail: %w", err)
	}
	return l, nil
}

// FindMany returns the leads with these ids, by id; unknown ids are left out.
func (s *Service) FindMany(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]*Lead, error) {
	out := make(map[int64]*Lead, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var found []*Lead
	if err := idb.NewSelect().Model(&found).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("leads: find many: %w", err)
	}
	for _, l := range found {
		out[l.ID] = l
	}
	return out, nil
}

// ListOptions narrow a list of leads. Before is the id after which, going back in
// time, the page begins; 0 begins with the newest.
type ListOptions struct {
	Search string
	Before int64
	Limit  int
}

// List returns leads, the newest first, and whether there are more.
func (s *Service) List(ctx context.Context, o ListOptions) (page []*Lead, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Order("id DESC").Limit(int64(o.Limit) + 1)
	if o.Before > 0 {
		q = q.Where("id < ?", o.Before)
	}
	if text := i18n.Fold(o.Search); text != "" {
		q = q.Where(`search LIKE ? ESCAPE '\'`, "%"+escapeLike(text)+"%")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("leads: list: %w", err)
	}
	if len(page) > o.Limit {
		return page[:o.Limit], true, nil
	}
	return page, false, nil
}

// Count returns how many leads there are, and how many of them came since a time.
func (s *Service) Count(ctx context.Context, since time.Time) (all, fresh int, err error) {
	err = s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("count(*)").
		ColumnExpr("count(CASE WHEN created_at >= ? THEN 1 END)", since).Scan(ctx, &all, &fresh)
	if err != nil {
		return 0, 0, fmt.Errorf("leads: count: %w", err)
	}
	return all, fresh, nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func escapeLike(s string) string { return likeEscaper.Replace(s) }

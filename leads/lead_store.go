package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/errs"
)

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

// List returns leads, the newest first, and whether there are more. Leads that were
// merged into others are left out.
func (s *Service) List(ctx context.Context, o ListOptions) (page []*Lead, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Where("merged_into IS NULL").Order("id DESC").Limit(int64(o.Limit) + 1)
	if o.Before > 0 {
		q = q.Where("id < ?", o.Before)
	}
	if strings.TrimSpace(o.Search) != "" {
		ids, err := s.search(ctx, o.Search)
		if err != nil || len(ids) == 0 {
			return nil, false, err
		}
		q = q.Where("id IN (?)", bun.List(ids))
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
		ColumnExpr("count(CASE WHEN created_at >= ? THEN 1 END)", since).Where("merged_into IS NULL").Scan(ctx, &all, &fresh)
	if err != nil {
		return 0, 0, fmt.Errorf("leads: count: %w", err)
	}
	return all, fresh, nil
}

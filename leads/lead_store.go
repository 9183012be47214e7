package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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

package abtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

func (s *Service) load(ctx context.Context, key string) (*Experiment, error) {
	e, err := find(ctx, s.db.Read(), key)
	if err != nil {
		return nil, err
	}
	return e.prepare(), nil
}

// known finds an experiment in memory; false when there is none.
func (s *Service) known(ctx context.Context, key string) (*Experiment, bool, error) {
	e, err := s.shelf.Find(ctx, key)
	if errors.Is(err, errs.NotFound) {
		return nil, false, nil
	}
	return e, err == nil, err
}

func find(ctx context.Context, idb bun.IDB, key string) (*Experiment, error) {
	e := new(Experiment)
	err := idb.NewSelect().Model(e).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("experiment %q: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("experiment %q: %w", key, err)
	}
	return e, withRegimes(ctx, idb, e)
}

// lock reads an experiment that nobody else changes until the transaction ends.
func (s *Service) lock(ctx context.Context, tx db.Tx, key string) (*Experiment, error) {
	// An update that changes nothing takes the row's lock on both databases.
	if _, err := tx.NewUpdate().Model((*Experiment)(nil)).Set("updated_at = updated_at").Where("key = ?", key).Exec(ctx); err != nil {
		return nil, fmt.Errorf("experiment %q: %w", key, err)
	}
	return find(ctx, tx, key)
}

// mostCounting is how many experiments can be counted at a time.
const mostCounting = 1000

// counting lists the experiments whose visitors are written down. It asks the
// database each time: an experiment that another process started a moment ago must
// not lose a conversion.
func (s *Service) counting(ctx context.Context) ([]*Experiment, error) {
	var list []*Experiment
	if err := s.db.Read().NewSelect().Model(&list).
		Where("started_at IS NOT NULL").Where("stopped_at IS NULL").Order("id").Limit(mostCounting).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: running: %w", err)
	}
	return list, withRegimes(ctx, s.db.Read(), list...)
}

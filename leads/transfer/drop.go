package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// How much is deleted in one transaction at the most, so that others who write wait for
// some hundredths of a second and not for a file of two gigabytes.
const (
	dropPieces  = 8 // of a file: a megabyte each
	dropBlocks  = 8
	dropRefused = 2000
)

// drop deletes the rows of an import that narrow selects, a few in each transaction, by
// their key within the import. guard stands first in each and ends it all with its error.
// What was deleted before a crash is gone; who calls again goes on.
func (s *Service) drop(ctx context.Context, id int64, model any, key string, some int, narrow func(*bun.SelectQuery) *bun.SelectQuery, guard func(context.Context, db.Tx) error) error {
	few := func(idb bun.IDB) *bun.SelectQuery {
		return idb.NewSelect().Model(model).Column(key).Where("import_id = ?", id).Apply(narrow).Order(key).Limit(int64(some))
	}
	for {
		// Looking takes no write lock.
		if any, err := few(s.db.Read()).Exists(ctx); err != nil || !any {
			return err
		}
		if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			if guard != nil {
				if err := guard(ctx, tx); err != nil {
					return err
				}
			}
			_, err := tx.NewDelete().Model(model).Where("import_id = ?", id).Where("? IN (?)", bun.Ident(key), few(tx)).Exec(ctx)
			return err
		}); err != nil {
			return err
		}
	}
}

// dropFile removes the pieces and the rows of an import that is over: they are personal
// data that nobody needs any more. What says who was imported is left for tell.
func (s *Service) dropFile(ctx context.Context, im *Import) error {
	imported := im.Position
	if im.StartedAt.IsZero() {
		imported = 0
	}
	if err := s.drop(ctx, im.ID, (*chunk)(nil), "no", dropPieces, nil, nil); err != nil {
		return fmt.Errorf("import %d: drop the file: %w", im.ID, err)
	}
	if err := s.drop(ctx, im.ID, (*block)(nil), "no", dropBlocks, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("no >= ?", imported) }, nil); err != nil {
		return fmt.Errorf("import %d: drop the rows: %w", im.ID, err)
	}
	return nil
}

// dropRows removes what an earlier attempt at reading a file left.
func (s *Service) dropRows(ctx context.Context, im *Import) error {
	if err := s.drop(ctx, im.ID, (*block)(nil), "no", dropBlocks, nil, s.still(im)); err != nil {
		return fmt.Errorf("import %d: drop the rows: %w", im.ID, err)
	}
	return nil
}

// forgetRefusals removes the refused rows of the attempt before, which are found again.
func (s *Service) forgetRefusals(ctx context.Context, im *Import) error {
	if err := s.drop(ctx, im.ID, (*Refusal)(nil), "id", dropRefused, nil, s.still(im)); err != nil {
		return fmt.Errorf("import %d: forget refusals: %w", im.ID, err)
	}
	return nil
}

// still makes sure within a transaction that an import is where we found it, and keeps
// others off: one that was left behind must not delete what another has written since.
func (s *Service) still(im *Import) func(context.Context, db.Tx) error {
	state, position := im.State, im.Position
	return func(ctx context.Context, tx db.Tx) error {
		now, err := s.lock(ctx, tx, im.ID)
		if err != nil {
			return err
		}
		if now.State != state || now.Position != position {
			return errMoved
		}
		return nil
	}
}

// discard removes all trace of an import whose file did not arrive.
func (s *Service) discard(ctx context.Context, id int64) error {
	im, err := s.Find(ctx, id)
	if errors.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.dropFile(ctx, im); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewDelete().Model((*Import)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
			return fmt.Errorf("import %d: discard: %w", id, err)
		}
		return nil
	})
}

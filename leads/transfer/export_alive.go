package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	// beatEvery is how often an export that runs says so.
	beatEvery = 15 * time.Second
	// silence is after how long without a word an export counts as broken off. A reader
	// may be slow; one that goes on after all is put right when it ends.
	silence = 5 * time.Minute
)

// beat writes down, now and then, that an export still runs and how many have left.
func (s *Service) beat(ctx context.Context, e *Export) error {
	now := s.clock.Now()
	if now.Sub(e.AliveAt) < beatEvery {
		return nil
	}
	e.AliveAt = now
	if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model(e).Column("rows", "alive_at").WherePK().Exec(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("export %d: write down: %w", e.ID, err)
	}
	return nil
}

// endSilent marks exports as broken off of which nothing has been heard: their server died,
// for whoever still runs writes down what becomes of it.
func (s *Service) endSilent(ctx context.Context) error {
	now := s.clock.Now()
	silent := "coalesce(alive_at, created_at) < ?"
	some, err := s.db.Read().NewSelect().Model((*Export)(nil)).Where("state = ?", ExportRunning).Where(silent, now.Add(-silence)).Exists(ctx)
	if err != nil || !some {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewUpdate().Model((*Export)(nil)).Set("state = ?", ExportBroken).Set("finished_at = ?", now).
			Where("state = ?", ExportRunning).Where(silent, now.Add(-silence)).Exec(ctx); err != nil {
			return fmt.Errorf("exports: end the silent: %w", err)
		}
		return nil
	})
}

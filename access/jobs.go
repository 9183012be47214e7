package access

import (
	"context"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// RegisterJobs has expired sessions and links swept out once a day.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Every("access.sweep", 24*time.Hour, s.Sweep)
}

// Sweep deletes the sessions and links that nobody can use any more.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, model := range []any{(*session)(nil), (*link)(nil)} {
			if _, err := tx.NewDelete().Model(model).Where("expires_at <= ?", s.wall.Now()).Exec(ctx); err != nil {
				return fmt.Errorf("sessions: sweep: %w", err)
			}
		}
		return nil
	})
}

package campaigns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/workers"
)

// Pause stops further deliveries: from now on nobody in the journey is taken on.
// Whoever comes meanwhile waits at the start. E-mails that were queued before still
// go out. Pausing a paused journey changes nothing.
func (s *Service) Pause(ctx context.Context, key string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := s.setState(ctx, tx, key, StatePaused)
		return err
	})
}

// Resume takes everybody on from where they stand. Waits that ended meanwhile end
// now. Resuming an active journey changes nothing.
func (s *Service) Resume(ctx context.Context, key string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		j, err := s.setState(ctx, tx, key, StateActive)
		if err != nil {
			return err
		}
		return s.wake(ctx, tx, j)
	})
}

// setState waits for the batches that read the state as it was: see lockJourneys.
func (s *Service) setState(ctx context.Context, tx db.Tx, key, state string) (*Journey, error) {
	j := new(Journey)
	err := tx.NewUpdate().Model(j).Set("state = ?", state).Set("updated_at = ?", s.clock.Now()).
		Where("key = ?", key).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("journey %s: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("journey %s: %w", key, err)
	}
	return j, nil
}

// wake enqueues the next step of everybody in the journey; those who have a job
// already keep it.
func (s *Service) wake(ctx context.Context, tx db.Tx, j *Journey) error {
	const page = 1000
	for last := int64(0); ; {
		var rows []*Enrollment
		if err := tx.NewSelect().Model(&rows).Column("id", "due_at").
			Where("journey_id = ?", j.ID).Where("state = ?", EnrollmentActive).Where("id > ?", last).
			Order("id").Limit(page).Scan(ctx); err != nil {
			return fmt.Errorf("journey %s: wake: %w", j.Key, err)
		}
		jobs := make([]workers.Job, len(rows))
		for i, e := range rows {
			jobs[i], last = e.job(), e.ID
		}
		if err := s.queue.Enqueue(ctx, tx, jobs...); err != nil {
			return err
		}
		if len(rows) < page {
			return nil
		}
	}
}

// lockJourneys reads journeys and keeps their state from being changed until the
// end of tx. Enrolling locks them for itself, so that two events of one lead do not
// take the same entry. On SQLite tx has the database to itself anyway.
func (s *Service) lockJourneys(ctx context.Context, tx db.Tx, lock string, ids []int64) (map[int64]*Journey, error) {
	var rows []*Journey
	q := tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id")
	if s.db.Dialect() == db.Postgres {
		q = q.For(lock)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("journeys: lock: %w", err)
	}
	out := make(map[int64]*Journey, len(rows))
	for _, j := range rows {
		out[j.ID] = j
	}
	return out, nil
}

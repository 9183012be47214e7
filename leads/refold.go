package leads

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
)

// refoldBatch is how many rows from before there were folds are done at a time.
const refoldBatch = 500

// refold brings rows from before there were folds up to date: until then conditions
// and the search do not see them. It does nothing once all are done.
func (s *Service) refold(ctx context.Context) error {
	for {
		leads, err := s.refoldLeads(ctx)
		if err != nil {
			return err
		}
		events, err := s.refoldEvents(ctx)
		if err != nil {
			return err
		}
		if leads+events == 0 {
			return nil
		}
	}
}

func (s *Service) refoldLeads(ctx context.Context) (done int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []*Lead
		q := tx.NewSelect().Model(&rows).Where("folds IS NULL").Order("id").Limit(refoldBatch)
		if s.db.Dialect() == db.Postgres {
			q = q.For("UPDATE") // SQLite has one writer
		}
		if err := q.Scan(ctx); err != nil {
			return fmt.Errorf("leads: refold: %w", err)
		}
		if done = len(rows); done == 0 {
			return nil
		}
		for _, l := range rows {
			l.PhoneNorm = s.NormPhone(l.Phone)
			l.fold()
		}
		return s.save(ctx, tx, rows)
	})
	return done, err
}

func (s *Service) refoldEvents(ctx context.Context) (done int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []*Event
		if err := tx.NewSelect().Model(&rows).Where("folds IS NULL").Order("id").Limit(refoldBatch).Scan(ctx); err != nil {
			return fmt.Errorf("events: refold: %w", err)
		}
		if done = len(rows); done == 0 {
			return nil
		}
		for _, e := range rows {
			e.Folds = conditions.Fold(e.Properties)
		}
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO UPDATE").Set("folds = EXCLUDED.folds").Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("events: refold: %w", err)
		}
		return nil
	})
	return done, err
}

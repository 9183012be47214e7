package abtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// keep stores a look and, when it is decisive, the verdict. It is false, and stores
// nothing, when somebody else has looked or ended the experiment meanwhile: the
// smallest p goes from look to look, so there may be only one at a time.
func (s *Service) keep(ctx context.Context, e *Experiment, last Look, seen *Look) (kept bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		kept = false
		now, err := s.lock(ctx, tx, e.Key)
		if err != nil || !now.undecided() {
			return err
		}
		newest, err := s.lastLook(ctx, tx, e)
		if err != nil || newest.ID != last.ID {
			return err
		}
		if _, err := tx.NewInsert().Model(seen).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
			return err
		}
		kept = true
		if !seen.Decisive {
			return nil
		}
		return s.decide(ctx, tx, e, seen)
	})
	return kept, err
}

// decide writes the verdict down, and into the history of events.
func (s *Service) decide(ctx context.Context, tx db.Tx, e *Experiment, by *Look) error {
	if _, err := tx.NewUpdate().Model((*Experiment)(nil)).
		Set("decided_at = ?", by.At).Set("decided_look_id = ?", by.ID).Set("winner = ?", by.Winner).
		Set("updated_at = ?", s.clock.Now()).Where("id = ?", e.ID).Exec(ctx); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		s.forget(e.Key)
		s.log.Info("experiment decided", "experiment", e.Key, "verdict", by.State, "reason", by.Reason, "winner", by.Winner)
	})
	return s.leads.Record(ctx, tx, &leads.Event{
		MessageID: "experiment:" + e.Key + ":decided", Name: leads.EventExperimentDecided, Source: "experiment:" + e.Key,
		Properties: map[string]any{"experiment": e.Key, "verdict": string(by.State), "reason": string(by.Reason), "winner": by.Winner},
		OccurredAt: by.At,
	})
}

// lastLook is the look stored last; its ID is 0 while there is none.
func (s *Service) lastLook(ctx context.Context, idb bun.IDB, e *Experiment) (l Look, err error) {
	err = idb.NewSelect().Model(&l).Where("experiment_id = ?", e.ID).Order("id DESC").Limit(1).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("experiment %q: last look: %w", e.Key, err)
	}
	return l, nil
}

// shownLooks is how many looks a report tells of: more than half a year of them.
const shownLooks = 800

// looks returns an experiment's newest looks, the oldest first.
func (s *Service) looks(ctx context.Context, e *Experiment) ([]*Look, error) {
	var list []*Look
	newest := s.db.Read().NewSelect().Model((*Look)(nil)).Where("experiment_id = ?", e.ID).Order("id DESC").Limit(shownLooks)
	if err := s.db.Read().NewSelect().Model(&list).ModelTableExpr("(?) AS look", newest).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiment %q: looks: %w", e.Key, err)
	}
	return list, nil
}

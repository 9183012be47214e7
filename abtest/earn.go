package abtest

import (
	"context"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/db"
)

// Mode says what an experiment is for.
type Mode string

// The modes.
const (
	Prove Mode = "prove" // the weights stay as the team sets them
	Earn  Mode = "earn"  // more and more of the visitors get the version that does better
)

// earns reports whether the traffic follows the better version.
func (d *Definition) earns() bool { return d.Mode == Earn }

// earn opens a regime with the shares that the days so far have earned: once for each
// day that is over, when every variant has its 100 visitors. The verdict reads every
// regime by its own shares, so that moving the traffic costs it nothing.
func (s *Service) earn(ctx context.Context, e *Experiment) error {
	now := s.clock.Now()
	today := e.days(now)
	if !e.Definition.earns() || !e.undecided() || !e.admits() || e.earnedOn() >= today {
		return nil
	}
	// As for a look: conversions on the way would be missing from the newest regime.
	backlog, err := s.leads.Backlog(ctx, earlier(e.StartedAt.Add(time.Duration(today)*day), now.Add(-time.Minute)))
	if err != nil || backlog {
		return err
	}
	t, err := s.count(ctx, e, today)
	if err != nil {
		return err
	}
	primary := e.Definition.primary()
	if !stats.EnoughToEarn(t.counts(e, &primary)) {
		return nil
	}
	shares, ok := stats.AllocateOver(t.regimes(e, &primary))
	if !ok {
		return fmt.Errorf("experiment %q: earning: its counts make no shares", e.Key)
	}
	if err := s.reweigh(ctx, e, shares, today, now); err != nil {
		return fmt.Errorf("experiment %q: earning: %w", e.Key, err)
	}
	return nil
}

// reweigh opens the regime of a day, unless somebody else has opened one since e was read
// or the experiment does not run any more.
func (s *Service) reweigh(ctx context.Context, e *Experiment, shares []float64, today int, now time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh, err := s.lock(ctx, tx, e.Key)
		if err != nil || !fresh.undecided() || !fresh.admits() || len(fresh.regimes) != len(e.regimes) {
			return err
		}
		fresh.Shares = shares
		regime := fresh.opens(now)
		if regime == nil {
			return nil // the day changed nothing
		}
		regime.EarnedOn = &today
		if _, err := tx.NewInsert().Model(regime).Exec(ctx); err != nil {
			return err
		}
		fresh.UpdatedAt = now
		if _, err := tx.NewUpdate().Model(fresh).WherePK().Column("shares", "updated_at").Exec(ctx); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			s.forget(e.Key)
			s.log.Info("experiment reweighted", "experiment", e.Key, "day", today, "shares", shares)
		})
		return nil
	})
}

// earnedOn is the last day that set the shares; 0 before that.
func (e *Experiment) earnedOn() (last int) {
	for _, r := range e.regimes {
		if r.EarnedOn != nil {
			last = max(last, *r.EarnedOn)
		}
	}
	return last
}

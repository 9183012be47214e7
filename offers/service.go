package offers

import (
	"context"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Service keeps the offers, who got which, and why.
type Service struct {
	db    *db.DB
	clock clock.Clock
	leads *leads.Service

	experiments *abtest.Service
}

// New returns the offers over d. The experiments say who is given which version of one.
func New(d *db.DB, c clock.Clock, l *leads.Service, experiments *abtest.Service) *Service {
	l.AddHolding(holdings()...)
	return &Service{db: d, clock: c, leads: l, experiments: experiments}
}

// RegisterJobs has codes marked as expired every six hours. A code that is past its
// time is refused at once, marked or not.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Every("offers.expire", 6*time.Hour, s.Expire)
}

// Expire marks the codes whose time is over.
func (s *Service) Expire(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Grant)(nil)).Set("state = ?", StateExpired).
			Where("state = ?", StateGranted).Where("expires_at <= ?", s.clock.Now()).Exec(ctx)
		if err != nil {
			return fmt.Errorf("offers: expire codes: %w", err)
		}
		return nil
	})
}

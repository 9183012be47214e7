package transfer

import (
	"context"
	"log/slog"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Suppressor keeps addresses from being written to, beyond the withdrawn consent: people
// who left a list elsewhere, and addresses whose mailboxes are gone.
type Suppressor interface {
	SuppressImported(ctx context.Context, tx db.Tx, unsubscribed, bounced []string) error
}

// Refresher brings up to date what depends on many leads at once, such as segments:
// leads that are imported make no events that anybody is offered.
type Refresher interface {
	RefreshAll(ctx context.Context) error
}

// Service imports and exports leads.
type Service struct {
	db         *db.DB
	clock      clock.Clock
	log        *slog.Logger
	queue      *workers.Queue
	leads      *leads.Service
	suppressor Suppressor
	refreshers []Refresher
	tempDir    string
}

// New returns the service over d. Large workbooks are unpacked in tempDir while they are
// read; empty is the system's own.
func New(d *db.DB, c clock.Clock, log *slog.Logger, q *workers.Queue, l *leads.Service, tempDir string) *Service {
	s := &Service{db: d, clock: c, log: log, queue: q, leads: l, tempDir: tempDir}
	l.AddEraser(s.erase)
	return s
}

// Suppress joins who keeps addresses from being written to. Call it before the workers start.
func (s *Service) Suppress(to Suppressor) { s.suppressor = to }

// Refresh joins somebody to be told after each import. Call it before the workers start.
func (s *Service) Refresh(r Refresher) { s.refreshers = append(s.refreshers, r) }

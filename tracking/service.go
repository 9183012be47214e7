package tracking

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/shelf"
	"github.com/sarnakh/sarnakh/leads"
)

const (
	// mostAtOnce is how many requests one commit may take.
	mostAtOnce = 32
	// mostWaiting is how many messages may wait for their commit; whoever comes then
	// is asked to come again.
	mostWaiting = 20_000
	// rate is how many messages a second a source may send in the long run, and burst
	// how many at once.
	rate, burst = 10_000, 20_000
)

// Service keeps the sources and takes what they send.
type Service struct {
	db      *db.DB
	clock   clock.Clock
	log     *slog.Logger
	leads   *leads.Service
	batch   *db.Batcher[*delivery]
	sources *shelf.Shelf[Source]
	fields  *shelf.Shelf[leads.Catalogue] // the only item has the key ""
	pace    *pace
	recent  *recent
	waiting atomic.Int64 // messages on their way into the database
}

// New returns the tracking over d.
func New(d *db.DB, c clock.Clock, log *slog.Logger, l *leads.Service) *Service {
	s := &Service{db: d, clock: c, log: log, leads: l, pace: newPace(rate, burst)}
	s.batch = db.NewBatcher(d, mostAtOnce, s.store)
	s.sources = shelf.New(func(ctx context.Context, key string) (*Source, error) {
		return find(ctx, d.Read(), "write_key = ?", key)
	}, time.Second)
	s.fields = shelf.New(func(ctx context.Context, _ string) (*leads.Catalogue, error) {
		c, err := l.Fields(ctx)
		return &c, err
	}, time.Second)
	s.recent = newRecent(s)
	l.AddHolding(leads.Holding{Table: "visitors", Key: []string{"visitor_id"}, Erase: leads.Erasure{Delete: true}})
	return s
}

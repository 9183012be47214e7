package forms

import (
	"context"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/shelf"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// mostAtOnce is how many submissions one commit may take.
const mostAtOnce = 128

// Splitter gives a visitor their variant of an experiment and counts that they saw
// it. No variant ("") means that the experiment does not run for them.
type Splitter interface {
	Assign(ctx context.Context, experiment, visitorID string, from web.Visit) (variant string, err error)
	Expose(ctx context.Context, experiment, variant, visitorID string, from web.Visit) error
	// VariantsOn lists the keys of an experiment's variants, or NotFound. One on another
	// surface is refused.
	VariantsOn(ctx context.Context, idb bun.IDB, experiment, surface string) ([]string, error)
}

// Service keeps the forms and landing pages and takes what visitors send.
type Service struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger
	leads *leads.Service
	split Splitter
	kit   *web.Kit

	signer  *secure.Signer // of previews
	counter *counter

	batch *db.Batcher[*sending]
	forms *shelf.Shelf[Form]
	pages *shelf.Shelf[LandingPage]

	drawings drawings // of pages
}

// New returns the forms over d.
func New(d *db.DB, c clock.Clock, log *slog.Logger, l *leads.Service, split Splitter, kit *web.Kit) *Service {
	s := &Service{db: d, clock: c, log: log, leads: l, split: split, kit: kit}
	s.batch = db.NewBatcher(d, mostAtOnce, s.store)
	s.counter = newCounter(d, log)
	s.drawings.pages = map[string]*drawnPage{}
	l.AddHolding(holdings()...)
	s.forms = shelf.New(s.loadForm, time.Second)
	s.pages = shelf.New(s.loadPage, time.Second)
	return s
}

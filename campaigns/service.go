package campaigns

import (
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Service runs the journeys and keeps their e-mails.
type Service struct {
	db      *db.DB
	clock   clock.Clock
	leads   *leads.Service
	queue   *workers.Queue
	effects Effects
	look    Look

	tracks  sync.Map // version id to *track
	letters sync.Map // letterKey to *content.Letter
}

// Look is how e-mails speak and look.
type Look struct {
	Catalog  *i18n.Catalog
	Zone     *time.Location // in which dates are written
	Language i18n.Lang      // for leads whose own is unknown
	Brand    content.Brand
	Site     string // where our pages are, without a slash at the end
}

// New returns the service over d.
func New(d *db.DB, c clock.Clock, l *leads.Service, q *workers.Queue, e Effects, look Look) *Service {
	l.AddHolding(holdings()...)
	return &Service{db: d, clock: c, leads: l, queue: q, effects: e, look: look}
}

// RegisterJobs tells the queue who takes people on in their journeys. The service
// must also be subscribed to the events of the leads.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobAdvance, s.advance, workers.Options{Batch: 200})
}

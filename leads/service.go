package leads

import (
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// Service is the lead store.
type Service struct {
	db          *db.DB
	clock       clock.Clock
	queue       *workers.Queue
	subscribers []Subscriber
	factSources []FactSource
}

// New returns the lead store over d.
func New(d *db.DB, c clock.Clock, q *workers.Queue) *Service {
	return &Service{db: d, clock: c, queue: q}
}

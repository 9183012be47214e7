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
	region      string // ISO 3166: where a telephone number without a country is
}

// New returns the lead store over d.
func New(d *db.DB, c clock.Clock, q *workers.Queue) *Service {
	return &Service{db: d, clock: c, queue: q, region: "IR"}
}

// SetRegion says in which country (ISO 3166: "IR", which it is otherwise) a telephone
// number is that names none. Call it before anything is stored.
func (s *Service) SetRegion(country string) { s.region = country }

package leads

import (
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/workers"
)

// Service is the lead store.
type Service struct {
	db          *db.DB
	clock       clock.Clock
	queue       *workers.Queue
	subscribers []Subscriber
	numbers     map[string]conditions.Number // what conditions may ask of other features: see AddNumber, AddSet
	sets        map[string]conditions.Set
	names       map[string]string // by kind of set: see AddNames
	privacy     privacy           // where features keep rows about leads: see AddHolding
	kinds       []manifest.Kind   // that conditions name: see AddKind
	desk        desk              // what the pages ask of other features: see SetTitles
	region      string            // ISO 3166: where a telephone number without a country is
	zone        *time.Location
}

// New returns the lead store over d.
func New(d *db.DB, c clock.Clock, q *workers.Queue) *Service {
	s := &Service{db: d, clock: c, queue: q, region: "IR", zone: time.UTC, numbers: map[string]conditions.Number{}, sets: map[string]conditions.Set{}, names: map[string]string{}}
	s.AddSet(conditions.SetTag, tagged)
	s.AddSet(conditions.SetConsent, granted)
	s.AddNames(conditions.SetTag, tagsOfLeads)
	s.AddNames(conditions.SetConsent, agreedTo)
	return s
}

// SetRegion says in which country (ISO 3166: "IR", which it is otherwise) a telephone
// number is that names none. Call it before anything is stored.
func (s *Service) SetRegion(country string) { s.region = country }

// SetZone says in which time zone days begin for conditions; in UTC otherwise. Call it
// before anything is asked.
func (s *Service) SetZone(zone *time.Location) { s.zone = zone }

package abtest

import (
	"log/slog"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/shelf"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

const (
	// mostAtOnce is how many exposures one commit may take.
	mostAtOnce = 256
	// between is the domain time from one look to the next.
	between = 6 * time.Hour
)

// Service runs the experiments.
type Service struct {
	db       *db.DB
	clock    clock.Clock
	log      *slog.Logger
	leads    *leads.Service
	shelf    *shelf.Shelf[Experiment]
	features *shelf.Shelf[featureFile] // for SDKs
	seen     *seen
	batch    *db.Batcher[*exposure]

	signer *secure.Signer  // of links to reports; nil: there are none
	shared *sharedReports  // that were read by links of late
	places Places          // see Join
	kinds  []manifest.Kind // that goals refer to
}

// New returns the experiments over d. Subscribe it to the leads' events, which is
// how it hears of conversions.
func New(d *db.DB, c clock.Clock, log *slog.Logger, l *leads.Service) *Service {
	s := &Service{db: d, clock: c, log: log, leads: l, seen: newSeen(remembered), shared: newSharedReports()}
	s.shelf = shelf.New(s.load, time.Second)
	s.features = shelf.New(s.loadFeatures, time.Second)
	s.batch = db.NewBatcher(d, mostAtOnce, s.write)
	l.AddHolding(holdings()...)
	addConditions(l)
	return s
}

// Kinds are the documents that set experiments up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{kind{s}} }

// RegisterJobs has the running experiments looked at every six hours.
func (s *Service) RegisterJobs(q *workers.Queue) { q.Every("abtest.looks", between, s.Evaluate) }

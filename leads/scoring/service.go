package scoring

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Service keeps the rules and the scores.
type Service struct {
	db      *db.DB
	clock   clock.Clock
	leads   *leads.Service
	queue   *workers.Queue
	changed func(ctx context.Context) error
	last    atomic.Pointer[book] // the one that was read last
}

var _ leads.Subscriber = (*Service)(nil)

// New returns the scoring over d. Have it subscribe to the leads' events:
// l.Subscribe(s).
func New(d *db.DB, c clock.Clock, l *leads.Service, q *workers.Queue) *Service {
	l.AddNumber(conditions.NumberScore, "lead_scores", "score")
	l.AddSet(conditions.SetGrade, conditions.SetQuery("SELECT lead_id FROM lead_scores WHERE grade = ?"))
	l.AddNames(conditions.SetGrade, "SELECT lead_id, grade AS name FROM lead_scores WHERE grade <> '' AND lead_id IN (?0)")
	l.AddHolding(holdings()...)
	return &Service{db: d, clock: c, leads: l, queue: q}
}

// OnRescored has fn called when many scores have changed at once, without an event
// for each. Call it before the workers start.
func (s *Service) OnRescored(fn func(ctx context.Context) error) { s.changed = fn }

// Kinds are the documents that set scoring up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{s.rules(), s.scales()} }

func (s *Service) rules() manifest.Table[Rule, *Rule] {
	return manifest.Table[Rule, *Rule]{Table: "scoring_rules", Kind: ruleKind, Now: s.clock.Now,
		Check: func(ctx context.Context, tx db.Tx, _ *Rule) error { return s.rescoreAll(ctx, tx) }}
}

func (s *Service) scales() manifest.Table[Scale, *Scale] {
	return manifest.Table[Scale, *Scale]{Table: "grade_scales", Kind: scaleKind, Now: s.clock.Now,
		Check: func(ctx context.Context, tx db.Tx, _ *Scale) error { return s.rescoreAll(ctx, tx) }}
}

// The words after "kind:".
const (
	ruleKind  = "scoring_rule"
	scaleKind = "grade_scale"
)

const (
	jobRescore  = "scoring.rescore"  // Ref: the last lead that the run has done
	jobRescored = "scoring.rescored" // many scores have changed
	jobRefresh  = "scoring.refresh"
)

// refreshEvery is how often what only time changes is looked at.
const refreshEvery = 24 * time.Hour

// RegisterJobs tells the queue who works scores out anew.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobRescore, s.rescore, workers.Options{Batch: 1, Lease: 5 * time.Minute})
	q.Handle(jobRescored, s.rescored, workers.Options{Batch: 1, Lease: time.Hour})
	q.Every(jobRefresh, refreshEvery, s.refresh)
}

// refresh works scores out anew when time alone can have changed them.
func (s *Service) refresh(ctx context.Context) error {
	b, err := s.book(ctx, s.db.Read())
	if err != nil || !b.timeDependent() {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.rescoreAll(ctx, tx) })
}

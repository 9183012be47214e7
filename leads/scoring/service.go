package scoring

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
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
}

var _ leads.Subscriber = (*Service)(nil)

// New returns the scoring over d. Have it subscribe to the leads' events:
// l.Subscribe(s).
func New(d *db.DB, c clock.Clock, l *leads.Service, q *workers.Queue) *Service {
	l.AddNumber(conditions.NumberScore, "lead_scores", "score")
	l.AddSet(conditions.SetGrade, conditions.SetQuery("SELECT lead_id FROM lead_scores WHERE grade = ?"))
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

// book is the rules and the scale at one moment.
type book struct {
	rules []*manifest.Row[Rule]
	scale *Scale
}

func (s *Service) book(ctx context.Context, idb bun.IDB) (*book, error) {
	rows, err := s.rules().List(ctx, idb)
	if err != nil {
		return nil, err
	}
	b := &book{scale: &usual}
	for _, row := range rows {
		if row.Definition.IsActive() {
			b.rules = append(b.rules, row)
		}
	}
	scale, err := s.scales().Find(ctx, idb, scaleKey)
	if err == nil {
		b.scale = &scale.Definition
	} else if !errors.Is(err, errs.NotFound) {
		return nil, err
	}
	return b, nil
}

const (
	jobRescore = "scoring.rescore"
	jobRefresh = "scoring.refresh"
)

// refreshEvery is how often what only time changes is looked at.
const refreshEvery = 24 * time.Hour

// RegisterJobs tells the queue who works scores out anew.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobRescore, s.rescore, workers.Options{Batch: 1, Lease: 5 * time.Minute})
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

// timeDependent says whether a rule's points change by nothing but the passing of time.
func (b *book) timeDependent() bool {
	return slices.ContainsFunc(b.rules, func(r *manifest.Row[Rule]) bool {
		d := &r.Definition
		return d.HalfLife > 0 || d.Condition != nil && d.Condition.TimeDependent()
	})
}

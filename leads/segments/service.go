package segments

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Service keeps the segments and who is in them.
type Service struct {
	db    *db.DB
	clock clock.Clock
	queue *workers.Queue
	leads *leads.Service
	zone  *time.Location
	users []User
}

// User is a feature that names segments: a journey that begins when somebody enters,
// an offer for those who are in.
type User interface {
	// SegmentUsers says what of the feature names a segment, in words for people.
	SegmentUsers(ctx context.Context, idb bun.IDB, key string) ([]i18n.Text, error)
}

var _ leads.Subscriber = (*Service)(nil)

// New returns the segments over d; days begin as they do in zone. Conditions can ask
// for segments from then on; have it subscribe to the leads' events: l.Subscribe(s).
func New(d *db.DB, c clock.Clock, q *workers.Queue, l *leads.Service, zone *time.Location) *Service {
	l.AddSet(conditions.SetSegment, conditions.SetQuery(inSegment))
	l.AddNames(conditions.SetSegment, segmentsOf)
	l.AddHolding(holdings()...)
	return &Service{db: d, clock: c, queue: q, leads: l, zone: zone}
}

// inSegment says who is in the segment with a key.
const inSegment = "SELECT in_segment.lead_id FROM segment_members AS in_segment WHERE in_segment.segment_id = (SELECT id FROM segments WHERE key = ?)"

// segmentsOf says in which segments leads are.
const segmentsOf = "SELECT m.lead_id, s.key AS name FROM segment_members AS m JOIN segments AS s ON s.id = m.segment_id WHERE m.lead_id IN (?0)"

// AddUser has deletions ask a feature whether it needs the segment. Call it before the
// first request.
func (s *Service) AddUser(u User) { s.users = append(s.users, u) }

// now is the domain time in the workspace's zone.
func (s *Service) now() time.Time { return s.clock.Now().In(s.zone) }

// RegisterJobs tells the queue who fills segments and looks for what time changes.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobFill, s.fillJobs, workers.Options{Batch: 1, Lease: fillLease})
	q.Handle(jobLater, s.refreshJobs, workers.Options{Batch: 200})
	q.Handle(jobClear, s.clearJobs, workers.Options{Batch: 1, Lease: fillLease})
	q.Handle(jobSoon, s.soonJobs, workers.Options{Batch: 1, Lease: fillLease})
	q.Every("segments.time", timeStep, s.refreshTimed)
	q.Every("segments.sweep", sweepStep, s.RefreshAll)
}

// The kinds of jobs.
const (
	jobFill  = "segments.fill"  // Ref: the segment whose condition is new
	jobLater = "segments.later" // Ref: the lead to whom something happens only then
	jobSoon  = "segments.soon"  // Ref: the segment that time changes faster than hour by hour
	jobClear = "segments.clear" // Ref: the segment that was deleted
)

const (
	fillLease = 10 * time.Minute
	timeStep  = time.Hour
	sweepStep = 24 * time.Hour
	// chunk is how many leads are settled in one transaction, so that others who
	// write are never kept waiting for long: some 30 ms.
	chunk = 1000
)

package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
)

// ErrLate is what Finish returns to a handler whose lease ran out and whose job
// somebody else has taken.
var ErrLate = errors.New("jobs: lease lost to a later attempt")

// Handler does a batch of jobs and finishes each within the transaction of its
// effect. What it leaves unfinished is tried again later; the error says why.
type Handler func(ctx context.Context, b *Batch) error

// Options of a kind of job.
type Options struct {
	Batch       int           // most jobs in one task; 100 when zero
	Lease       time.Duration // how long one attempt may take; a minute when zero
	MaxAttempts int           // then the job is dead; 0 means never give up
	Outside     bool          // waits for servers that are not ours, and has workers of its own
}

type kind struct {
	handle Handler
	Options
}

// Queue is the outbox and what is known about each kind of job. Register kinds
// with Handle and Every before a Runner starts.
type Queue struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger
	kinds map[string]kind
	every map[string]time.Duration
	wake  chan struct{}
}

// NewQueue returns the queue over d. Without a Runner it only takes jobs in,
// which is all that a web-only process needs.
func NewQueue(d *db.DB, c clock.Clock, log *slog.Logger) *Queue {
	return &Queue{
		db: d, clock: c, log: log,
		kinds: map[string]kind{}, every: map[string]time.Duration{},
		wake: make(chan struct{}, 1),
	}
}

// Handle says who does the jobs of a kind. Two handlers for one kind are a
// programming error and panic at start-up.
func (q *Queue) Handle(name string, h Handler, o Options) {
	if _, ok := q.kinds[name]; ok {
		panic("jobs: " + name + " has a handler already")
	}
	if o.Batch == 0 {
		o.Batch = 100
	}
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	q.kinds[name] = kind{h, o}
}

// Every has fn run each period of domain time, by one of the processes. What it
// does must be idempotent: after a crash it may run again.
func (q *Queue) Every(name string, period time.Duration, fn func(ctx context.Context) error) {
	q.every[name] = period
	q.Handle(name, func(ctx context.Context, b *Batch) error {
		if err := fn(ctx); err != nil {
			return err
		}
		return q.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			return b.Finish(ctx, tx, b.Jobs...)
		})
	}, Options{Batch: 1, Lease: 5 * time.Minute})
}

// schedule writes the rows of the recurring jobs that do not stand yet.
func (q *Queue) schedule(ctx context.Context) error {
	var jobs []Job
	for name, period := range q.every {
		jobs = append(jobs, Job{Kind: name, Key: "every:" + name, DueAt: q.clock.Now().Add(period)})
	}
	return q.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return q.Enqueue(ctx, tx, jobs...)
	})
}

// Reclaim ends all leases, so that what an earlier process was doing when it ended
// is done at once. Only for a process that nobody runs beside.
func (q *Queue) Reclaim(ctx context.Context) error {
	err := q.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Job)(nil)).Set("lease_until = ?", wallClock()).
			Where("state IN (?)", bun.List([]string{stateQueued, stateRunning})).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("jobs: reclaim: %w", err)
	}
	return nil
}

// kindNames lists the kinds of one of the two queues.
func (q *Queue) kindNames(outside bool) []string {
	var names []string
	for name, k := range q.kinds {
		if k.Outside == outside {
			names = append(names, name)
		}
	}
	return names
}

// Wake has the relay look for due jobs now, without waiting for its next round.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Outstanding is a query for what the jobs of a kind are about that are due and not
// done: for a feature that must not read figures while some of them are still to come.
func (q *Queue) Outstanding(idb bun.IDB, kind string) *bun.SelectQuery {
	return idb.NewSelect().Model((*Job)(nil)).Column("ref").Where("kind = ?", kind).
		Where("(state = ? AND due_at <= ?) OR state IN (?)", stateDue, q.clock.Now(), bun.List([]string{stateQueued, stateRunning}))
}

// Counts of the outbox. Outstanding is what is due by now and not finished;
// Later waits for its time; Dead was given up.
type Counts struct {
	Outstanding, Later, Dead int
}

// Count reads the outbox; the figures come from the database, never from Redis.
func (q *Queue) Count(ctx context.Context) (Counts, error) {
	var c Counts
	err := q.db.Read().NewSelect().Model((*Job)(nil)).
		ColumnExpr("count(CASE WHEN (state = ? AND due_at <= ?) OR state IN (?) THEN 1 END)",
			stateDue, q.clock.Now(), bun.List([]string{stateQueued, stateRunning})).
		ColumnExpr("count(CASE WHEN state = ? AND due_at > ? THEN 1 END)", stateDue, q.clock.Now()).
		ColumnExpr("count(CASE WHEN state = ? THEN 1 END)", stateDead).
		Scan(ctx, &c.Outstanding, &c.Later, &c.Dead)
	if err != nil {
		return c, fmt.Errorf("jobs: count: %w", err)
	}
	return c, nil
}

// NextDue returns the domain time of the earliest job that is still to come.
func (q *Queue) NextDue(ctx context.Context) (time.Time, bool, error) {
	var due []time.Time
	err := q.db.Read().NewSelect().Model((*Job)(nil)).Column("due_at").
		Where("state = ?", stateDue).Order("due_at").Limit(1).Scan(ctx, &due)
	if err != nil || len(due) == 0 {
		return time.Time{}, false, err
	}
	return due[0], true, nil
}

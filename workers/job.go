package workers

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// A job's states. A finished job has no row.
const (
	stateDue     = "due"     // waits for its time
	stateQueued  = "queued"  // handed to asynq, or waiting to be tried again when the lease ends
	stateRunning = "running" // claimed by a handler
	stateDead    = "dead"    // given up after MaxAttempts; an operator looks at it
)

// Job is one thing to do. Ref is the id of the row it is about; a job carries
// nothing else, so that it can never be out of date.
type Job struct {
	bun.BaseModel `bun:"table:jobs,alias:job"`

	ID      int64  `bun:",pk,autoincrement"`
	Kind    string // which handler
	Ref     int64
	Key     string    `bun:",nullzero"` // at most one job with this key stands at a time
	State   string    `bun:",nullzero,default:'due'"`
	Attempt int       // how often it was handed out
	DueAt   time.Time // domain time
	// LeaseUntil is wall-clock time: from then on the job may be handed out again.
	LeaseUntil time.Time `bun:",nullzero"`
	LastError  string
}

// Enqueue writes jobs into the outbox within tx; once tx is committed the relay is
// woken. A job whose key stands already is left out.
func (q *Queue) Enqueue(ctx context.Context, tx db.Tx, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	for i := range jobs {
		jobs[i].State = stateDue
	}
	// Returning("NULL") keeps bun from asking for ids that nobody reads.
	if _, err := tx.NewInsert().Model(&jobs).ExcludeColumn("id", "lease_until").
		On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("jobs: enqueue: %w", err)
	}
	tx.AfterCommit(q.Wake)
	return nil
}

// Batch is a number of jobs of one kind that a handler has claimed.
type Batch struct {
	Jobs    []Job
	attempt int
	open    map[int64]bool
	queue   *Queue
}

// Refs returns what the jobs are about, in their order.
func (b *Batch) Refs() []int64 {
	refs := make([]int64, len(b.Jobs))
	for i, j := range b.Jobs {
		refs[i] = j.Ref
	}
	return refs
}

// Finish ends jobs within the transaction of their effect. It fails, and so must
// the transaction, when one of them was meanwhile handed to somebody else: the
// late one changes nothing.
func (b *Batch) Finish(ctx context.Context, tx db.Tx, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	ids := make([]int64, len(jobs))
	for i, j := range jobs {
		ids[i] = j.ID
	}
	q := tx.NewDelete().Model((*Job)(nil))
	if every, ok := b.queue.every[jobs[0].Kind]; ok {
		return b.rearm(ctx, tx, ids, every)
	}
	res, err := q.Where("id IN (?)", bun.List(ids)).
		Where("attempt = ?", b.attempt).Where("state = ?", stateRunning).Exec(ctx)
	return b.settled(tx, res, err, ids)
}

// rearm makes a recurring job due again one period later instead of ending it.
func (b *Batch) rearm(ctx context.Context, tx db.Tx, ids []int64, every time.Duration) error {
	res, err := tx.NewUpdate().Model((*Job)(nil)).
		Set("state = ?", stateDue).Set("attempt = 0").Set("last_error = ''").
		Set("due_at = ?", b.queue.clock.Now().Add(every)).
		Where("id IN (?)", bun.List(ids)).
		Where("attempt = ?", b.attempt).Where("state = ?", stateRunning).Exec(ctx)
	return b.settled(tx, res, err, ids)
}

func (b *Batch) settled(tx db.Tx, res interface{ RowsAffected() (int64, error) }, err error, ids []int64) error {
	if err != nil {
		return fmt.Errorf("jobs: finish: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("jobs: finish: %w", err)
	}
	if n != int64(len(ids)) {
		return ErrLate
	}
	tx.AfterCommit(func() {
		for _, id := range ids {
			delete(b.open, id)
		}
	})
	return nil
}

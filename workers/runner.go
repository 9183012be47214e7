package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Runner does the jobs of a Queue in this process.
type Runner struct {
	queue           *Queue
	db              *db.DB
	log             *slog.Logger
	redis           redis.UniversalClient
	client          *asynq.Client
	inside, outside *asynq.Server
	wait            time.Duration // how long a job may lie in Redis unclaimed
	hold            time.Duration // how long a handler keeps its jobs without renewing
	stop            context.CancelFunc
	relays          sync.WaitGroup
}

// holdFor is how long the jobs of a process that died wait for another to take them.
const holdFor = 15 * time.Second

// Jobs that wait for the world outside have workers of their own, so that a slow mail
// server keeps nothing else from being done.
const (
	queueInside  = "inside"
	queueOutside = "outside"
)

// Pace is how often a Runner with nothing to do looks into Redis for a task.
type Pace time.Duration

// The paces. Looking more often shortens each job's way by milliseconds and costs
// a little of the processor when idle.
const (
	Steady Pace = Pace(50 * time.Millisecond)
	Brisk  Pace = Pace(2 * time.Millisecond) // for a clock on which weeks pass in seconds
)

// NewRunner returns a Runner that travels over rdb.
func NewRunner(q *Queue, rdb redis.UniversalClient, pace Pace) *Runner {
	r := &Runner{queue: q, db: q.db, log: q.log, redis: rdb, client: asynq.NewClientFromRedisClient(rdb), wait: waitFor, hold: holdFor}
	server := func(queue string, workers int) *asynq.Server {
		return asynq.NewServerFromRedisClient(rdb, asynq.Config{
			Concurrency:       workers,
			Queues:            map[string]int{queue: 1},
			TaskCheckInterval: time.Duration(pace),
			ShutdownTimeout:   8 * time.Second,
			Logger:            asynqLog{q.log},
			LogLevel:          asynq.WarnLevel,
		})
	}
	r.inside, r.outside = server(queueInside, 6), server(queueOutside, 2)
	return r
}

// Start begins to hand out and to do jobs.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.queue.schedule(ctx); err != nil {
		return err
	}
	for _, server := range []*asynq.Server{r.inside, r.outside} {
		if err := server.Start(asynq.HandlerFunc(r.process)); err != nil {
			return fmt.Errorf("workers: %w", err)
		}
	}
	relayCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.relays.Go(func() { r.relay(relayCtx) })
	return nil
}

// Stop hands out nothing more and waits, 8 seconds at the most, for what is being
// done. Whatever is left is done after the next start.
func (r *Runner) Stop() {
	r.stop()
	r.relays.Wait()
	var both sync.WaitGroup
	both.Go(r.inside.Shutdown)
	both.Go(r.outside.Shutdown)
	both.Wait()
}

// process claims the jobs of a task and hands them to their handler. It never
// returns an error to asynq: what failed is written down in the job's own row.
func (r *Runner) process(ctx context.Context, t *asynq.Task) error {
	var what task
	if err := json.Unmarshal(t.Payload(), &what); err != nil {
		r.log.Error("job: unreadable task", "kind", t.Type(), "error", err)
		return nil
	}
	k, ok := r.queue.kinds[t.Type()]
	if !ok {
		return nil // a newer version's job: its lease runs out and the newer version takes it
	}
	b, err := r.claim(ctx, t.Type(), what)
	if err != nil {
		r.log.Warn("job: claim failed", "kind", t.Type(), "error", err)
		return nil
	}
	if len(b.Jobs) == 0 {
		return nil
	}
	stop := r.keep(ctx, b)
	err = safely(ctx, k.handle, b)
	stop()
	if len(b.open) == 0 {
		if err != nil {
			r.log.Warn("job: done, with a complaint", "kind", t.Type(), "error", err)
		}
		return nil
	}
	if errors.Is(err, ErrLate) {
		r.log.Warn("job: came late, changed nothing", "kind", t.Type(), "jobs", len(b.open))
		return nil
	}
	if err == nil {
		err = errors.New("the handler left it unfinished without saying why")
	}
	r.log.Warn("job: failed, will be tried again", "kind", t.Type(), "jobs", len(b.open), "attempt", what.Attempt, "error", err)
	if err := r.fail(context.WithoutCancel(ctx), b, k, err); err != nil {
		r.log.Error("job: could not write the failure down", "kind", t.Type(), "error", err)
	}
	return nil
}

// safely turns a handler's panic into an error.
func safely(ctx context.Context, h Handler, b *Batch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(ctx, b)
}

// claim takes the jobs that are still ours: same attempt, not yet begun.
func (r *Runner) claim(ctx context.Context, kind string, what task) (*Batch, error) {
	b := &Batch{attempt: what.Attempt, open: map[int64]bool{}, queue: r.queue}
	err := r.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		b.Jobs = nil
		return tx.NewUpdate().Model((*Job)(nil)).
			Set("state = ?", stateRunning).
			Set("lease_until = ?", wallClock().Add(r.hold)).
			Where("id IN (?)", bun.List(what.IDs)).
			Where("kind = ?", kind). // a Redis that another database used before holds other jobs' numbers
			Where("attempt = ?", what.Attempt).Where("state = ?", stateQueued).
			Returning("*").Scan(ctx, &b.Jobs)
	})
	for _, j := range b.Jobs {
		b.open[j.ID] = true
	}
	return b, err
}

// keep renews the lease of a batch while its handler is at work, until stop is
// called. When the process dies nobody renews, and the jobs are soon somebody else's.
func (r *Runner) keep(ctx context.Context, b *Batch) (stop func()) {
	done := make(chan struct{})
	ids := make([]int64, len(b.Jobs))
	for i, j := range b.Jobs {
		ids[i] = j.ID
	}
	go func() {
		tick := time.NewTicker(r.hold / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := r.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.NewUpdate().Model((*Job)(nil)).Set("lease_until = ?", wallClock().Add(r.hold)).
					Where("id IN (?)", bun.List(ids)).Where("attempt = ?", b.attempt).Where("state = ?", stateRunning).Exec(ctx)
				return err
			})
			if err != nil && ctx.Err() == nil {
				r.log.Warn("job: lease not renewed", "error", err)
			}
		}
	}()
	return func() { close(done) }
}

// fail keeps the unfinished jobs for a later attempt, or gives them up.
func (r *Runner) fail(ctx context.Context, b *Batch, k kind, cause error) error {
	ids := make([]int64, 0, len(b.open))
	for id := range b.open {
		ids = append(ids, id)
	}
	state := stateQueued
	if k.MaxAttempts > 0 && b.attempt >= k.MaxAttempts {
		state = stateDead
	}
	text := cause.Error()
	if len(text) > 2000 {
		text = text[:2000]
	}
	return r.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Job)(nil)).
			Set("state = ?", state).Set("last_error = ?", text).
			Set("lease_until = ?", wallClock().Add(backOff(b.attempt))).
			Where("id IN (?)", bun.List(ids)).
			Where("attempt = ?", b.attempt).Where("state = ?", stateRunning).Exec(ctx)
		return err
	})
}

// backOff is the wait before the next attempt: half a second, doubled each time,
// half a minute at the most.
func backOff(attempt int) time.Duration {
	return min(30*time.Second, 500*time.Millisecond<<min(attempt-1, 10))
}

type asynqLog struct{ log *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Info("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.log.Error("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error("asynq: " + fmt.Sprint(args...)) }

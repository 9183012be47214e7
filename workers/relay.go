package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hibiken/asynq"
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	// leaseAtOnce is how many jobs one round hands out.
	leaseAtOnce = 500
	// inFlight is how many jobs may be handed out and unfinished before the relay
	// waits: more would only grow old in Redis until their leases run out.
	inFlight = 2000
	// poll is how long the relay sleeps when nobody wakes it: it bounds the delay
	// of jobs that another process wrote, and of those whose time comes.
	poll = 250 * time.Millisecond
	// waitFor is how long a job may lie in Redis unclaimed before it is handed out
	// once more. A longer queue than that only costs the refusal of older tasks; a
	// process that died with a task in its hands delays its jobs no longer.
	waitFor = 30 * time.Second
)

// task is what travels through Redis: ids and the attempt they were leased for.
type task struct {
	IDs     []int64 `json:"ids"`
	Attempt int     `json:"attempt"`
}

// relay leases due jobs and hands them to asynq until ctx ends.
func (r *Runner) relay(ctx context.Context) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := r.noticeLoss(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("relay: redis does not answer, jobs wait in the database", "error", err)
		}
		n, err := r.round(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("relay: round failed, trying again", "error", err)
		}
		if err == nil && n >= leaseAtOnce {
			continue // there is more
		}
		select {
		case <-ctx.Done():
		case <-r.queue.wake:
		case <-ticker.C:
		}
	}
}

// markerKey stands in Redis for as long as Redis forgets nothing.
const markerKey = "sarnakh:relay"

// noticeLoss sees that Redis was emptied, restarted or replaced, by the marker that
// is gone, and has all jobs that were lying there handed out again at once.
func (r *Runner) noticeLoss(ctx context.Context) error {
	fresh, err := r.redis.SetNX(ctx, markerKey, "1", 0).Result()
	if err != nil || !fresh {
		return err
	}
	return r.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Job)(nil)).Set("lease_until = ?", wallClock()).
			Where("state = ?", stateQueued).Where("last_error = ''").Exec(ctx)
		return err
	})
}

// round leases one lot of jobs and enqueues it; it returns how many.
func (r *Runner) round(ctx context.Context) (int, error) {
	if len(r.queue.kinds) == 0 {
		return 0, nil
	}
	// A look through the reading handle first: an idle relay takes no write lock.
	waiting, err := r.anythingWaiting(ctx)
	if err != nil || !waiting {
		return 0, err
	}
	jobs, err := r.lease(ctx)
	if err != nil || len(jobs) == 0 {
		return 0, err
	}
	batches := r.split(jobs)
	for i, batch := range batches {
		if err := r.enqueue(ctx, batch); err != nil {
			// Redis is away. Nothing is lost: the leases run out and the jobs are
			// handed out again. Give them back at once so that it is not a minute.
			return 0, r.giveBack(ctx, slices.Concat(batches[i:]...), err)
		}
	}
	return len(jobs), nil
}

func (r *Runner) anythingWaiting(ctx context.Context) (bool, error) {
	due := r.db.Read().NewSelect().Model((*Job)(nil)).ColumnExpr("1").
		Where("state = ?", stateDue).Where("due_at <= ?", r.queue.clock.Now()).Limit(1)
	late := r.db.Read().NewSelect().Model((*Job)(nil)).ColumnExpr("1").
		Where("state IN (?)", bun.List([]string{stateQueued, stateRunning})).Where("lease_until < ?", wallClock()).Limit(1)
	var one []int
	if err := r.db.Read().NewSelect().
		ColumnExpr("1").Where("EXISTS (?) OR EXISTS (?)", due, late).Scan(ctx, &one); err != nil {
		return false, fmt.Errorf("look for due jobs: %w", err)
	}
	return len(one) > 0, nil
}

// lease marks due jobs, and those whose lease ran out, as handed out: each of the two
// queues has room of its own, so that a long one outside keeps nothing inside waiting.
func (r *Runner) lease(ctx context.Context) ([]Job, error) {
	var jobs []Job
	err := r.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		jobs = nil
		for _, outside := range []bool{false, true} {
			kinds := r.queue.kindNames(outside)
			if len(kinds) == 0 {
				continue
			}
			taken, err := r.leaseKinds(ctx, tx, kinds)
			if err != nil {
				return err
			}
			jobs = append(jobs, taken...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease jobs: %w", err)
	}
	return jobs, nil
}

func (r *Runner) leaseKinds(ctx context.Context, tx db.Tx, kinds []string) ([]Job, error) {
	now := wallClock()
	// What waits for its next try lies in no queue and takes no room in one.
	out, err := tx.NewSelect().Model((*Job)(nil)).Where("kind IN (?)", bun.List(kinds)).
		Where("state IN (?)", bun.List([]string{stateQueued, stateRunning})).Where("lease_until >= ?", now).
		Where("last_error = ''").Count(ctx)
	if err != nil {
		return nil, err
	}
	room := min(leaseAtOnce, inFlight-int(out))
	var jobs []Job
	take := func(where string, args ...any) error {
		if room <= 0 {
			return nil
		}
		pick := tx.NewSelect().Model((*Job)(nil)).Column("id").Where(where, args...).
			Where("kind IN (?)", bun.List(kinds)).Order("due_at").Limit(int64(room))
		if r.db.Dialect() == db.Postgres {
			pick = pick.For("UPDATE SKIP LOCKED")
		}
		var taken []Job
		if err := tx.NewUpdate().Model((*Job)(nil)).
			Set("state = ?", stateQueued).Set("attempt = attempt + 1").Set("last_error = ''").
			Set("lease_until = ?", now.Add(r.wait)).
			Where("id IN (?)", pick).
			Returning("id, kind, ref, attempt").Scan(ctx, &taken); err != nil {
			return err
		}
		jobs = append(jobs, taken...)
		room -= len(taken)
		return nil
	}
	// What is due for the first time goes before what failed: a few that always fail
	// must not keep the rest from their turn.
	if err := take("state = ? AND due_at <= ?", stateDue, r.queue.clock.Now()); err != nil {
		return nil, err
	}
	return jobs, take("state IN (?) AND lease_until < ?", bun.List([]string{stateQueued, stateRunning}), now)
}

// split groups leased jobs into batches of one kind and one attempt.
func (r *Runner) split(jobs []Job) [][]Job {
	type group struct {
		kind    string
		attempt int
	}
	var order []group
	groups := map[group][]Job{}
	for _, j := range jobs {
		g := group{j.Kind, j.Attempt}
		if _, seen := groups[g]; !seen {
			order = append(order, g)
		}
		groups[g] = append(groups[g], j)
	}
	var batches [][]Job
	for _, g := range order {
		limit := r.queue.kinds[g.kind].Batch
		for rest := groups[g]; len(rest) > 0; {
			n := min(limit, len(rest))
			batches = append(batches, rest[:n])
			rest = rest[n:]
		}
	}
	return batches
}

func (r *Runner) enqueue(ctx context.Context, batch []Job) error {
	t := task{Attempt: batch[0].Attempt}
	for _, j := range batch {
		t.IDs = append(t.IDs, j.ID)
	}
	payload, err := json.Marshal(t)
	if err != nil {
		return err
	}
	k, queue := r.queue.kinds[batch[0].Kind], queueInside
	if k.Outside {
		queue = queueOutside
	}
	_, err = r.client.EnqueueContext(ctx, asynq.NewTask(batch[0].Kind, payload),
		asynq.TaskID(fmt.Sprintf("%s:%d:%d", batch[0].Kind, batch[0].ID, batch[0].Attempt)),
		asynq.MaxRetry(0), // trying again is the lease's business
		asynq.Timeout(k.Lease),
		asynq.Queue(queue),
	)
	return err
}

// giveBack ends the lease of jobs that could not be enqueued, in a second's time.
func (r *Runner) giveBack(ctx context.Context, jobs []Job, cause error) error {
	ids := make([]int64, len(jobs))
	for i, j := range jobs {
		ids[i] = j.ID
	}
	err := r.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Job)(nil)).
			Set("lease_until = ?", wallClock().Add(time.Second)).
			Where("id IN (?)", bun.List(ids)).Where("state = ?", stateQueued).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("hand out jobs: %w (and %w)", cause, err)
	}
	return fmt.Errorf("hand out jobs: %w", cause)
}

// wallClock is the machine's time, which leases are measured in.
func wallClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

package webhooks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// desk sends what is due, in one process. A job only wakes it and is done at once, so
// that a slow receiver holds up no worker; what it has in hand is marked in the
// database with a lease, and is taken up by another desk when this one dies.
//
// Every endpoint has a tray of its own with a few connections: one that is slow or
// dead keeps nobody else waiting.
type desk struct {
	*Service
	turns *db.Batcher[*turn]

	mu      sync.Mutex
	trays   map[int64]*tray
	closing bool
	cancel  context.CancelFunc // ends the attempts under way
	ctx     context.Context
	sending sync.WaitGroup
	watch   sync.WaitGroup
}

// tray is what an endpoint has on the desk.
type tray struct {
	waiting []parcel // claimed and not begun
	busy    int      // being sent
	settled int      // sent, and their outcome on its way to the database
}

func (t *tray) size() int { return len(t.waiting) + t.busy + t.settled }

// parcel is one delivery with where it goes.
type parcel struct {
	endpoint *Endpoint
	delivery *Delivery
}

// turn is one thing to write down: an outcome, a parcel put back, or only a look at
// what is due. All that comes together shares a commit, which also claims what is next.
type turn struct {
	outcome *outcome
	back    *Delivery
	look    []int64 // endpoints
	within  func(ctx context.Context, tx db.Tx) error
}

// endpoints are whose trays the turn is about.
func (t *turn) endpoints() []int64 {
	switch {
	case t.outcome != nil:
		return []int64{t.outcome.delivery.EndpointID}
	case t.back != nil:
		return []int64{t.back.EndpointID}
	}
	return t.look
}

const (
	// handful is how many deliveries a tray holds for each of its connections.
	handful = 4
	// grace is what a lease has over the time that a full tray takes at the slowest.
	grace = 30 * time.Second
	// cautious is from how many failures in a row an endpoint gets one attempt at a time.
	cautious = 3
	// rounds is how often the desk looks for what a lost process or wake-up left behind.
	rounds = 15 * time.Second
)

func newDesk(s *Service) *desk {
	d := &desk{Service: s, trays: map[int64]*tray{}, closing: true}
	d.turns = db.NewBatcher(s.db, 400, d.write)
	return d
}

// lease is how long a delivery may be in hand, by the wall clock.
func (d *desk) lease() time.Duration { return handful*d.config.Timeout + grace }

// Start begins to send. Call it after RegisterJobs, in the processes that work. alone
// says that no other process shares the database: what an earlier one had in hand when
// it ended is then taken up at once instead of when its lease runs out.
func (s *Service) Start(ctx context.Context, alone bool) error {
	if err := s.sealAll(ctx); err != nil {
		return err
	}
	d := s.desk
	d.ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.mu.Lock()
	d.closing = false
	d.mu.Unlock()
	until := wallClock()
	if alone {
		until = until.Add(d.lease())
	}
	if err := d.resume(ctx, until); err != nil {
		return err
	}
	d.watch.Go(func() {
		tick := time.NewTicker(rounds)
		defer tick.Stop()
		for {
			select {
			case <-d.ctx.Done():
				return
			case <-tick.C:
			}
			if err := d.resume(d.ctx, wallClock()); err != nil && d.ctx.Err() == nil {
				d.log.Warn("webhooks: looking for what was left behind failed, trying again", "error", err)
			}
		}
	})
	return nil
}

// stopFor is how long attempts under way may still take when the program stops.
const stopFor = 4 * time.Second

// Stop begins nothing more and waits a few seconds for what is under way. What was not
// begun goes back; what did not end is sent again after the next start, under its id.
func (s *Service) Stop() {
	d := s.desk
	d.mu.Lock()
	if d.closing {
		d.mu.Unlock()
		return
	}
	d.closing = true
	var back []*Delivery
	for _, t := range d.trays {
		for _, p := range t.waiting {
			back = append(back, p.delivery)
		}
		t.waiting = nil
	}
	d.mu.Unlock()
	end := time.AfterFunc(stopFor, d.cancel)
	d.sending.Wait()
	end.Stop()
	d.cancel()
	d.watch.Wait()
	var putting sync.WaitGroup
	for _, delivery := range back {
		putting.Go(func() {
			if err := d.turns.Do(context.Background(), &turn{back: delivery}); err != nil {
				d.log.Warn("webhooks: not put back, its lease runs out instead", "delivery", delivery.ID, "error", err)
			}
		})
	}
	putting.Wait()
}

// wake is the handler of jobWake.
func (d *desk) wake(ctx context.Context, b *workers.Batch) error {
	return d.turns.Do(ctx, &turn{look: b.Refs(), within: func(ctx context.Context, tx db.Tx) error {
		return b.Finish(ctx, tx, b.Jobs...)
	}})
}

// resume takes up what was in hand with a lease until before a time, and has the desk
// look at every endpoint for which something is due.
func (d *desk) resume(ctx context.Context, until time.Time) error {
	if err := d.reclaim(ctx, until); err != nil {
		return err
	}
	due := d.db.Read().NewSelect().Model((*Delivery)(nil)).ColumnExpr("1").
		Where("delivery.endpoint_id = endpoint.id").Where("delivery.state = ?", StateWaiting).Where("delivery.next_at <= ?", d.clock.Now())
	var ids []int64
	if err := d.db.Read().NewSelect().Model((*Endpoint)(nil)).Column("id").
		Where("state = ?", StateEnabled).Where("EXISTS (?)", due).Order("id").Scan(ctx, &ids); err != nil {
		return fmt.Errorf("webhooks: look for what is due: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	return d.turns.Do(ctx, &turn{look: ids})
}

// write is one commit of the desk. Only one runs at a time in a process.
func (d *desk) write(ctx context.Context, tx db.Tx, turns []*turn) error {
	concerned := map[int64]bool{}
	settled := map[int64]int{}
	var outcomes []*outcome
	var back []*Delivery
	for _, t := range turns {
		for _, id := range t.endpoints() {
			concerned[id] = true
		}
		switch {
		case t.outcome != nil:
			outcomes = append(outcomes, t.outcome)
			settled[t.outcome.delivery.EndpointID]++
		case t.back != nil:
			back = append(back, t.back)
		}
		if t.within != nil {
			if err := t.within(ctx, tx); err != nil {
				return err
			}
		}
	}
	endpoints, err := d.endpoints(ctx, tx, slices.Sorted(maps.Keys(concerned)))
	if err != nil {
		return err
	}
	if err := d.settle(ctx, tx, endpoints, outcomes); err != nil {
		return err
	}
	if err := d.putBack(ctx, tx, back); err != nil {
		return err
	}
	parcels, err := d.claim(ctx, tx, endpoints, settled)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { d.take(settled, parcels) })
	return nil
}

// endpoints reads the endpoints of a commit, in the order of their ids, and keeps other
// processes from changing them meanwhile.
func (d *desk) endpoints(ctx context.Context, tx db.Tx, ids []int64) (all []*Endpoint, err error) {
	q := tx.NewSelect().Model(&all).Where("id IN (?)", bun.List(ids)).Order("id")
	if d.db.Dialect() == db.Postgres {
		q = q.For("NO KEY UPDATE") // new deliveries need not wait for us
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("webhooks: endpoints: %w", err)
	}
	d.open(all...)
	return all, nil
}

// connections is how many attempts at an endpoint there may be at a time.
func (d *desk) connections(e *Endpoint) int {
	if e.Failures >= cautious {
		return 1
	}
	return d.config.Connections
}

// room is how many more deliveries the endpoint's tray takes.
func (d *desk) room(e *Endpoint, settled int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		return 0
	}
	n, size := d.connections(e), 0
	if n > 1 {
		n *= handful
	}
	if t := d.trays[e.ID]; t != nil {
		size = t.size()
	}
	return n - size + settled
}

// take puts what was claimed into the trays and begins as much as there are
// connections for. settled outcomes leave their trays.
func (d *desk) take(settled map[int64]int, parcels []parcel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, n := range settled {
		if t := d.trays[id]; t != nil {
			t.settled -= n
		}
	}
	for _, p := range parcels {
		t := d.trays[p.delivery.EndpointID]
		if t == nil {
			t = &tray{}
			d.trays[p.delivery.EndpointID] = t
		}
		t.waiting = append(t.waiting, p)
	}
	for _, p := range parcels {
		d.begin(d.trays[p.delivery.EndpointID])
	}
	for id, t := range d.trays {
		if t.size() == 0 {
			delete(d.trays, id)
		}
	}
}

// begin starts one more sender for a tray when there is something to send and a
// connection free. The caller holds the lock.
func (d *desk) begin(t *tray) {
	if len(t.waiting) == 0 || t.busy >= d.connections(t.waiting[0].endpoint) || d.closing {
		return
	}
	t.busy++
	p := t.next()
	d.sending.Go(func() { d.send(t, p) })
}

func (t *tray) next() parcel {
	p := t.waiting[0]
	t.waiting = t.waiting[1:]
	return p
}

// send makes attempts until the tray is empty. Outcomes are written down while the next
// attempt is under way.
func (d *desk) send(t *tray, p parcel) {
	for more := true; more; {
		var o outcome
		if p.delivery.LeaseUntil.Sub(wallClock()) < d.config.Timeout {
			// The tray took longer than it may: another desk may have it by now.
			o = outcome{delivery: p.delivery, error: errorLate}
		} else {
			o = d.attempt(d.ctx, p.endpoint, p.delivery)
		}
		d.mu.Lock()
		t.settled++
		t.busy--
		if more = len(t.waiting) > 0 && !d.closing; more {
			t.busy++
			p = t.next()
		}
		d.mu.Unlock()
		d.sending.Go(func() { d.report(t, o) })
	}
}

// errorLate marks an attempt that was never made.
const errorLate = "late"

// report writes an outcome down. While the database is away it tries again for as long
// as the delivery is ours; after that it is sent once more by whoever takes it up.
func (d *desk) report(t *tray, o outcome) {
	w := &turn{outcome: &o}
	if o.error == errorLate {
		w = &turn{back: o.delivery}
	}
	for {
		err := d.turns.Do(context.Background(), w)
		if err == nil {
			if w.back != nil {
				d.leave(t)
			}
			return
		}
		d.log.Warn("webhooks: an outcome is not written down yet", "delivery", o.delivery.ID, "error", err)
		select {
		case <-time.After(time.Second):
		case <-d.ctx.Done():
			d.leave(t)
			return
		}
		if wallClock().After(o.delivery.LeaseUntil) {
			d.leave(t)
			return
		}
	}
}

// leave takes an outcome that was not settled off its tray.
func (d *desk) leave(t *tray) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.settled--
}

// wallClock is the machine's time, which leases are measured in.
func wallClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

package webhooks

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// held has a receiver keep every request waiting until the returned function is called.
func (r *receiver) held(t testing.TB) (open func()) {
	gate := make(chan struct{})
	r.says(func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-gate:
		case <-q.Context().Done():
		}
	})
	opened := false
	open = func() {
		if !opened {
			opened = true
			close(gate)
			r.says(nil)
		}
	}
	t.Cleanup(open)
	return open
}

// ids counts the requests by webhook-id.
func (r *receiver) ids() map[string]int {
	out := map[string]int{}
	for _, q := range r.requests() {
		out[q.header.Get("webhook-id")]++
	}
	return out
}

func TestWhatALostProcessHadInHandIsSentAgainUnderItsID(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		first := newHouse(t, at, local)
		first.work()
		to := newReceiver(t)
		open := to.held(t)
		e := first.endpoint(to.URL)
		first.happen("sara@example.com", "Form Submitted", 20)
		first.until("the first process sends", func() bool { return to.count() == first.config.Connections })
		// Another takes over, as after a crash between the answer and our commit.
		to.says(nil)
		second := houseOver(t, first.db, first.clock, local)
		second.work()
		second.until("the second tells all", func() bool { return second.in(e.ID, StateDelivered) == 20 })
		before := second.all(e.ID)
		open() // the first one's requests end now, too late
		first.until("the first has nothing in hand", func() bool {
			first.desk.mu.Lock()
			defer first.desk.mu.Unlock()
			for _, t := range first.desk.trays {
				if t.busy+t.settled > 0 {
					return false
				}
			}
			return true
		})
		for i, d := range second.all(e.ID) {
			if *d != *before[i] {
				t.Errorf("a late outcome changed %+v to %+v", before[i], d)
			}
		}
		if ids := to.ids(); len(ids) != 20 {
			t.Errorf("%d different ids for 20 messages", len(ids))
		}
		interrupted := 0
		for _, d := range second.all(e.ID) {
			attempts, err := second.Attempts(t.Context(), d.ID)
			if err != nil || len(attempts) != d.Attempt {
				t.Fatalf("%d attempts in the log of %+v, %v", len(attempts), d, err)
			}
			if attempts[0].Error == ErrorInterrupted {
				interrupted++
			}
		}
		if interrupted < first.config.Connections {
			t.Errorf("%d attempts are marked as interrupted, at least %d were", interrupted, first.config.Connections)
		}
	})
}

func TestStoppingPutsBackWhatWasNotBegun(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h := newHouse(t, at, local)
		stop := h.work()
		to := newReceiver(t)
		open := to.held(t)
		e := h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 30)
		h.until("sending", func() bool { return to.count() == h.config.Connections })
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 9*time.Second {
			t.Errorf("stopping took %v", took)
		}
		tried := 0
		for _, d := range h.all(e.ID) {
			if d.State != StateWaiting {
				t.Errorf("left behind: %+v", d)
			}
			tried += d.Attempt
		}
		if tried != h.config.Connections {
			t.Errorf("%d attempts count, %d were begun", tried, h.config.Connections)
		}
		if f := h.find(e.ID).Failures; f != 0 {
			t.Errorf("our stopping counts as %d failures of the receiver", f)
		}
		open()
		h.clock.Advance(10 * time.Second)
		next := houseOver(t, h.db, h.clock, local)
		next.work()
		next.until("all are told", func() bool { return next.in(e.ID, StateDelivered) == 30 })
		if ids := to.ids(); len(ids) != 30 {
			t.Errorf("%d different ids for 30 messages", len(ids))
		}
	})
}

func TestAnotherProcessTakesOverWhenALeaseIsOver(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		first := newHouse(t, at, local)
		first.work()
		to := newReceiver(t)
		to.held(t)
		e := first.endpoint(to.URL)
		first.happen("sara@example.com", "Form Submitted", 3)
		first.until("the first process sends", func() bool { return to.count() == 3 })
		to.says(nil)
		second := houseOver(t, first.db, first.clock, local)
		if err := second.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(second.Stop)
		if n := to.count(); n != 3 || second.in(e.ID, StateSending) != 3 {
			t.Errorf("%d requests while the first has the lease", n)
		}
		second.tx(func(ctx context.Context, tx db.Tx) error { // as time goes by
			_, err := tx.NewUpdate().Model((*Delivery)(nil)).Set("lease_until = ?", wallClock()).Where("1 = 1").Exec(ctx)
			return err
		})
		if err := second.desk.resume(t.Context(), wallClock()); err != nil {
			t.Fatal(err)
		}
		second.until("the second tells all", func() bool { return second.in(e.ID, StateDelivered) == 3 })
		if ids := to.ids(); len(ids) != 3 {
			t.Errorf("%d different ids for 3 messages", len(ids))
		}
	})
}

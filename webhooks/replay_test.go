package webhooks

import (
	"errors"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestAReplayIsTheSameMessageAgain(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		e := h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 1)
		d := h.tries(e.ID, 1)
		if _, err := h.Replay(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
		d = h.tries(e.ID, 2)
		got := to.requests()
		if d.State != StateDelivered || len(got) != 2 || string(got[0].body) != string(got[1].body) ||
			got[0].header.Get("webhook-id") != got[1].header.Get("webhook-id") {
			t.Errorf("%s after %d requests: %v", d.State, len(got), got)
		}
	})
}

func TestAReplayBeginsTheScheduleAnew(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		to.says(status(500))
		e := h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 1)
		for n := 1; n <= 2; n++ {
			h.clock.AdvanceTo(h.tries(e.ID, n).NextAt)
		}
		d := h.tries(e.ID, 3)
		if _, err := h.Replay(t.Context(), d.ID); err != nil { // now, not in half an hour
			t.Fatal(err)
		}
		d = h.tries(e.ID, 4)
		if _, err := h.Disable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Replay(t.Context(), d.ID); !errors.Is(err, errs.Conflict) {
			t.Errorf("to a disabled endpoint: %v", err)
		}
		if _, err := h.Enable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Replay(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
		d = h.tries(e.ID, 5)
		if wait := d.NextAt.Sub(h.clock.Now()); d.State != StateWaiting || wait > 10*time.Second {
			t.Errorf("after the replay failed: %s, next in %v; want the first step again", d.State, wait)
		}
		if _, err := h.Replay(t.Context(), 999); !errors.Is(err, errs.NotFound) {
			t.Errorf("what does not exist: %v", err)
		}
	})
}

func TestAllThatFailedSinceATimeIsReplayed(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		to.says(status(500))
		e := h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 2)
		h.until("tried", func() bool { return to.count() == 2 && h.in(e.ID, StateWaiting) == 2 })
		h.clock.Advance(time.Hour)
		h.happen("sara@example.com", "Form Submitted", 3)
		h.until("tried", func() bool { return h.in(e.ID, StateWaiting) == 5 && to.count() >= 7 })
		if _, err := h.Disable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		h.until("given up", func() bool { return h.in(e.ID, StateFailed) == 5 })
		to.says(nil)
		if _, err := h.Enable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		n, err := h.ReplayFailed(t.Context(), e.ID, start.Add(time.Minute))
		if err != nil || n != 3 {
			t.Errorf("%d replayed, %v; want the 3 since", n, err)
		}
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == 3 && h.in(e.ID, StateFailed) == 2 })
	})
}

func TestATestIsOfAKindOfItsOwn(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		e := h.endpoint(to.URL, "Order Completed")
		d, err := h.Test(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == 1 })
		if d, err = h.Delivery(t.Context(), d.ID); err != nil || d.Message.Type != "webhook.tested" || d.Message.Body != string(to.requests()[0].body) {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

func TestTheLogReachesThirtyDaysBack(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		to := newReceiver(t)
		e, other := h.endpoint(to.URL), h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 3)
		h.until("told", func() bool { return h.in(e.ID, StateDelivered)+h.in(other.ID, StateDelivered) == 6 })
		h.clock.Advance(20 * 24 * time.Hour)
		h.happen("sara@example.com", "Form Submitted", 1)
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == 4 && h.in(other.ID, StateDelivered) == 4 })
		h.clock.Advance(11 * 24 * time.Hour)
		if err := h.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(h.all(e.ID)); n != 1 {
			t.Errorf("%d deliveries are left, want the one of 11 days ago", n)
		}
		if err := h.Delete(t.Context(), other.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{"webhook_endpoints": 1, "webhook_messages": 1, "webhook_deliveries": 1, "webhook_attempts": 1} {
			var n int
			if err := h.db.SQL().QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
				t.Errorf("%s: %d rows are left, want %d, %v", table, n, want, err)
			}
		}
	})
}

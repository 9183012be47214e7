package webhooks

import (
	"context"
	"fmt"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// backlog gives an endpoint n deliveries in a state.
func (h house) backlog(e *Endpoint, state string, n int) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		for done := 0; done < n; done += 500 {
			var messages []*Message
			for i := range 500 {
				m, err := testMessage(start)
				if err != nil {
					return err
				}
				m.MessageID = fmt.Sprint(state, done+i)
				messages = append(messages, m)
			}
			if err := tx.NewInsert().Model(&messages).ExcludeColumn("id").Returning("id").Scan(ctx); err != nil {
				return err
			}
			var deliveries []*Delivery
			for _, m := range messages {
				d := &Delivery{EndpointID: e.ID, MessageID: m.ID, State: state, Attempt: 10, CreatedAt: start}
				if state == StateWaiting {
					d.NextAt = start
				} else {
					d.FinishedAt = start
				}
				deliveries = append(deliveries, d)
			}
			if _, err := tx.NewInsert().Model(&deliveries).ExcludeColumn("id").Returning("NULL").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// jobs counts what is due of a kind.
func (h house) jobs(kind string) (n int) {
	h.t.Helper()
	if err := h.db.Read().NewSelect().Table("jobs").ColumnExpr("count(*)").Where("kind = ?", kind).Scan(h.t.Context(), &n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func TestABacklogIsReplayedByTheLot(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h := newHouse(t, at, local)
		e := h.endpoint("http://127.0.0.1:9/")
		h.backlog(e, StateFailed, lot+500)
		n, err := h.ReplayFailed(t.Context(), e.ID, start)
		if err != nil || n != lot+500 || h.in(e.ID, StateWaiting) != n {
			t.Errorf("%d replayed, %d wait, %v", n, h.in(e.ID, StateWaiting), err)
		}
		if wakes := h.jobs(jobWake); wakes != 2 {
			t.Errorf("woken %d times: want a transaction for each lot", wakes)
		}
		if n, err := h.ReplayFailed(t.Context(), e.ID, start); err != nil || n != 0 {
			t.Errorf("once more: %d, %v", n, err)
		}
	})
}

func TestWhatWaitsForADisabledEndpointIsGivenUpBehind(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h := newHouse(t, at, local)
		e := h.endpoint("http://127.0.0.1:9/")
		h.backlog(e, StateWaiting, lot+500)
		if _, err := h.Disable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		if failed := h.in(e.ID, StateFailed); failed != lot || h.jobs(jobGiveUp) != 1 {
			t.Errorf("%d failed and %d jobs: disabling must not wait for a backlog", failed, h.jobs(jobGiveUp))
		}
		h.work()
		h.until("all are given up", func() bool { return h.in(e.ID, StateFailed) == lot+500 })
		h.until("the job is done", func() bool { return h.jobs(jobGiveUp) == 0 })
	})
}

func TestWhatWaitsStaysForAnEndpointThatIsEnabledAgain(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h := newHouse(t, at, local)
		to := newReceiver(t)
		e := h.endpoint(to.URL)
		h.backlog(e, StateWaiting, lot+500)
		if _, err := h.Disable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Enable(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error {
			more, err := h.giveUpSome(ctx, tx, e.ID)
			if more {
				t.Error("there is more to give up")
			}
			return err
		})
		if n := h.in(e.ID, StateWaiting); n != 500 {
			t.Errorf("%d wait", n)
		}
	})
}

package abtest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// settled waits until the workers have nothing left to do.
func (h *house) settled() {
	h.t.Helper()
	h.queue.Wake()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
		c, err := h.queue.Count(context.Background())
		h.must(err)
		if c.Outstanding == 0 {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("still outstanding: %d", c.Outstanding)
		}
	}
}

func TestFromThePageToTheVerdictThroughTheWorkers(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		ctx := context.Background()
		h := open(t, base)
		people := leads.New(h.db, h.time, h.queue)
		h.Service = New(h.db, h.time, slog.New(slog.DiscardHandler), people)
		people.Subscribe(h.Service)
		people.RegisterJobs(h.queue)
		h.RegisterJobs(h.queue)
		rdb, closeRedis, err := workers.OpenRedis(ctx, "")
		h.must(err)
		t.Cleanup(func() { _ = closeRedis() })
		runner := workers.NewRunner(h.queue, rdb, workers.Brisk)
		h.must(runner.Start(ctx))
		t.Cleanup(runner.Stop)

		d := promise()
		d.PlannedVisitorsPerArm = 150
		h.start(d)
		seen, converted := map[string]int{}, map[string]int{}
		var events []*leads.Event
		for i := range 400 {
			id := fmt.Sprintf("visitor-%d", i)
			v, err := h.Assign(ctx, "promise", id, web.Visit{})
			h.must(err)
			h.must(h.Expose(ctx, "promise", v, id, web.Visit{}))
			seen[v]++
			if v == "a" && seen[v]%10 == 0 || v == "b" && seen[v]%3 == 0 {
				converted[v]++
				e := submitted(0, id, h.time.Now())
				e.MessageID = "submission:" + id
				events = append(events, e, e)
			}
		}
		for range 2 { // a form sent twice
			h.must(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return people.Record(ctx, tx, events...) }))
		}
		h.settled()
		for range 7 * 4 {
			h.time.Advance(6 * time.Hour)
			h.settled()
		}
		r := h.report("promise")
		want := fmt.Sprintf("a %d/%d b %d/%d ", converted["a"], seen["a"], converted["b"], seen["b"])
		if got := counts(r.Arms); got != want || r.State != Decided || r.Verdict.Winner != "b" {
			t.Errorf("%s %s %+v; want %sand b to win", r.State, got, r.Verdict, want)
		}
		if len(r.Looks) != 28 || h.decisions() != 1 {
			t.Errorf("%d looks and %d verdicts in a week, want one every six hours and one", len(r.Looks), h.decisions())
		}
	})
}

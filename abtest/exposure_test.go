package abtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

func TestAVisitorKeepsTheirVariant(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		h.start(promise())
		first := map[string]string{}
		for i := range 200 {
			id := fmt.Sprintf("v%d", i)
			v, err := h.Assign(ctx, "promise", id, web.Visit{})
			h.must(err)
			first[id] = v
		}
		h.time.Advance(30 * 24 * time.Hour)
		for _, server := range []*Service{h.Service, h.another(h.db)} {
			for id, want := range first {
				if got, err := server.Assign(ctx, "promise", id, web.Visit{}); err != nil || got != want {
					t.Fatalf("%s sees %q, saw %q (%v)", id, got, want, err)
				}
			}
		}
	})
}

func TestTenThousandVisitorsSplitAsWeighted(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	d := promise()
	d.Variants[0].Weight, d.Variants[1].Weight = 70, 30
	d.Coverage = new(0.8)
	h.start(d)
	seen := map[string]int64{}
	for i := range 10_000 {
		v, err := h.Assign(ctx, "promise", fmt.Sprintf("visitor-%d", i), web.Visit{})
		h.must(err)
		seen[v]++
	}
	srm, err := stats.CheckSplit([]stats.Arm{
		{Key: "a", Weight: 0.7 * 0.8, Count: stats.Count{Visitors: seen["a"]}},
		{Key: "b", Weight: 0.3 * 0.8, Count: stats.Count{Visitors: seen["b"]}},
		{Key: "none", Weight: 0.2, Count: stats.Count{Visitors: seen[""]}},
	})
	if err != nil || !srm.OK || !srm.Enough {
		t.Errorf("%v: split off, %+v (%v)", seen, srm, err)
	}
}

func TestWhoIsNotInTheExperimentIsNotCounted(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := promise()
		d.State, d.Coverage = Draft, new(0.5)
		h.start(d)
		h.must(h.Expose(ctx, "promise", "a", "early", web.Visit{}))
		h.must(h.Expose(ctx, "unknown", "a", "lost", web.Visit{}))
		d.State = Running
		h.start(d)
		for i := range 100 {
			id := fmt.Sprintf("v%d", i)
			v, err := h.Assign(ctx, "promise", id, web.Visit{})
			h.must(err)
			if v == "" {
				v = "a" // what the page shows to those who are not covered
				h.must(h.Expose(ctx, "promise", v, id, web.Visit{}))
			}
		}
		if got := counts(h.report("promise").Latest); got != "a 0/0 b 0/0 " {
			t.Errorf("%s, want nobody", got)
		}
		if err := h.Expose(ctx, "promise", "c", "v1", web.Visit{}); !errors.Is(err, errs.Invalid) {
			t.Errorf("a variant that does not exist: %v", err)
		}
		for _, id := range []string{"", strings.Repeat("x", 10<<10), "a\x00b", "\xff"} {
			if err := h.Expose(ctx, "promise", "a", id, web.Visit{}); !errors.Is(err, errs.Invalid) {
				t.Errorf("visitor %.10q: %v", id, err)
			}
		}
	})
}

func TestAVisitorCountsOnceHoweverOftenAndWhereverTheyLook(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		h.start(promise())
		servers := []*Service{h.Service, h.another(h.db)}
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Go(func() {
				server := servers[g%2]
				for i := range 60 {
					id := fmt.Sprintf("بازدیدکننده-%d", (i*7+g)%60)
					v, err := server.Assign(ctx, "promise", id, web.Visit{})
					if err == nil {
						err = server.Expose(ctx, "promise", v, id, web.Visit{})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		r := h.report("promise")
		if r.Visitors() != 60 || r.Crossed.Visitors != 0 {
			t.Errorf("%d visitors, %d of them in two variants; want 60 and none", r.Visitors(), r.Crossed.Visitors)
		}
	})
}

func TestARepeatedViewWritesNothing(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	h.start(promise())
	v, err := h.Assign(ctx, "promise", "v1", web.Visit{})
	h.must(err)
	h.must(h.Expose(ctx, "promise", v, "v1", web.Visit{}))
	changes := func() (n int) {
		h.must(h.db.SQL().QueryRow("SELECT total_changes()").Scan(&n))
		return n
	}
	before := changes()
	for range 100 {
		h.must(h.Expose(ctx, "promise", v, "v1", web.Visit{}))
	}
	h.must(h.another(h.db).Expose(ctx, "promise", v, "v1", web.Visit{})) // remembers nothing, and asks
	if after := changes(); after != before {
		t.Errorf("%d rows written by repeated views", after-before)
	}
}

func TestAVisitorSeenInTwoVariantsIsLeftOut(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(promise())
		h.visit(e, "a", 150, 15)
		h.visit(e, "b", 149, 15)
		h.must(h.Expose(ctx, "promise", "a", "wanderer", web.Visit{}))
		h.must(h.OnEvents(ctx, []*leads.Event{submitted(9001, "wanderer", h.time.Now())}))
		for range 3 {
			h.must(h.Expose(ctx, "promise", "b", "wanderer", web.Visit{}))
			h.must(h.another(h.db).Expose(ctx, "promise", "a", "wanderer", web.Visit{}))
		}
		r := h.report("promise")
		if got := counts(r.Arms); got != "a 15/150 b 15/149 " {
			t.Errorf("%s, want the wanderer in neither", got)
		}
		if r.Crossed.Visitors != 1 || r.Crossed.Share == nil || *r.Crossed.Share != 1.0/300 || !r.Crossed.OK {
			t.Errorf("crossed: %+v", r.Crossed)
		}
		// Both in one commit, once with a row before it and once without.
		rows := []*exposure{
			{ExperimentID: e.ID, VisitorID: "visitor-000001", cell: cell{Variant: "a", Regime: 1}, FirstAt: h.time.Now()},
			{ExperimentID: e.ID, VisitorID: "visitor-000001", cell: cell{Variant: "b", Regime: 1}, FirstAt: h.time.Now()},
			{ExperimentID: e.ID, VisitorID: "new", cell: cell{Variant: "b", Regime: 1}, FirstAt: h.time.Now()},
			{ExperimentID: e.ID, VisitorID: "new", cell: cell{Variant: "a", Regime: 1}, FirstAt: h.time.Now()},
		}
		h.must(h.inTx(rows))
		if r := h.report("promise"); r.Crossed.Visitors != 3 {
			t.Errorf("%d seen in two variants, want 3", r.Crossed.Visitors)
		}
	})
}

func TestOnePersonWhoSawTwoVariantsOnTwoDevicesIsSetApart(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 20, 2)
		h.visit(e, "b", 20, 2)
		sara, err := h.upsert("sara@example.com")
		h.must(err)
		for i, variant := range []string{"a", "b", "b"} {
			id := fmt.Sprintf("device-%d", i)
			h.must(h.Expose(t.Context(), "promise", variant, id, web.Visit{}))
			told := submitted(int64(9001+i), id, h.time.Now())
			if told.LeadID = sara; i == 2 {
				told.LeadID, err = h.upsert("nima@example.com")
				h.must(err)
			}
			h.must(h.OnEvents(t.Context(), []*leads.Event{told}))
		}
		r := h.report("promise")
		if got := counts(r.Arms); got != "a 2/20 b 3/21 " || r.Crossed.Visitors != 2 {
			t.Errorf("%s and %d set apart; want Sara in neither", got, r.Crossed.Visitors)
		}
	})
}

func TestAConversionBeforeTheExposureDoesNotCount(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(promise())
		before := h.time.Now()
		h.time.Advance(time.Hour)
		h.visit(e, "a", 1, 0)
		h.must(h.OnEvents(ctx, []*leads.Event{submitted(1, "visitor-000001", before), submitted(2, "stranger", h.time.Now())}))
		if got := counts(h.report("promise").Arms); got != "a 0/1 b 0/0 " {
			t.Errorf("%s, want no conversion", got)
		}
		// With one before and one after in the same batch, the later one counts.
		h.must(h.OnEvents(ctx, []*leads.Event{submitted(4, "visitor-000001", h.time.Now()), submitted(3, "visitor-000001", before)}))
		if got := counts(h.report("promise").Arms); got != "a 1/1 b 0/0 " {
			t.Errorf("%s, want one conversion", got)
		}
	})
}

func TestOnlyTheGoalCounts(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(promise())
		h.visit(e, "a", 1, 0)
		other := submitted(1, "visitor-000001", h.time.Now())
		other.Properties = map[string]any{"form": "another"}
		opened := submitted(2, "visitor-000001", h.time.Now())
		opened.Name = leads.EventEmailOpened
		nameless := submitted(3, "", h.time.Now())
		h.must(h.OnEvents(ctx, []*leads.Event{other, opened, nameless}))
		if got := counts(h.report("promise").Arms); got != "a 0/1 b 0/0 " {
			t.Errorf("%s, want no conversion", got)
		}
	})
}

func TestReplayedEventsChangeNothing(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(promise())
		h.visit(e, "a", 3, 0)
		lead, err := h.upsert("sara@example.com")
		h.must(err)
		events := []*leads.Event{submitted(1, "visitor-000001", h.time.Now()), submitted(2, "visitor-000002", h.time.Now())}
		events[0].LeadID = lead
		h.must(h.OnEvents(ctx, events))
		h.time.Advance(time.Hour)
		again := submitted(3, "visitor-000001", h.time.Now())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := h.OnEvents(ctx, append([]*leads.Event{again}, events...)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := counts(h.report("promise").Arms); got != "a 2/3 b 0/0 " {
			t.Errorf("%s, want two conversions", got)
		}
		var x exposure
		var r reached
		h.must(h.db.Read().NewSelect().Model(&x).Where("visitor_id = ?", "visitor-000001").Scan(ctx))
		h.must(h.db.Read().NewSelect().Model(&r).Where("visitor_id = ?", "visitor-000001").Scan(ctx))
		if r.EventID != 1 || x.LeadID != lead || !r.FirstAt.Equal(events[0].OccurredAt) {
			t.Errorf("converted by event %d, lead %d, at %v; want the first, lead %d", r.EventID, x.LeadID, r.FirstAt, lead)
		}
	})
}

func TestWhoWasWrittenDownOfLateIsRememberedByArm(t *testing.T) {
	s := newSeen(100)
	for i := range 10_000 {
		s.add(1, fmt.Sprint(i), i%2)
	}
	if !s.has(1, "9999", 1) || s.has(1, "9999", 0) || s.has(2, "9999", 1) || s.has(1, "3", 1) {
		t.Error("the newest are remembered by experiment and arm, the oldest are not")
	}
	s.add(1, "9999", 0)
	if !s.has(1, "9999", 0) || !s.has(1, "9999", 1) {
		t.Error("a visitor seen in two arms has nothing left to be written")
	}
}

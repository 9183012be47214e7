package abtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// subjects is an experiment over e-mails: two versions, half and half.
func subjects() *Definition {
	d := promise()
	d.Key, d.Name, d.Surface = "subjects", "Subjects", SurfaceEmail
	d.Goal = Goal{Event: "Order Completed"}
	return d
}

// people makes n leads and returns their ids.
func (h *house) people(n int) []int64 {
	h.t.Helper()
	ids := make([]int64, n)
	for i := range ids {
		id, err := h.upsert(fmt.Sprintf("p%d@example.com", i))
		h.must(err)
		ids[i] = id
	}
	return ids
}

// show assigns leads and counts that they see what they were assigned.
func (h *house) show(key string, ids ...int64) map[int64]string {
	h.t.Helper()
	ctx := context.Background()
	variants, err := h.AssignLeads(ctx, h.db.Read(), key, ids)
	h.must(err)
	var shown []Shown
	seen := map[int64]string{}
	for id, has := range variants {
		shown, seen[id] = append(shown, Shown{key, has, id}), has.Variant
	}
	h.must(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return h.ExposeLeads(ctx, tx, shown...) }))
	return seen
}

// offered hands the events that were recorded to the experiments, as the workers do.
func (h *house) offered() {
	h.t.Helper()
	var events []*leads.Event
	h.must(h.db.Read().NewSelect().Model(&events).Order("id").Scan(context.Background()))
	h.must(h.OnEvents(context.Background(), events))
}

func (h *house) record(events ...*leads.Event) {
	h.t.Helper()
	h.must(h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, events...) }))
}

func bought(lead int64, visitor string, at time.Time) *leads.Event {
	return &leads.Event{LeadID: lead, VisitorID: visitor, Name: "Order Completed", Properties: map[string]any{"total": 10.0}, OccurredAt: at}
}

func TestALeadIsAssignedTheSameVariantEachTimeAndCountedOnce(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(subjects())
		ids := h.people(60)
		first := h.show("subjects", ids...)
		if len(first) != 60 {
			t.Fatalf("%d of 60 leads have a variant", len(first))
		}
		h.time.Advance(time.Hour)
		for id, variant := range h.show("subjects", ids...) {
			if variant != first[id] {
				t.Errorf("lead %d had %s and has %s", id, first[id], variant)
			}
		}
		r := h.report("subjects")
		if n := r.Arms[0].Visitors + r.Arms[1].Visitors; n != 60 || r.Arms[0].Visitors < 15 || r.Crossed.Visitors != 0 {
			t.Errorf("%s", counts(r.Arms))
		}
		var told int
		h.must(h.db.Read().NewSelect().Model((*leads.Event)(nil)).ColumnExpr("count(*)").Where("name = ?", leads.EventExperimentEntered).Scan(context.Background(), &told))
		if told != 60 {
			t.Errorf("%d timelines tell of it", told)
		}
	})
}

func TestAnExposureThatIsRolledBackWasNone(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(subjects())
		id := h.people(1)[0]
		broken := errors.New("the message could not be written")
		err := h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
			h.must(h.ExposeLeads(ctx, tx, Shown{"subjects", Assigned{Variant: "a"}, id}))
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if got := counts(h.report("subjects").Arms); got != "a 0/0 b 0/0 " {
			t.Error(got)
		}
	})
}

func TestManyServersThatShowTheSameLeadsCountThemOnce(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(subjects())
		ids := h.people(20)
		variants, err := h.AssignLeads(context.Background(), h.db.Read(), "subjects", ids)
		h.must(err)
		var all sync.WaitGroup
		for range 6 {
			server := h.another(h.db)
			all.Go(func() {
				err := server.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
					for _, id := range ids {
						if err := server.ExposeLeads(ctx, tx, Shown{"subjects", variants[id], id}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		r := h.report("subjects")
		if n := r.Arms[0].Visitors + r.Arms[1].Visitors; n != 20 || r.Crossed.Visitors != 0 {
			t.Errorf("%s, %d crossed", counts(r.Arms), r.Crossed.Visitors)
		}
	})
}

func TestWhatALeadDoesOnAnyDeviceCountsOnceForTheirVariant(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(subjects())
		id := h.people(1)[0]
		variant := h.show(e.Key, id)[id]
		h.time.Advance(time.Hour)
		h.record(bought(id, "phone", h.time.Now()), bought(id, "", h.time.Now()), bought(id, "laptop", h.time.Now()), bought(0, "stranger", h.time.Now()))
		h.offered()
		h.offered()
		for _, a := range h.report(e.Key).Arms {
			if want := map[bool]int64{true: 1}[a.Key == variant]; a.Conversions != want || a.Visitors != want {
				t.Errorf("%s: %d of %d", a.Key, a.Conversions, a.Visitors)
			}
		}
	})
}

func TestWhatAnUnknownVisitorDidCountsOnceTheyAreTheLead(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(subjects())
		id := h.people(1)[0]
		h.show(e.Key, id)
		h.time.Advance(time.Hour)
		h.record(bought(0, "laptop", h.time.Now()))
		h.offered()
		h.must(h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
			return h.leads.Adopt(ctx, tx, map[string]int64{"laptop": id})
		}))
		var joined []*leads.Event
		h.must(h.db.Read().NewSelect().Model(&joined).Where("name = ?", leads.EventPastJoined).Scan(context.Background()))
		h.must(h.OnEvents(context.Background(), joined))
		r := h.report(e.Key)
		if r.Arms[0].Conversions+r.Arms[1].Conversions != 1 {
			t.Error(counts(r.Arms))
		}
	})
}

// apart are two leads who have different variants.
func (h *house) apart(key string) (a, b int64) {
	h.t.Helper()
	ids := h.people(20)
	variants, err := h.AssignLeads(context.Background(), h.db.Read(), key, ids)
	h.must(err)
	for _, id := range ids {
		if variants[id] != variants[ids[0]] {
			return ids[0], id
		}
	}
	h.t.Fatal("twenty leads have one variant")
	return 0, 0
}

func TestTwoLeadsOfTwoVariantsWhoAreOnePersonAreSetApart(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(subjects())
		kept, gone := h.apart(e.Key)
		h.show(e.Key, kept, gone)
		h.time.Advance(time.Hour)
		h.record(bought(gone, "", h.time.Now()))
		h.offered()
		if _, err := h.leads.Merge(context.Background(), leads.MergeRequest{Kept: kept, Other: gone, By: "test"}); err != nil {
			t.Fatal(err)
		}
		h.offered()
		h.offered()
		r := h.report(e.Key)
		if r.Crossed.Visitors != 2 || counts(r.Arms) != "a 0/0 b 0/0 " {
			t.Errorf("%s, %d crossed", counts(r.Arms), r.Crossed.Visitors)
		}
	})
}

func TestAPersonWhoIsMergedKeepsWhatTheyWereShown(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(subjects())
		kept, gone := h.apart(e.Key)
		before := h.show(e.Key, gone)[gone]
		if _, err := h.leads.Merge(context.Background(), leads.MergeRequest{Kept: kept, Other: gone, By: "test"}); err != nil {
			t.Fatal(err)
		}
		if after := h.show(e.Key, kept)[kept]; after != before {
			t.Errorf("the person saw %s and would see %s", before, after)
		}
		r := h.report(e.Key)
		if r.Arms[0].Visitors+r.Arms[1].Visitors != 1 || r.Crossed.Visitors != 0 {
			t.Errorf("%s, %d crossed", counts(r.Arms), r.Crossed.Visitors)
		}
	})
}

func TestNobodyEntersAPausedExperimentAndWhoIsInStaysIn(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := subjects()
		h.start(d)
		ids := h.people(20)
		first := h.show(d.Key, ids[:10]...)
		paused := *d
		paused.State = Paused
		h.must(h.apply(&paused))
		if second := h.show(d.Key, ids...); len(second) != 10 {
			t.Errorf("%d have a variant of a paused experiment", len(second))
		} else {
			for id, variant := range second {
				if variant != first[id] {
					t.Errorf("lead %d: %s, then %s", id, first[id], variant)
				}
			}
		}
		other := paused
		other.Variants = []Variant{{Key: "a", Weight: 1}, {Key: "b", Weight: 9}}
		other.State = Running
		h.must(h.apply(&other))
		again := h.show(d.Key, ids...)
		for id, variant := range first {
			if again[id] != variant {
				t.Errorf("lead %d: %s, and %s after a change of weights", id, variant, again[id])
			}
		}
		if len(again) != 20 {
			t.Errorf("%d of 20 take part", len(again))
		}
	})
}

func TestLeadsCountInTheRegimeThatDrewThem(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := subjects()
		h.start(d)
		ctx := context.Background()
		drawn, err := h.AssignLeads(ctx, h.db.Read(), d.Key, h.people(80))
		h.must(err)
		h.time.Advance(time.Hour)
		d.Variants = []Variant{{Key: "a", Weight: 1}, {Key: "b", Weight: 9}}
		h.must(h.apply(d))
		h.must(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			for id, has := range drawn {
				if err := h.ExposeLeads(ctx, tx, Shown{d.Key, has, id}); err != nil {
					return err
				}
			}
			return nil
		}))
		var regimes []int
		h.must(h.db.Read().NewSelect().Model((*cellTally)(nil)).ColumnExpr("DISTINCT regime").Scan(ctx, &regimes))
		if r := h.report(d.Key); len(regimes) != 1 || regimes[0] != 1 || !r.SRM.OK || r.Arms[0].Visitors+r.Arms[1].Visitors != 80 {
			t.Errorf("drawn half and half, counted in regimes %v: %s, split %+v", regimes, counts(r.Arms), r.SRM)
		}
	})
}

func TestAfterARollOutLeadsSeeTheWinnerAndAHoldOutIsCounted(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(subjects())
		ids := h.people(40)
		h.show("subjects", ids...)
		h.must(h.RollOut(context.Background(), "subjects", "b", 0.5, "test"))
		held := 0
		for _, variant := range h.show("subjects", ids...) {
			if variant == "a" {
				held++
			}
		}
		r := h.report(h.find("subjects").Holdout)
		if n := r.Arms[0].Visitors + r.Arms[1].Visitors; n != 40 || held == 0 || held == 40 || int64(held) != r.Arms[0].Visitors {
			t.Errorf("%d held back, counted as %s", held, counts(r.Arms))
		}
	})
}

func TestWhatWasDrawnBeforeARollOutIsNotCountedByItsHoldOut(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(subjects())
		ids := h.people(40)
		ctx := context.Background()
		drawn, err := h.AssignLeads(ctx, h.db.Read(), "subjects", ids)
		h.must(err)
		h.must(h.RollOut(ctx, "subjects", "b", 0.1, "test"))
		h.must(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			for id, has := range drawn {
				if err := h.ExposeLeads(ctx, tx, Shown{"subjects", has, id}); err != nil {
					return err
				}
			}
			return nil
		}))
		held := h.find("subjects").Holdout
		if got := counts(h.report(held).Arms); got != "a 0/0 b 0/0 " {
			t.Errorf("drawn half and half, and counted where a tenth is held back: %s", got)
		}
		h.show("subjects", ids...)
		if r := h.report(held); r.Arms[0].Visitors+r.Arms[1].Visitors != 40 || r.Arms[0].Visitors > 15 || r.Crossed.Visitors != 0 {
			t.Errorf("drawn anew: %s, %d seen in two", counts(r.Arms), r.Crossed.Visitors)
		}
	})
}

func TestAnAudienceOfVisitsIsRefusedWherePeopleAreKnownByName(t *testing.T) {
	for _, surface := range []string{SurfaceEmail, SurfaceJourney, SurfaceOffer} {
		d := subjects()
		d.Surface, d.Audience = surface, Audience{Devices: []string{"phone"}}
		bad, ok := errs.AsFields(d.Check())
		if !ok || !strings.Contains(bad["audience"], "known by name") {
			t.Errorf("%s: %v", surface, bad)
		}
	}
	d := promise()
	d.Audience = Audience{Devices: []string{"phone"}}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

func TestAVisitorOfAPageWhoIsKnownIsToldOnTheirTimeline(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		id := h.people(1)[0]
		h.must(h.Expose(context.Background(), e.Key, "b", "browser", web.Visit{}))
		seen := submitted(900, "browser", h.time.Now())
		seen.LeadID = id
		h.must(h.OnEvents(context.Background(), []*leads.Event{seen}))
		h.must(h.OnEvents(context.Background(), []*leads.Event{seen}))
		var told []*leads.Event
		h.must(h.db.Read().NewSelect().Model(&told).Where("name = ?", leads.EventExperimentEntered).Scan(context.Background()))
		if len(told) != 1 || told[0].LeadID != id || told[0].Properties["variant"] != "b" {
			t.Errorf("%+v", told)
		}
	})
}

func TestTheReportOverLeadsSpeaksOfLeadsAndOfNoDevices(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(subjects())
		h.show("subjects", h.people(12)...)
		site := h.serve()
		if by := h.report("subjects").Segments.By; len(by) != 0 {
			t.Errorf("%+v", by)
		}
		for lang, words := range map[string][2]string{"en": {"Each lead counts once", "Bots and the team"}, "fa": {"هر سرنخ یک بار شمرده می‌شود", "ربات‌ها و همکاران"}} {
			_, page := h.get(site + "/experiments/subjects?lang=" + lang)
			if !strings.Contains(page, words[0]) || strings.Contains(page, words[1]) {
				t.Errorf("%s: the report speaks of browsers", lang)
			}
		}
	})
}

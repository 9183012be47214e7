package scoring

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

const day = 24 * time.Hour

func event(lead int64, name string, ago time.Duration) *leads.Event {
	return &leads.Event{LeadID: lead, Name: name, OccurredAt: start.Add(-ago)}
}

func (h house) changes(lead int64) []*leads.Event {
	h.t.Helper()
	all, _, err := h.leads.Timeline(context.Background(), lead, 0, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []*leads.Event
	for _, e := range all {
		if e.Name == leads.EventScoreChanged {
			out = append(out, e)
		}
	}
	return out
}

func TestWhatALeadDoesAddsUpToACapAndFades(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		capped := rule("visits", "Page Viewed", 5)
		capped.Cap = 12
		fading := rule("order", "Order Completed", 40)
		fading.HalfLife = period.Period(10 * day)
		h.apply(capped, fading, rule("bye", "Unsubscribed", -30))
		mina := h.lead("mina@example.com")
		h.happens(event(mina, "Page Viewed", 0), event(mina, "Page Viewed", day))
		if s := h.score(mina); s.Score != 10 || s.Grade != "D" {
			t.Fatalf("two visits are %+v, want 10, D", s)
		}
		h.happens(event(mina, "Page Viewed", 0), event(mina, "Order Completed", 0), event(mina, "Order Completed", 10*day))
		if s := h.score(mina); s.Score != 12+40+20 || s.Grade != "B" {
			t.Fatalf("three visits, an order and one ten days old are %+v, want 72, B", s)
		}
		parts, err := h.Parts(t.Context(), mina)
		if err != nil || len(parts) != 2 || parts[0].Points != 12 || parts[0].Times != 3 || math.Abs(parts[1].Points-60) > 1e-9 {
			t.Errorf("parts %+v, %v", parts, err)
		}
		h.clock.Advance(10 * day)
		if err := h.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settle()
		if s := h.score(mina); s.Score != 12+20+10 || s.Grade != "C" {
			t.Errorf("ten days later the score is %+v, want 42, C", s)
		}
		h.happens(event(mina, "Unsubscribed", 0))
		if s := h.score(mina); s.Score != 12 || s.Grade != "D" {
			t.Errorf("after the goodbye the score is %+v, want 12, D", s)
		}
	})
}

func TestAConditionCountsAsLongAsItHolds(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		vip := &Rule{Head: manifest.Head{Key: "vip"}, Points: 25, Condition: &conditions.Condition{Tag: "VIP"}}
		recent := &Rule{Head: manifest.Head{Key: "recent"}, Points: 10, Condition: &conditions.Condition{Event: "Email Opened", Test: conditions.Test{Within: period.Period(2 * day)}}}
		h.apply(vip, recent)
		mina, nima := h.lead("mina@example.com"), h.lead("nima@example.com")
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.Tag(ctx, tx, []int64{mina}, []string{"vip"}, "test")
		})
		h.happens(event(mina, "Email Opened", 0), event(nima, "Email Opened", 3*day))
		if m, n := h.score(mina), h.score(nima); m.Score != 35 || n.Score != 0 {
			t.Fatalf("Mina has %d, Nima %d; want 35 and 0", m.Score, n.Score)
		}
		h.clock.Advance(3 * day)
		if err := h.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settle()
		if m := h.score(mina); m.Score != 25 {
			t.Errorf("when the opening is old Mina has %d, want 25", m.Score)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.Untag(ctx, tx, []int64{mina}, []string{"vip"}, "test")
		})
		h.settle()
		if m := h.score(mina); m.Score != 0 || m.Grade != "" {
			t.Errorf("without the tag Mina has %+v, want nothing", m)
		}
	})
}

func TestEventsAgainAndInAnyOrderGiveTheSameScoreAndOneChange(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		r := rule("order", "Order Completed", 40)
		r.HalfLife = period.Period(10 * day)
		h.apply(r)
		mina, nima := h.lead("mina@example.com"), h.lead("nima@example.com")
		a := []*leads.Event{event(mina, "Order Completed", 20*day), event(mina, "Order Completed", 0)}
		b := []*leads.Event{event(nima, "Order Completed", 0), event(nima, "Order Completed", 20*day)}
		h.happens(a...)
		h.happens(b...)
		for range 3 {
			if err := h.OnEvents(t.Context(), append(a, b...)); err != nil {
				t.Fatal(err)
			}
		}
		h.settle()
		if m, n := h.score(mina), h.score(nima); m.Score != 50 || n.Score != 50 {
			t.Errorf("Mina has %d, Nima %d; want 50 each", m.Score, n.Score)
		}
		changes := h.changes(mina)
		if len(changes) != 1 || changes[0].Properties["to"] != 50.0 || changes[0].Properties["grade"] != "B" {
			t.Errorf("the timeline tells of %d changes: %+v", len(changes), changes)
		}
	})
}

func TestARuleThatComesLaterCountsWhatHappenedBefore(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		mina := h.lead("mina@example.com")
		h.happens(event(mina, "Email Opened", day))
		r := rule("open", "Email Opened", 30)
		h.apply(r)
		h.settle()
		if s := h.score(mina); s.Score != 30 || s.Grade != "C" {
			t.Fatalf("the score is %+v, want 30, C", s)
		}
		h.apply(&Scale{Grades: []Grade{{"hot", 25}, {"cold", 0}}})
		h.settle()
		if s := h.score(mina); s.Grade != "hot" {
			t.Errorf("on the new scale the grade is %q, want hot", s.Grade)
		}
		off := *r
		off.Active = new(bool)
		h.apply(&off)
		h.settle()
		if s := h.score(mina); s.Score != 0 || s.Grade != "cold" {
			t.Errorf("without the rule: %+v", s)
		}
	})
}

func TestWhatAVisitorDidBeforeCountsWhenTheySayWhoTheyAre(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.apply(rule("visits", leads.EventPageViewed, 10))
		view := &leads.Event{VisitorID: "browser-1", Name: leads.EventPageViewed}
		h.happens(view)
		var mina int64
		h.tx(func(ctx context.Context, tx db.Tx) error {
			found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: "mina@example.com", VisitorID: "browser-1"}})
			if err != nil {
				return err
			}
			mina = found[0].ID
			return h.leads.Record(ctx, tx, &leads.Event{LeadID: mina, VisitorID: "browser-1", Name: leads.EventFormSubmitted})
		})
		h.settle()
		if s := h.score(mina); s.Score != 10 {
			t.Errorf("the score is %d, want the visit to count", s.Score)
		}
	})
}

func TestConditionsAskForScoreAndGrade(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.apply(rule("order", "Order Completed", 60))
		mina, nima := h.lead("mina@example.com"), h.lead("nima@example.com")
		h.happens(event(mina, "Order Completed", 0))
		fifty := int64(50)
		for _, c := range []conditions.Condition{{Score: &fifty}, {Grade: "B"}} {
			facts, err := h.leads.Facts(t.Context(), h.db.Read(), []int64{mina, nima}, c)
			if err != nil {
				t.Fatal(err)
			}
			if !c.Match(*facts[mina], start) || c.Match(*facts[nima], start) {
				t.Errorf("%+v: in memory Mina %v, Nima %v", c, facts[mina], facts[nima])
			}
			where, args, err := c.Where(h.leads.Schema(), start)
			if err != nil {
				t.Fatal(err)
			}
			var found []int64
			if err := h.db.Read().NewSelect().Model((*leads.Lead)(nil)).Column("id").Where(where, args...).Scan(t.Context(), &found); err != nil ||
				len(found) != 1 || found[0] != mina {
				t.Errorf("%+v: the database finds %v, %v", c, found, err)
			}
		}
	})
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	name := i18n.Plain("x")
	fifty := int64(50)
	for field, r := range map[string]Rule{
		"event":     {Name: name, Points: 1},
		"name":      {Event: "X", Points: 1},
		"where":     {Name: name, Event: "X", Points: 1, Where: map[string]any{"a": []any{}}},
		"condition": {Name: name, Points: 1, Condition: &conditions.Condition{Score: &fifty}},
		"half_life": {Name: name, Event: "X", Points: 1, HalfLife: -1},
	} {
		bad, _ := errs.AsFields(r.Check())
		if bad[field] == "" {
			t.Errorf("%s: %v", field, r.Check())
		}
	}
	for _, r := range []Rule{
		{Name: name, Event: leads.EventScoreChanged, Points: 1},
		{Name: name, Event: "X", Condition: &conditions.Condition{}, Points: 1},
		{Name: name, Condition: &conditions.Condition{Grade: "A"}, Points: 1},
		{Name: name, Condition: &conditions.Condition{}, Points: 1, Cap: 4},
	} {
		if r.Check() == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	for _, s := range []Scale{
		{Head: manifest.Head{Key: "other"}, Grades: []Grade{{"A", 1}}},
		{Head: manifest.Head{Key: scaleKey}, Grades: []Grade{{"A", 1}, {"B", 2}}},
		{Head: manifest.Head{Key: scaleKey}, Grades: []Grade{{"A", 2}, {"a", 1}}},
	} {
		if s.Check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

func TestARuleWithoutCapCountsTheNewestEventsAndNoMore(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.apply(rule("visits", leads.EventPageViewed, 1))
		mina := h.lead("mina@example.com")
		many := make([]*leads.Event, mostEvents+50)
		for i := range many {
			many[i] = event(mina, leads.EventPageViewed, time.Duration(i)*time.Minute)
		}
		h.happens(many...)
		if s := h.score(mina); s.Score != mostEvents {
			t.Errorf("%d visits are %d, want %d", len(many), s.Score, mostEvents)
		}
	})
}

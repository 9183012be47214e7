package loyalty

import (
	"context"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

func TestAnEventEarnsOnceHoweverOftenItIsSeen(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.rule(EarningRule{Head: head("signup"), Event: leads.EventFormSubmitted, Where: map[string]any{"form": "Guide"}, Points: 50})
		mina := h.lead("mina@example.com")
		e := &leads.Event{LeadID: mina, Name: leads.EventFormSubmitted, Properties: map[string]any{"form": "guide"}}
		other := &leads.Event{LeadID: mina, Name: leads.EventFormSubmitted, Properties: map[string]any{"form": "other"}}
		nobody := &leads.Event{Name: leads.EventFormSubmitted, Properties: map[string]any{"form": "guide"}}
		h.happen(e, other, nobody)
		h.offer(e, e, other)
		h.offer(other, e)
		h.wantPoints(mina, 50)
		if err := h.balanced(); err != nil {
			t.Error(err)
		}
	})
}

func TestEarningStandsOnTheTimelineOnceAndEarnsNothingItself(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.rule(EarningRule{Head: head("order"), Event: leads.EventOrderCompleted, Points: 5})
		mina := h.lead("mina@example.com")
		one, two := order(mina, 1), order(mina, 1)
		h.happen(one, two)
		h.offer(one, two)
		events, _, err := h.leads.Timeline(context.Background(), mina, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var balances []any
		for _, e := range events {
			if e.Name == leads.EventPointsEarned {
				balances = append(balances, e.Properties["balance"])
				if e.Properties["rule"] != "order" || e.Properties["points"] != 5.0 {
					t.Errorf("event says %v", e.Properties)
				}
			}
		}
		if len(balances) != 2 || balances[0] != 10.0 || balances[1] != 5.0 {
			t.Errorf("balances told: %v, want 10 and before it 5", balances)
		}
		h.offer(events...)
		h.wantPoints(mina, 10)
	})
}

func TestPointsPerUnitAreRoundedDown(t *testing.T) {
	r := EarningRule{Event: leads.EventOrderCompleted, Points: 2, Per: &Per{Property: "value", Each: 10_000}}
	for _, c := range []struct {
		value any
		want  int64
	}{
		{9_999.0, 0}, {10_000.0, 2}, {29_999.99, 4}, {30_000, 6}, {int64(30_000), 6},
		{"۱٬۲۵۰٬۰۰۰", 250}, {"25,000", 4}, {-50_000.0, 0}, {"a lot", 0}, {nil, 0}, {true, 0},
		{"NaN", 0}, {"Inf", mostAtOnce}, {1e300, mostAtOnce},
	} {
		if got := r.earns(order(1, c.value)); got != c.want {
			t.Errorf("%v earns %d, want %d", c.value, got, c.want)
		}
	}
}

func TestALimitHoldsWithinItsPeriodAndNoLonger(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		daily, err := period.Parse("1d")
		if err != nil {
			t.Fatal(err)
		}
		h.rule(EarningRule{Head: head("visit"), Event: "Visit", Points: 3, Limit: &Limit{Times: 2, Within: daily}})
		h.rule(EarningRule{Head: head("first"), Event: "Visit", Points: 100, Limit: &Limit{Times: 1}})
		mina, nima := h.lead("mina@example.com"), h.lead("nima@example.com")
		visit := func(lead int64) *leads.Event { return &leads.Event{LeadID: lead, Name: "Visit"} }
		h.happen(visit(mina), visit(mina), visit(mina), visit(nima))
		h.happen(visit(mina))
		h.wantPoints(mina, 106)
		h.wantPoints(nima, 103)
		h.clock.Advance(24 * time.Hour)
		h.happen(visit(mina))
		h.wantPoints(mina, 109)
	})
}

func TestReplayAtTheLimitTakesNobodysPlace(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.rule(EarningRule{Head: head("visit"), Event: "Visit", Points: 3, Limit: &Limit{Times: 2}})
		mina := h.lead("mina@example.com")
		first := &leads.Event{LeadID: mina, Name: "Visit"}
		h.happen(first)
		second := &leads.Event{LeadID: mina, Name: "Visit"}
		h.record(second)
		h.offer(first, first, second)
		h.wantPoints(mina, 6)
	})
}

func TestOnlyThoseForWhomTheConditionHoldsEarn(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.rule(EarningRule{Head: head("again"), Event: leads.EventOrderCompleted, Points: 10,
			Condition: &conditions.Condition{Event: leads.EventOrderCompleted, Times: 2}})
		mina, nima := h.lead("mina@example.com"), h.lead("nima@example.com")
		h.happen(order(mina, 1))
		h.happen(order(mina, 1), order(nima, 1))
		h.wantPoints(mina, 10)
		h.wantPoints(nima, 0)
	})
}

func TestAPausedRuleGivesNothing(t *testing.T) {
	h := newHouse(t, lite(t))
	off := false
	h.rule(EarningRule{Head: head("order"), Event: leads.EventOrderCompleted, Points: 5, Active: &off})
	mina := h.lead("mina@example.com")
	h.happen(order(mina, 1))
	h.wantPoints(mina, 0)
}

func TestManyWorkersKeepToTheLimit(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.rule(EarningRule{Head: head("first"), Event: "Visit", Points: 7, Limit: &Limit{Times: 1}})
		mina := h.lead("mina@example.com")
		const n = 8
		done := make(chan error, n)
		for range n {
			e := &leads.Event{LeadID: mina, Name: "Visit"}
			h.record(e)
			go func() { done <- h.OnEvents(context.Background(), []*leads.Event{e}) }()
		}
		for range n {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		h.wantPoints(mina, 7)
	})
}

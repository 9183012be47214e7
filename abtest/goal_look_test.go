package abtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// happen has the visitors from the first to the last number do something now.
func (h *house) happen(name string, from, to int) {
	h.t.Helper()
	var events []*leads.Event
	for i := from; i <= to; i++ {
		h.next++
		e := ordered(int64(100_000+h.next), fmt.Sprintf("visitor-%06d", i), h.time.Now(), 10.0)
		e.Name = name
		events = append(events, e)
	}
	h.must(h.OnEvents(context.Background(), events))
}

// sides is an experiment with two secondary goals and a guardrail.
func sides() *Definition {
	d := promise()
	d.Goal.Key = "leads"
	d.Goals = []Goal{
		{Key: "clicks", Event: "Clicked"}, {Key: "orders", Event: "Order Completed"},
		{Key: "left", Event: "Unsubscribed", Role: Guardrail, Better: Less},
	}
	return d
}

func of(list []GoalReport, key string) *GoalReport {
	for i := range list {
		if list[i].Key == key {
			return &list[i]
		}
	}
	return nil
}

func TestTheSmallestPOfEveryGoalStands(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(sides())
		h.visit(e, "a", 200, 10) // visitor-000001 to -000200
		h.visit(e, "b", 200, 10)
		h.happen("Clicked", 1, 5)
		h.happen("Clicked", 201, 230)
		h.happen("Unsubscribed", 201, 212)
		h.time.Advance(day)
		h.evaluate()
		first := h.report("promise")
		// Then the first version catches up.
		h.happen("Clicked", 6, 34)
		h.happen("Unsubscribed", 1, 12)
		h.time.Advance(day)
		h.evaluate()
		r := h.report("promise")
		for _, key := range []string{"clicks", "left"} {
			before, now := of(first.Goals, key).Comparisons[0], of(r.Goals, key).Comparisons[0]
			if before.AnytimeP >= 0.5 || now.AnytimeP != before.AnytimeP || now.LogE >= before.LogE || !now.AnytimeAhead {
				t.Errorf("%s: p %v (log e %v) after %v (%v)", key, now.AnytimeP, now.LogE, before.AnytimeP, before.LogE)
			}
		}
		// Holm: over the two secondary goals, and not over the guardrail.
		clicks, left := of(r.Goals, "clicks").Comparisons[0], of(r.Goals, "left").Comparisons[0]
		if clicks.AnytimePHolm != min(1, 2*clicks.AnytimeP) || left.AnytimePHolm != left.AnytimeP {
			t.Errorf("clicks %v corrected %v, left %v corrected %v", clicks.AnytimeP, clicks.AnytimePHolm, left.AnytimeP, left.AnytimePHolm)
		}
		if len(r.Looks) != 2 || len(r.Looks[0].Goals) != 4 || r.Looks[0].Goals[1].Comparisons[0].P != clicks.AnytimeP || r.Looks[1].Goals[0].Goal != "leads" {
			t.Errorf("%+v", r.Looks[0].Goals)
		}
		if len(r.GoalsAtVerdict) > 0 {
			t.Error("figures of a verdict before there is one")
		}
	})
}

func TestTheGoalsOfAVerdictAreThoseOfItsLook(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(sides())
		h.visit(e, "a", 1000, 60)
		h.visit(e, "b", 1000, 140)
		h.happen("Clicked", 1001, 1030)
		h.time.Advance(7 * day)
		h.evaluate()
		decided := h.report("promise")
		if decided.State != Decided || len(decided.GoalsAtVerdict) != 4 {
			t.Fatalf("%s %+v", decided.State, decided.GoalsAtVerdict)
		}
		h.happen("Clicked", 1, 50)
		r := h.report("promise")
		then, now := of(r.GoalsAtVerdict, "clicks"), of(r.Goals, "clicks")
		if then.counts() != "a 0/1000 b 30/1000 " || now.counts() != "a 50/1000 b 30/1000 " {
			t.Errorf("then %s, now %s", then.counts(), now.counts())
		}
		if then.Event != "Clicked" || then.Role != Secondary || then.Comparisons[0].AnytimeP != now.Comparisons[0].AnytimeP || then.Comparisons[0].RateRatio.Hi <= 1 {
			t.Errorf("%+v", then)
		}
		if of(r.GoalsAtVerdict, "leads").Arms[1].Conversions != 140 || r.Verdict.State != stats.StateWinner {
			t.Errorf("%+v", r.GoalsAtVerdict[0])
		}
		raw, err := json.Marshal(r)
		h.must(err)
		if strings.Contains(string(raw), `"figures"`) || strings.Contains(string(raw), "NaN") {
			t.Error("the looks repeat the figures of the verdict")
		}
	})
}

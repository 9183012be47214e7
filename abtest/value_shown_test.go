package abtest

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
)

// sell is a shop whose second version sells to fewer and brings more.
func (h *house) sell(d *Definition) {
	h.t.Helper()
	e := h.start(d)
	first := h.next
	h.visit(e, "a", 1000, 0)
	h.visit(e, "b", 1000, 0)
	var events []*leads.Event
	for i := range 2000 {
		every, total := 2, 10.0+float64(i%3)
		if i >= 1000 {
			every, total = 3, 40+float64(i%3)
		}
		if d.Goal.Cap > 0 && i%1000 == 0 {
			total = 5000 // which is held down
		}
		if i%every == 0 {
			bought := ordered(int64(first+i+100_000), fmt.Sprintf("visitor-%06d", first+i+1), h.time.Now(), total)
			bought.Name = d.Goal.Event
			events = append(events, bought)
		}
	}
	h.must(h.OnEvents(context.Background(), events))
}

func TestAWinnerOnAValueLooksLikeOneWhereverItIsListed(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		address := h.serve()
		trend := [2]string{"Share who reached the goal so far", "سهم رسیده‌ها به هدف تا هر روز"}
		set, err := templates.New()
		h.must(err)
		for kind, words := range map[GoalKind][2]string{
			OfValue: {"A visitor brings", "آوردهٔ هر بازدیدکننده"},
			OfRatio: {"Basket", "سبد"},
		} {
			d := promise()
			d.Key, d.Goal = string(kind), Goal{Event: "Order Completed " + string(kind), Name: texts("Basket", "سبد"), Kind: kind, Property: "total"}
			if kind == OfValue {
				d.Goal.Cap = 0.99
			}
			h.sell(d)
			for _, state := range []State{Running, Decided} {
				if state == Decided {
					h.time.Advance(7 * day)
					h.evaluate()
				}
				r := h.report(d.Key)
				if r.State != state || state == Decided && r.Verdict.Winner != "b" {
					t.Fatalf("%s: %s %+v", kind, r.State, r.Verdict)
				}
				_, body := h.get(address + "/api/v1/experiments")
				var list web.List[Summary]
				h.must(json.Unmarshal([]byte(body), &list))
				at := slices.IndexFunc(list.Data, func(sum Summary) bool { return sum.Key == d.Key })
				for i, a := range list.Data[at].Arms {
					want := r.Goals[0].Arms[i]
					if a.Key != want.Key || a.Mean == nil || math.Abs(*a.Mean-*want.Mean) > 1e-9 || math.Abs(*a.Total-*want.Total) > 1e-6 || (a.Units == nil) != (want.Units == nil) || a.Conversions != want.Conversions {
						t.Errorf("%s, %s: %+v, and the report says %+v", kind, state, a, want.broughtIn)
					}
				}
				for i, lang := range []i18n.Lang{i18n.English, i18n.Persian} {
					l := set.Catalog().Locale(lang, time.UTC)
					h.reads(address+"/experiments/"+d.Key+"?lang="+string(lang), []string{trend[i]}, nil)
					for _, path := range []string{"", "/" + d.Key + "/roll-out"} {
						_, body := h.get(address + "/experiments" + path + "?lang=" + string(lang))
						for j, a := range r.Goals[0].Arms {
							rate, figure := l.Pct(*r.Arms[j].Rate, 1), money(l, *a.Mean)
							if !strings.Contains(body, words[i]) || !strings.Contains(body, figure) || strings.Contains(body, rate) || strings.Contains(body, "⟦") {
								t.Errorf("%s, %s, %s in %s: want %s of %s and no %s", kind, state, path, lang, figure, a.Key, rate)
							}
						}
					}
				}
			}
			stopped := *d
			stopped.State = Stopped
			h.must(h.apply(&stopped))
		}
		lessons, err := h.Library(t.Context())
		h.must(err)
		for _, lesson := range lessons {
			v := h.report(lesson.Key).Comparisons[0].Value
			if lesson.Outcome != OutcomeWon || lesson.Lift == nil || *lesson.Lift != *v.Lift || *lesson.Difference != *v.Difference || *lesson.DifferenceLow != v.AnytimeInterval.Lo || *lesson.DifferenceHigh != v.AnytimeInterval.Hi || lesson.LiftLow != nil {
				t.Errorf("%+v, and the report says %+v", lesson, v)
			}
			for _, lang := range []i18n.Lang{i18n.English, i18n.Persian} {
				l := set.Catalog().Locale(lang, time.UTC)
				_, body := h.get(address + "/experiments/library?lang=" + string(lang))
				for _, want := range []string{amountOf(l, *v.Difference), signed(l, *v.Lift), amountOf(l, v.AnytimeInterval.Lo)} {
					if !strings.Contains(plainText(html.UnescapeString(body)), plainText(want)) {
						t.Errorf("the library in %s does not say %s", lang, want)
					}
				}
			}
		}
		if len(lessons) != 2 {
			t.Errorf("%d lessons", len(lessons))
		}
	})
}

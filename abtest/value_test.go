package abtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
)

func TestAVerdictOnWhatVisitorsBring(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		set, err := templates.New()
		h.must(err)
		for key, c := range map[string]struct {
			kind    GoalKind
			second  float64 // what an order brings in the second version, of 10 in the first
			winner  string
			en, fa  string
			verdict stats.State
		}{
			"more": {OfValue, 22, "b", "“Four minutes” wins: what a visitor brings is ", "«چهار دقیقه» بهتر است: آوردهٔ هر بازدیدکننده", stats.StateWinner},
			"less": {OfValue, 4, "a", "The original “Good coffee” is better: its visitors bring more.", "نسخهٔ اصلی «قهوهٔ خوب» بهتر است", stats.StateWinner},
			"same": {OfValue, 10, "", "No difference was found in what visitors bring.", "در آنچه بازدیدکننده‌ها می‌آورند تفاوتی پیدا نشد", stats.StateNoDifference},

			"higher": {OfRatio, 22, "b", "“Four minutes” wins: “Basket” is +10", "«چهار دقیقه» بهتر است: «سبد» نسبت به نسخهٔ اصلی", stats.StateWinner},
			"lower":  {OfRatio, 4, "a", "The original “Good coffee” is better: its “Basket” is higher.", "نسخهٔ اصلی «قهوهٔ خوب» بهتر است: «سبد» در آن بیشتر است.", stats.StateWinner},
			"alike":  {OfRatio, 10, "", "No difference was found in “Basket”.", "در «سبد» تفاوتی پیدا نشد.", stats.StateNoDifference},
		} {
			d := promise()
			d.Key, d.Goal = key, Goal{Event: "Order Completed " + key, Name: texts("Basket", "سبد"), Kind: c.kind, Property: "total"}
			e := h.start(d)
			first := h.next
			h.visit(e, "a", 1000, 0)
			h.visit(e, "b", 1000, 0)
			var events []*leads.Event
			for i := range 2000 {
				if i%5 != 0 {
					continue
				}
				total := 10.0
				if i >= 1000 {
					total = c.second
				}
				bought := ordered(int64(first+i+100_000), fmt.Sprintf("visitor-%06d", first+i+1), h.time.Now(), total+float64(i%3))
				bought.Name += " " + key
				events = append(events, bought)
			}
			h.must(h.OnEvents(context.Background(), events))
			h.time.Advance(7 * day)
			h.evaluate()
			r := h.report(key)
			if r.State != Decided || r.Verdict.State != c.verdict || r.Verdict.Winner != c.winner {
				t.Errorf("%s: %s %+v", key, r.State, r.Verdict)
			}
			for lang, want := range map[i18n.Lang]string{i18n.English: c.en, i18n.Persian: c.fa} {
				l := set.Catalog().Locale(lang, time.UTC)
				said := r.Sentence(l) + " " + r.Advice(l)
				if !strings.HasPrefix(said, want) || strings.Contains(said, "⟦") || strings.Contains(said, "NaN") || strings.Contains(said, "–") {
					t.Errorf("%s: %s", key, said)
				}
			}
			stopped := *d
			stopped.State = Stopped
			h.must(h.apply(&stopped))
		}
	})
}

func TestAValueGoalIsReadRegimeByRegimeOnceTheWeightsChange(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := promise()
		d.Goal = Goal{Event: "Order Completed", Kind: OfValue, Property: "total", Cap: 0.99}
		d.Variants[0].Weight, d.Variants[1].Weight = 90, 10
		e := h.start(d)
		// Rich days under the first weights and poor ones under the second, the same for
		// both versions.
		buy := func(a, b int, total float64) {
			t.Helper()
			e = h.find("promise")
			first := h.next + 1
			h.visit(e, "a", a, 0)
			h.visit(e, "b", b, 0)
			var events []*leads.Event
			for i := range a + b {
				if i%2 == 0 {
					h.next++
					events = append(events, ordered(int64(200_000+h.next), fmt.Sprintf("visitor-%06d", first+i), h.time.Now(), total+float64(i%3)))
				}
			}
			h.must(h.OnEvents(context.Background(), events))
		}
		buy(900, 100, 50)
		h.time.Advance(3 * day)
		d.Variants[0].Weight, d.Variants[1].Weight = 50, 50
		h.must(h.apply(d))
		buy(500, 500, 5)
		h.time.Advance(4 * day)
		h.evaluate()
		r := h.report("promise")
		c := r.Comparisons[0]
		if !c.WeightsVaried || c.Value == nil || c.Value.Difference == nil || c.Value.AnytimeInterval == nil || c.Value.WelchP != nil {
			t.Fatalf("%+v %+v", c, c.Value)
		}
		if *c.Value.Difference > 1 || *c.Value.Difference < -1 || !c.Value.AnytimeInterval.Contains(0) || c.AnytimeP < 0.1 || final(r.Verdict) {
			t.Errorf("a difference of %v, p %v where there is none: %+v", *c.Value.Difference, c.AnytimeP, r.Verdict)
		}
	})
}

func TestALiftOverNextToNothingHasNoBounds(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Goal = Goal{Event: "Order Completed", Kind: OfValue, Property: "total"}
	e := h.start(d)
	h.visit(e, "a", 200, 0)
	h.visit(e, "b", 200, 0)
	buy := func(from, n int) {
		var events []*leads.Event
		for i := range n {
			events = append(events, ordered(int64(from+i), fmt.Sprintf("visitor-%06d", from+i), h.time.Now(), 30.0+float64(i)))
		}
		h.must(h.OnEvents(context.Background(), events))
	}
	address := h.serve() + "/experiments/promise?lang=en"
	const endless = "the original may bring nothing at all"
	buy(1, 2)
	buy(201, 20)
	if _, body := h.get(address); !strings.Contains(body, endless) {
		t.Error("two orders bound a lift")
	}
	buy(1, 60)
	if _, body := h.get(address); strings.Contains(body, endless) {
		t.Error("sixty orders do not")
	}
}

package abtest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

// harvest is an experiment in earning mode.
func harvest() *Definition {
	d := promise()
	d.Mode = Earn
	return d
}

// spend has a day's visitors come, split as the shares of now say, and convert.
func (h *house) spend(dice *rand.Rand, key string, visitors int, rates ...float64) {
	h.t.Helper()
	e := h.find(key)
	for i, v := range e.Definition.Variants {
		n, converted := int(math.Round(float64(visitors)*e.Shares[i])), 0
		for range n {
			if dice.Float64() < rates[i] {
				converted++
			}
		}
		h.visit(e, v.Key, n, converted)
	}
}

func TestEarningModeFollowsTheBetterVersionDayByDay(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := harvest()
		d.PlannedVisitorsPerArm, d.PlannedConversionRate = 20_000, 0.05
		h.start(d)
		dice := rand.New(rand.NewPCG(8, 3))
		for n := range 10 {
			// Every third day everybody converts half as often.
			drift := 1.0
			if n%3 == 2 {
				drift = 0.5
			}
			h.spend(dice, "promise", 240, 0.05*drift, 0.1*drift)
			h.time.Advance(day)
			h.evaluate()
			e := h.find("promise")
			var sum float64
			for _, share := range e.Shares {
				sum += share
				if share < 0.1-1e-12 {
					t.Errorf("day %d: shares %v, below the floor", n+1, e.Shares)
				}
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Errorf("day %d: the shares %v add up to %v", n+1, e.Shares, sum)
			}
		}
		r := h.report("promise")
		if last := r.Regimes[len(r.Regimes)-1]; last.Shares[1] < 0.7 || last.EarnedOn == nil || len(r.Regimes) < 6 {
			t.Errorf("%d regimes, the last %+v: want most visitors on b", len(r.Regimes), last)
		}
		if r.Latest[1].Visitors < r.Latest[0].Visitors*3/2 || !r.SRM.OK || r.Mode != Earn {
			t.Errorf("%s, split %+v", counts(r.Latest), r.SRM)
		}
		if c := r.Comparisons[0]; c.HorizonTest != stats.TestEProcess || c.Z != nil {
			t.Errorf("%+v, want no fixed test", c)
		}
	})
}

func TestADayIsEarnedOnceWhoeverAsks(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(harvest())
		h.visit(e, "a", 150, 5)
		h.visit(e, "b", 150, 15)
		h.evaluate() // the first day is not over
		if n := len(h.find("promise").regimes); n != 1 {
			t.Fatalf("%d regimes on the first day", n)
		}
		h.time.Advance(day + time.Hour)
		var wg sync.WaitGroup
		for range 4 {
			server := h.another(h.db) // that has just been started
			wg.Go(func() {
				// Looks may collide; what must not is the day.
				if err := server.Evaluate(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for range 3 {
			h.time.Advance(6 * time.Hour)
			h.visit(e, "b", 30, 20)
			h.evaluate()
		}
		after := h.find("promise")
		if len(after.regimes) != 2 || after.earnedOn() != 1 || !alike(after.Shares, after.regimes[1].Shares) {
			t.Fatalf("%d regimes, earned on %d", len(after.regimes), after.earnedOn())
		}
		h.time.Advance(6 * time.Hour)
		h.evaluate()
		if after = h.find("promise"); len(after.regimes) != 3 || after.earnedOn() != 2 {
			t.Errorf("%d regimes, earned on %d, want the second day", len(after.regimes), after.earnedOn())
		}
	})
}

func TestEarningMovesNobodyWhoIsIn(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(harvest())
		before := h.come(h.Service, "promise", 120, web.Visit{})
		h.visit(e, "a", 150, 5)
		h.visit(e, "b", 150, 40)
		h.time.Advance(day)
		h.evaluate()
		if e = h.find("promise"); e.Shares[1] < 0.8 {
			t.Fatalf("shares %v", e.Shares)
		}
		forgetful := h.another(h.db)
		for id, saw := range before {
			if got, err := forgetful.Assign(ctx, "promise", id, web.Visit{}); err != nil || got != saw {
				t.Fatalf("%s sees %q (%v), saw %q", id, got, err, saw)
			}
		}
		onB := 0
		for _, saw := range h.come(forgetful, "promise", 200, web.Visit{}) {
			if saw == "b" {
				onB++
			}
		}
		if r := h.report("promise"); onB < 150 || r.Crossed.Visitors != 0 || !r.SRM.OK {
			t.Errorf("%d of 200 on b, %d crossed, split %+v", onB, r.Crossed.Visitors, r.SRM)
		}
	})
}

func TestTheVerdictEndsEarning(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(harvest())
		dice := rand.New(rand.NewPCG(8, 4))
		for range 9 {
			h.spend(dice, "promise", 240, 0.05, 0.2)
			h.time.Advance(day)
			h.evaluate()
		}
		r := h.report("promise")
		if r.State != Decided || r.Verdict.Winner != "b" || r.Verdict.Reason != stats.ReasonSequential {
			t.Fatalf("%s %+v", r.State, r.Verdict)
		}
		set, err := templates.New()
		h.must(err)
		for lang, want := range map[i18n.Lang]string{i18n.English: "The true lift of “Four minutes”", i18n.Persian: "افزایش واقعی «چهار دقیقه»"} {
			if said := r.Advice(set.Catalog().Locale(lang, time.UTC)); !strings.HasPrefix(said, want) {
				t.Errorf("advice %q", said)
			}
		}
		for _, regime := range r.Regimes {
			if regime.Since.After(*r.DecidedAt) {
				t.Errorf("a regime since %v, decided at %v", regime.Since, *r.DecidedAt)
			}
		}
	})
}

func TestTheReportSaysWhereTheTrafficGoes(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(harvest())
	h.visit(e, "a", 500, 30)
	h.visit(e, "b", 500, 45)
	h.time.Advance(day)
	h.evaluate()
	e = h.find("promise")
	h.visit(e, "a", 20, 1)
	h.visit(e, "b", 180, 16)
	base := h.serve()
	for path, want := range map[string][]string{
		// 1,200 of the 2,000 planned visitors, though a has 520 of its 1,000.
		"?lang=en": {"600 of 1,000 visitors for each version", "the traffic follows the better version", "on average", "nobody knows beforehand", "400 more visitors"},
		"?lang=fa": {"۶۰۰ از ۱٬۰۰۰", "نسخهٔ بهتر می‌رود", "به طور میانگین", "از پیش معلوم نیست"},
	} {
		status, body := h.get(base + "/experiments/promise" + path)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", path, status)
		}
		for _, sign := range want {
			if !strings.Contains(body, sign) {
				t.Errorf("%s does not say %q", path, sign)
			}
		}
		for _, sign := range []string{"⟦", "NaN", "Inf", "%!"} {
			if strings.Contains(body, sign) {
				t.Errorf("%s shows %q", path, sign)
			}
		}
	}
}

func TestEarningWaitsForAHundredVisitorsAndRestsWhilePaused(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(harvest())
		h.visit(e, "a", 400, 20)
		h.visit(e, "b", 99, 30)
		h.time.Advance(day)
		h.evaluate()
		if n := len(h.find("promise").regimes); n != 1 {
			t.Errorf("%d regimes before a hundred visitors each", n)
		}
		h.visit(e, "b", 1, 1)
		paused := harvest()
		paused.State = Paused
		h.must(h.apply(paused))
		h.time.Advance(day)
		h.evaluate()
		if n := len(h.find("promise").regimes); n != 1 {
			t.Errorf("%d regimes while paused", n)
		}
		h.must(h.apply(harvest()))
		h.evaluate()
		e = h.find("promise")
		if len(e.regimes) != 2 || e.earnedOn() != 2 {
			t.Errorf("%d regimes, earned on %d", len(e.regimes), e.earnedOn())
		}
		renamed := harvest()
		renamed.Name = "Harvest"
		h.must(h.apply(renamed))
		if after := h.find("promise"); !alike(after.Shares, e.Shares) || len(after.regimes) != 2 {
			t.Errorf("shares %v after another name, earned %v", after.Shares, e.Shares)
		}
	})
}

func TestEarningIsRefusedWhereItCannotBe(t *testing.T) {
	for name, change := range map[string]func(d *Definition){
		"the SDKs":             func(d *Definition) { d.Surface = surfaceAPI },
		"rate of a conversion": func(d *Definition) { d.Goal = Goal{Event: "Order Completed", Kind: OfValue, Property: "total"} },
	} {
		d := harvest()
		change(d)
		if fields, _ := errs.AsFields(d.Check()); !strings.Contains(fields["mode"], name) {
			t.Errorf("%s: %v", name, d.Check())
		}
	}
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.start(harvest())
	d := harvest()
	d.Variants[0].Weight, d.Variants[1].Weight = 1, 3
	if fields, _ := errs.AsFields(h.apply(d)); !strings.Contains(fields["variants[0].weight"], "earning") {
		t.Errorf("weights by hand: %v", fields)
	}
	if fields, _ := errs.AsFields(h.apply(promise())); fields["mode"] == "" {
		t.Errorf("no conflict when the mode changes: %v", fields)
	}
}

// BenchmarkEarningDay is one look at, and one reweighting of, an experiment that has been
// reweighted for so many days.
func BenchmarkEarningDay(b *testing.B) {
	for _, days := range []int{7, 60} {
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			h := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
			d := harvest()
			d.PlannedVisitorsPerArm = 1_000_000
			h.start(d)
			dice := rand.New(rand.NewPCG(8, 5))
			for range days {
				h.spend(dice, "promise", 300, 0.1, 0.1)
				h.time.Advance(day)
				h.evaluate()
			}
			b.ResetTimer()
			for range b.N {
				h.report("promise")
			}
		})
	}
}

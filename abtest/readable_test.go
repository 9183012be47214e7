package abtest

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestWhatIsTakenCanBeRead holds that a report is never refused for a definition that
// was not refused before.
func TestWhatIsTakenCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := promise()
		power := func(name string, from, to float64) float64 {
			return math.Pow(10, rapid.Float64Range(from, to).Draw(t, name))
		}
		d.Variants = nil
		equal, widest := rapid.Bool().Draw(t, "equal"), rapid.SampledFrom([]float64{0.5, 3, 12}).Draw(t, "widest")
		for i := range rapid.IntRange(2, 10).Draw(t, "variants") {
			v := Variant{Key: string(rune('a' + i))}
			if !equal {
				v.Weight = power("weight", -widest, widest)
			}
			d.Variants = append(d.Variants, v)
		}
		d.Alpha = rapid.SampledFrom([]*float64{nil, new(0.05), new(0.001), new(0.5), new(0.2), new(1e-13), new(0.0)}).Draw(t, "alpha")
		d.PlannedVisitorsPerArm = int64(power("planned visitors", 0, 9.5))
		d.PlannedConversionRate = power("rate", -15, 0)
		if rapid.Bool().Draw(t, "conversions") {
			d.PlannedConversions, d.PlannedConversionRate = d.plannedConversions(), 0
		}
		if weeks := rapid.IntRange(0, 104).Draw(t, "weeks"); weeks > 0 {
			d.PlannedWeeks = &weeks
		}
		if rapid.Bool().Draw(t, "value") {
			d.Goal.Kind, d.Goal.Property = rapid.SampledFrom([]GoalKind{OfValue, OfRatio}).Draw(t, "kind"), "total"
		} else if rapid.Bool().Draw(t, "earn") {
			d.Mode = Earn
		}
		if manifest.Check(d) != nil {
			t.Skip()
		}
		e := &Experiment{Definition: *d}
		e.start(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
		look := stats.Look{Days: rapid.IntRange(0, 40).Draw(t, "days")}
		for i, v := range d.Variants {
			n := rapid.Int64Range(0, 5000).Draw(t, "visitors")
			arm := stats.Arm{Key: v.Key, Weight: e.Shares[i], Count: stats.Count{Visitors: n, Conversions: rapid.Int64Range(0, n).Draw(t, "conversions")}}
			if all := (sums{Visitors: arm.Conversions}); d.Goal.byMean() {
				arm.Value = all.read(d.Goal.Kind, n)
			}
			look.Arms = append(look.Arms, arm)
		}
		if _, err := stats.Analyze(e.settings(), look); err != nil {
			t.Fatalf("taken, and then refused: %v", err)
		}
	})
}

func TestExtremePartsAndPromisesAreRefusedBesideTheirField(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(promise())
		for name, c := range map[string]struct {
			field  string
			change func(*Definition)
		}{
			"tiny":      {"variants[0].weight", func(d *Definition) { d.Variants[0].Weight, d.Variants[1].Weight = 1e-9, 100 }},
			"huge":      {"variants[1].weight", func(d *Definition) { d.Variants[0].Weight, d.Variants[1].Weight = 1e9, 1e-6 }},
			"no number": {"variants[0].weight", func(d *Definition) { d.Variants[0].Weight, d.Variants[1].Weight = math.Inf(1), 1 }},
			"strict":    {"alpha", func(d *Definition) { d.Alpha = new(1e-13) }},
		} {
			d := promise()
			c.change(d)
			if bad, ok := errs.AsFields(h.Save(t.Context(), d, false)); !ok || bad[c.field] == "" {
				t.Errorf("%s: %v", name, bad)
			}
			h.report("promise")
			d.Key = "another"
			if bad, ok := errs.AsFields(h.Save(t.Context(), d, true)); !ok || bad[c.field] == "" {
				t.Errorf("%s, a new one: %v", name, bad)
			}
			if _, err := h.load(t.Context(), "another"); !errors.Is(err, errs.NotFound) {
				t.Errorf("%s: stored: %v", name, err)
			}
		}
	})
}

package stats

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// The ends of what is taken.
var (
	nastyCounts = rapid.Custom(func(t *rapid.T) Count {
		n := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, 2, 100, MaxVisitors / 8}), rapid.Int64Range(0, MaxVisitors/8)).Draw(t, "visitors")
		return Count{n, rapid.OneOf(rapid.SampledFrom([]int64{0, n, n / 2, n - n/1000}), rapid.Int64Range(0, n)).Draw(t, "conversions")}
	})
	nastyAlphas  = rapid.SampledFrom([]float64{minAlpha, 1e-9, 0.01, 0.05, 0.5})
	nastyWeights = rapid.SampledFrom([]float64{0, 1e-7, 0.01, 0.5, 0.5, 1, 1, 99})
	nastyValues  = rapid.Custom(func(t *rapid.T) *Value {
		n := rapid.SampledFrom([]int64{0, 1, 2, 3, 1000, MaxVisitors}).Draw(t, "n")
		return &Value{
			N: n, Orders: rapid.SampledFrom([]int64{0, n / 2, n}).Draw(t, "orders"),
			Mean:     rapid.SampledFrom([]float64{0, 1e-300, -1e60, 1e60, 1, 412345.5, 5e-324}).Draw(t, "mean"),
			Variance: rapid.SampledFrom([]float64{0, 5e-324, 1e-200, 1, 1e12, 1e120}).Draw(t, "variance"),
		}
	})
)

func TestTheNastiestInputHasNoNaN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Settings{
			Alpha:              nastyAlphas.Draw(t, "alpha"),
			PlannedVisitors:    rapid.SampledFrom([]int64{0, 1, MaxVisitors}).Draw(t, "planned"),
			PlannedConversions: rapid.SampledFrom([]float64{0, 5e-324, 1e-9, 1320, MaxVisitors}).Draw(t, "planned conversions"),
			Kappa:              rapid.SampledFrom([]float64{0, minKappa, 2, 41.5, 1e9, MaxVisitors}).Draw(t, "kappa"),
			Tau:                rapid.SampledFrom([]float64{0, minTau, 0.3, maxTau}).Draw(t, "tau"),
			Varying:            rapid.Bool().Draw(t, "varying"),
			PlannedDays:        rapid.IntRange(0, 1).Draw(t, "planned days"),
		}
		l := Look{PlannedEnd: rapid.Bool().Draw(t, "end")}
		k := rapid.IntRange(2, 4).Draw(t, "arms")
		valued := rapid.Bool().Draw(t, "valued")
		if valued && rapid.Bool().Draw(t, "goal") {
			s.Measure = MeasureValue
		}
		for i := range k {
			a := Arm{Key: string(rune('a' + i)), Weight: nastyWeights.Draw(t, "weight")}
			if valued {
				a.Value = nastyValues.Draw(t, "value")
			}
			l.Arms = append(l.Arms, a)
		}
		byRegime := valued && rapid.Bool().Draw(t, "values by regime")
		for range rapid.IntRange(0, 4).Draw(t, "regimes") {
			regime := make(Regime, k)
			for i := range regime {
				regime[i] = Cell{Weight: nastyWeights.Draw(t, "weight"), Count: nastyCounts.Draw(t, "count")}
				l.Arms[i].Count = l.Arms[i].plus(regime[i].Count)
				if byRegime {
					regime[i].Value = nastyValues.Draw(t, "value of a cell")
				}
			}
			l.Regimes = append(l.Regimes, regime)
		}
		if l.Regimes == nil {
			for i := range l.Arms {
				l.Arms[i].Count = nastyCounts.Draw(t, "count")
			}
		}
		if byRegime && l.Regimes != nil {
			for i := range l.Arms {
				v := l.Regimes[0][i].Value
				for _, r := range l.Regimes[1:] {
					v = v.plus(r[i].Value)
				}
				l.Arms[i].Value = v
			}
		}
		a, err := Analyze(s, l)
		var input *InputError
		if errors.As(err, &input) {
			return
		}
		// encoding/json refuses NaN and infinities anywhere in the report.
		if _, errJSON := json.Marshal(a); err != nil || errJSON != nil {
			t.Fatalf("%v %v in %+v", err, errJSON, a)
		}
		for _, c := range a.Comparisons {
			for _, p := range []*float64{&c.AnytimeP, &c.AnytimePHolm, c.HorizonP, c.HorizonPHolm, &c.ProbBeat} {
				if p != nil {
					probability(t, "p", *p)
				}
			}
			if c.RateRatio.Lo != c.RateRatio.Lo || c.RateRatio.Hi != c.RateRatio.Hi || c.RateRatio.Lo > c.RateRatio.Hi {
				t.Fatalf("ratio %v", c.RateRatio)
			}
		}
	})
}

func TestTheNastiestPlanHasNoNaN(t *testing.T) {
	rates := rapid.SampledFrom([]float64{0, 5e-324, 1e-300, 1e-12, 0.03, 0.036, 0.5, 1 - 1e-16, 1, -1, 1e300})
	rapid.Check(t, func(t *rapid.T) {
		in := PlanInput{
			Baseline: rates.Draw(t, "baseline"), Alpha: nastyAlphas.Draw(t, "alpha"),
			Power:          rapid.SampledFrom([]float64{0.5, 0.8, 1 - 1e-16, 1}).Draw(t, "power"),
			Arms:           rapid.IntRange(1, 5).Draw(t, "arms"),
			VisitorsPerDay: rapid.SampledFrom([]float64{0, 5e-324, 1e-9, 1000, 1e300}).Draw(t, "a day"),
		}
		if rapid.Bool().Draw(t, "weighted") {
			for range in.Arms {
				in.Weights = append(in.Weights, nastyWeights.Draw(t, "weight"))
			}
		}
		switch rapid.IntRange(0, 3).Draw(t, "by") {
		case 0:
			in.Target = ptr(rates.Draw(t, "target"))
		case 1:
			in.Effect = ptr(rates.Draw(t, "effect"))
		case 2:
			in.PerArm = ptr(rapid.SampledFrom([]int64{-1, 0, 1, 2, 1000, MaxVisitors, MaxVisitors + 1}).Draw(t, "per arm"))
		case 3:
			in.Weeks = ptr(rapid.IntRange(-1, 60000).Draw(t, "weeks"))
		}
		p, err := MakePlan(in)
		var input *InputError
		if errors.As(err, &input) {
			return
		}
		if _, errJSON := json.Marshal(p); err != nil || errJSON != nil || p.PerArm < 1 || p.Total < p.PerArm {
			t.Fatalf("%v %v in %+v", err, errJSON, p)
		}
	})
}

package stats

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestChangingWeightsAgreeWithFiftyDigits(t *testing.T) {
	var file struct {
		Mixtures []struct {
			Name       string
			Parts      [][3]float64
			Tau, Alpha float64
			LogE       *float64    `json:"log_e"`
			RateRatio  [2]*float64 `json:"rate_ratio"`
		}
		Continued []struct {
			Name         string
			Parts        [][3]float64
			Kappa, Alpha float64
			LogE         *float64    `json:"log_e"`
			RateRatio    [2]*float64 `json:"rate_ratio"`
		}
		Splits []struct {
			Name    string
			Regimes [][][2]float64
			Chi2, P *float64
		}
		Strata []struct {
			Name             string
			Cells            [][2][2]int64
			Difference, Lift *float64
		}
		Means []struct {
			Name             string
			Strata           [][3]any
			Planned          int64
			Alpha            float64
			Difference, Lift *float64
			Interval         [2]*float64
			LogE             *float64 `json:"log_e"`
		}
		Plans []struct {
			Input  [5]float64
			Needed *float64
		}
	}
	read(t, "regimes.json", &file)
	if len(file.Mixtures) < 10 || len(file.Continued) < 12 || len(file.Splits) < 6 || len(file.Strata) < 4 || len(file.Plans) < 5 || len(file.Means) < 4 {
		t.Fatal("cases are missing")
	}
	for _, r := range file.Mixtures {
		m := Mixture{Tau: r.Tau, Parts: partsOf(r.Parts)}
		same(t, r.Name+": log e", m.LogE(), true, r.LogE, quadrature)
		ratio, ok := m.RateRatio(r.Alpha)
		same(t, r.Name+": ratio from", ratio.Lo, ok, r.RateRatio[0], quadrature)
		same(t, r.Name+": ratio to", ratio.Hi, !math.IsInf(ratio.Hi, 1), r.RateRatio[1], quadrature)
	}
	for _, r := range file.Continued {
		m := Mixture{Kappa: r.Kappa, Parts: partsOf(r.Parts)}
		same(t, r.Name+", continued: log e", m.LogE(), true, r.LogE, quadrature)
		ratio, ok := m.RateRatio(r.Alpha)
		same(t, r.Name+", continued: ratio from", ratio.Lo, ok, r.RateRatio[0], quadrature)
		same(t, r.Name+", continued: ratio to", ratio.Hi, !math.IsInf(ratio.Hi, 1), r.RateRatio[1], quadrature)
	}
	for _, r := range file.Splits {
		arms, regimes := regimesOf(r.Regimes)
		srm, err := CheckRegimes(arms, regimes)
		if err != nil {
			t.Fatal(r.Name, err)
		}
		same(t, r.Name+": chi-square", *srm.Chi2, true, r.Chi2, closedForm)
		same(t, r.Name+": p", *srm.P, true, r.P, closedForm)
	}
	for _, r := range file.Strata {
		var list []stratum
		for _, c := range r.Cells {
			list = append(list, stratum{control: Count{c[0][1], c[0][0]}, arm: Count{c[1][1], c[1][0]}})
		}
		difference, lift := mantelHaenszel(list)
		same(t, r.Name+": difference", *difference, true, r.Difference, closedForm)
		same(t, r.Name+": lift", *lift, true, r.Lift, closedForm)
	}
	for _, r := range file.Means {
		c := Comparison{WeightsVaried: true}
		for _, cells := range r.Strata {
			st := stratum{weight: cells[0].(float64)}
			for i := range st.values {
				v := cells[i+1].([]any)
				st.values[i] = &Value{N: int64(v[0].(float64)), Mean: v[1].(float64), Variance: v[2].(float64), Orders: int64(v[3].(float64))}
			}
			c.strata, c.values = append(c.strata, st), st.values
		}
		s := Settings{Alpha: r.Alpha, PlannedVisitors: r.Planned}
		v := c.compareValues(s)
		same(t, r.Name+": difference of means", *v.Difference, true, r.Difference, closedForm)
		same(t, r.Name+": lift of means", *v.Lift, true, r.Lift, closedForm)
		sameInterval(t, r.Name+": anytime", *v.AnytimeInterval, true, r.Interval)
		same(t, r.Name+": log e of means", c.meanEvidence(s).LogE(), true, r.LogE, closedForm)
	}
	for _, r := range file.Plans {
		in := r.Input
		same(t, fmt.Sprint(in), neededAt(in[4], in[0], in[1], in[2], in[3]), true, r.Needed, closedForm)
	}
}

func partsOf(list [][3]float64) (parts []Part) {
	for _, p := range list {
		parts = append(parts, Part{int64(p[0]), int64(p[1]), p[2]})
	}
	return parts
}

// regimesOf makes arms and regimes of visitors and weights.
func regimesOf(list [][][2]float64) (arms []Arm, regimes []Regime) {
	arms = make([]Arm, len(list[0]))
	for _, cells := range list {
		var regime Regime
		for i, c := range cells {
			n := Count{Visitors: int64(c[0])}
			arms[i].Key, arms[i].Weight = fmt.Sprint(i), c[1]
			arms[i].Count = arms[i].plus(n)
			regime = append(regime, Cell{Weight: c[1], Count: n})
		}
		regimes = append(regimes, regime)
	}
	return arms, regimes
}

// ramp is a test that gave b a tenth of the traffic and then half of it, at
// times when everybody converted at other rates.
func ramp() Look {
	l := Look{Days: 14, Regimes: []Regime{
		{{Weight: 0.9, Count: Count{9000, 900}}, {Weight: 0.1, Count: Count{1000, 100}}},
		{{Weight: 0.5, Count: Count{5000, 100}}, {Weight: 0.5, Count: Count{5000, 100}}},
	}}
	for i, key := range []string{"control", "b"} {
		l.Arms = append(l.Arms, Arm{Key: key, Weight: 0.5, Count: l.Regimes[0][i].plus(l.Regimes[1][i].Count)})
	}
	return l
}

func TestRampIsNotMistakenForADifference(t *testing.T) {
	l := ramp()
	a := analyze(t, settings(), l)
	c := a.Comparisons[0]
	if !c.WeightsVaried || *c.Difference != 0 || *c.Lift != 0 || c.AnytimeP < 0.5 || a.Verdict.State != StateRunning || !a.SRM.OK {
		t.Errorf("%+v %+v", c, a.Verdict)
	}
	if c.Z != nil || c.Newcombe != nil || c.FisherMidP != nil || a.ChiSquare != nil || c.HorizonTest != TestEProcess {
		t.Errorf("figures that add the regimes up: %+v", c)
	}
	// Adding up, b would have looked far worse.
	if z, _, _ := PooledZ(l.Arms[0].Count, l.Arms[1].Count); z > -5 {
		t.Errorf("the ramp is too kind: z %v", z)
	}
}

func TestRampStillFindsADifference(t *testing.T) {
	l := ramp()
	l.Regimes[0][1].Conversions, l.Regimes[1][1].Conversions = 160, 160
	l.Arms[1].Conversions = 320
	a := analyze(t, settings(), l)
	if a.Verdict.State != StateWinner || a.Verdict.Winner != "b" || a.Verdict.Reason != ReasonSequential || math.Abs(*a.Comparisons[0].Lift-0.6) > 0.01 {
		t.Errorf("%+v %+v", a.Comparisons[0], a.Verdict)
	}
	// The e-process alone, of middling strength, decides at the planned end.
	l.Regimes[0][1].Conversions, l.Regimes[1][1].Conversions = 128, 133
	l.Arms[1].Conversions = 261
	l.PlannedEnd = true
	s := settings()
	s.PlannedVisitors = 0
	if a := analyze(t, s, l); a.Verdict.Reason != ReasonHorizon || a.Verdict.Winner != "b" || *a.Comparisons[0].HorizonP <= a.Verdict.SequentialAlpha {
		t.Errorf("%+v p %v", a.Verdict, *a.Comparisons[0].HorizonP)
	}
}

func TestRegimesOfTheSameWeightsAreOne(t *testing.T) {
	whole := look(Count{10_000, 300}, Count{10_000, 420})
	parts := whole
	parts.Regimes = []Regime{
		{{Weight: 1, Count: Count{4000, 130}}, {Weight: 1, Count: Count{4100, 170}}},
		{{Weight: 0.25, Count: Count{6000, 170}}, {Weight: 0.25, Count: Count{5900, 250}}},
	}
	a, b := analyze(t, settings(), whole), analyze(t, settings(), parts)
	if a.Comparisons[0].LogE != b.Comparisons[0].LogE || *a.Comparisons[0].Z != *b.Comparisons[0].Z || b.Comparisons[0].WeightsVaried {
		t.Errorf("%+v, in parts %+v", a.Comparisons[0], b.Comparisons[0])
	}
}

func TestArmTurnedOffIsStillCorrectedFor(t *testing.T) {
	l := look(Count{10_000, 300}, Count{10_000, 380}, Count{2_000, 50})
	l.Regimes = []Regime{
		{{Weight: 1, Count: Count{2000, 60}}, {Weight: 1, Count: Count{2000, 76}}, {Weight: 1, Count: Count{2000, 50}}},
		{{Weight: 1, Count: Count{8000, 240}}, {Weight: 1, Count: Count{8000, 304}}, {Weight: 0, Count: Count{}}},
	}
	l.Arms[2].Weight = 0
	a := analyze(t, settings(), l)
	if len(a.Comparisons) != 2 || a.SRM.ZeroWeight != nil || a.Arms[2].ProbBest != nil {
		t.Fatalf("%+v", a)
	}
	// It is compared with the control of its own days.
	if c := a.Comparisons[1]; *c.Difference != 0.025-0.03 {
		t.Errorf("difference %v", *c.Difference)
	}
	if c := a.Comparisons[0]; c.AnytimePHolm != 2*c.AnytimeP {
		t.Errorf("p %v, corrected %v", c.AnytimeP, c.AnytimePHolm)
	}
}

func TestRegimesThatDoNotFitAreRefused(t *testing.T) {
	for want, change := range map[string]func(*Look){
		"regimes[1]: has 1 cells for 2 arms":             func(l *Look) { l.Regimes[1] = l.Regimes[1][:1] },
		"regimes[0][1].conversions: 5000 is more than":   func(l *Look) { l.Regimes[0][1].Conversions = 5000 },
		"regimes[0][0].weight: NaN":                      func(l *Look) { l.Regimes[0][0].Weight = math.NaN() },
		"regimes[0]: no arm has a weight above 0":        func(l *Look) { l.Regimes[0][0].Weight, l.Regimes[0][1].Weight = 0, 0 },
		"arms[0].visitors: 14001 is not the 14000 of":    func(l *Look) { l.Arms[0].Visitors++ },
		"arms[1].conversions: 199 is not the 200 of its": func(l *Look) { l.Arms[1].Conversions-- },
	} {
		l := ramp()
		change(&l)
		if _, err := Analyze(settings(), l); err == nil || err.Error()[:min(len(want), len(err.Error()))] != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTrafficOutsideItsRegimeIsAnAlarm(t *testing.T) {
	arms, regimes := regimesOf([][][2]float64{{{1000, 1}, {1010, 1}, {4, 0}}, {{700, 1}, {690, 1}, {720, 1}}})
	srm, err := CheckRegimes(arms, regimes)
	if err != nil || len(srm.ZeroWeight) != 1 || srm.ZeroWeight[0] != "2" || srm.DF != 2 || !srm.OK {
		t.Errorf("%+v, %v", srm, err)
	}
}

func TestOneRegimeIsPearsonsChiSquare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "arms")
		var cells [][2]float64
		for range k {
			cells = append(cells, [2]float64{float64(rapid.Int64Range(0, 1e6).Draw(t, "n")), float64(rapid.IntRange(1, 99).Draw(t, "w"))})
		}
		arms, regimes := regimesOf([][][2]float64{cells})
		srm, err := CheckSplit(arms)
		if err != nil || srm.Chi2 == nil {
			return
		}
		off := make([]float64, k)
		for i, c := range regimes[0] {
			off[i] = float64(c.Visitors) - regimes[0].visitors()*c.Weight/regimes[0].weight()
		}
		form, rank := quadraticForm(off, spread(regimes))
		if rank != k-1 || math.Abs(form-*srm.Chi2) > 1e-8*(*srm.Chi2)+1e-9 {
			t.Fatalf("%v of rank %d, chi-square %v", form, rank, *srm.Chi2)
		}
	})
}

func TestMixtureAgreesWithItsOwnInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Mixture{Tau: rapid.SampledFrom([]float64{1e-3, 0.3, 1.4, 10}).Draw(t, "tau")}
		alpha := alphas.Draw(t, "alpha")
		for range rapid.IntRange(1, 4).Draw(t, "regimes") {
			m.Parts = append(m.Parts, Part{
				rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 1e9)).Draw(t, "a"),
				rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 1e9)).Draw(t, "b"),
				shares.Draw(t, "share"),
			})
		}
		e, bound := m.LogE(), -math.Log(alpha)
		ratio, ok := m.RateRatio(alpha)
		if !ok || !isFinite(e) || math.IsNaN(ratio.Lo) || math.IsNaN(ratio.Hi) || ratio.Lo > ratio.Hi {
			t.Fatalf("log e %v, ratio %v", e, ratio)
		}
		if math.Abs(e-bound) > 1e-4*max(1, math.Abs(e)) && (ratio.Lo < 1 && 1 < ratio.Hi) != (e < bound) {
			t.Fatalf("log e %v against %v, but the ratio is %v", e, bound, ratio)
		}
	})
}

package stats

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// counts draws ordinary and nasty counts: nobody, everybody, one visitor, a
// billion.
var counts = rapid.Custom(func(t *rapid.T) Count {
	n := rapid.OneOf(
		rapid.Int64Range(0, 30),
		rapid.Int64Range(0, 50_000),
		rapid.SampledFrom([]int64{1, 2, 1_000_000, 1_000_000_000}),
	).Draw(t, "visitors")
	x := rapid.OneOf(
		rapid.Int64Range(0, n),
		rapid.Int64Range(0, n/20),
		rapid.SampledFrom([]int64{0, n, n / 2}),
	).Draw(t, "conversions")
	return Count{n, x}
})

var alphas = rapid.SampledFrom([]float64{0.001, 0.01, 0.05, 0.1, 0.5})

var shares = rapid.SampledFrom([]float64{0.01, 0.1, 0.5, 0.9, 0.99})

func probability(t *rapid.T, name string, p float64) {
	t.Helper()
	if !(p >= 0 && p <= 1) {
		t.Fatalf("%s = %v", name, p)
	}
}

func close1e9(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))+1e-15
}

func TestIntervalsContainTheirEstimateAndStayInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, alpha := counts.Draw(t, "a"), counts.Draw(t, "b"), alphas.Draw(t, "alpha")
		if w, ok := Wilson(a, alpha); ok {
			rate, _ := a.Rate()
			if !w.Contains(rate) || !(Interval{0, 1}).Contains(w.Lo) || !(Interval{0, 1}).Contains(w.Hi) {
				t.Fatalf("wilson %v of %v", w, rate)
			}
		} else if a.Visitors > 0 {
			t.Fatal("no interval though there are visitors")
		}
		if n, ok := Newcombe(a, b, alpha); ok {
			d, _ := Difference(a, b)
			if !n.Contains(d) || n.Lo < -1 || n.Hi > 1 {
				t.Fatalf("newcombe %v of %v", n, d)
			}
		}
	})
}

func TestExchangingTheArmsMirrorsEveryFigure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, alpha := counts.Draw(t, "a"), counts.Draw(t, "b"), alphas.Draw(t, "alpha")
		z, p, ok := PooledZ(a, b)
		zr, pr, okr := PooledZ(b, a)
		if ok != okr || !close1e9(z, -zr) || !close1e9(p, pr) {
			t.Fatalf("z %v p %v, other way round %v %v", z, p, zr, pr)
		}
		f, _ := FisherMidP(a, b)
		if fr, _ := FisherMidP(b, a); !close1e9(f, fr) {
			t.Fatalf("fisher %v, other way round %v", f, fr)
		}
		n, _ := Newcombe(a, b, alpha)
		if nr, _ := Newcombe(b, a, alpha); !close1e9(n.Lo, -nr.Hi) || !close1e9(n.Hi, -nr.Lo) {
			t.Fatalf("newcombe %v, other way round %v", n, nr)
		}
		beat, _ := ProbBeat(a, b)
		if lose, _ := ProbBeat(b, a); math.Abs(beat+lose-1) > 1e-9 {
			t.Fatalf("beats %v + loses %v", beat, lose)
		}
		s := Split{A: a.Conversions, B: b.Conversions, WeightB: shares.Draw(t, "share"), Kappa: 20}
		r := Split{A: s.B, B: s.A, WeightB: 1 - s.WeightB, Kappa: 20}
		if e, er := s.LogE(), r.LogE(); math.Abs(e-er) > 1e-9*max(1, math.Abs(e)) {
			t.Fatalf("log e %v, other way round %v", e, er)
		}
	})
}

func TestMoreConversionsNeverMakeAnArmLookWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := counts.Draw(t, "a"), counts.Filter(func(c Count) bool { return c.Conversions < c.Visitors }).Draw(t, "b")
		more := Count{b.Visitors, b.Conversions + 1}
		before, _ := ProbBeat(a, b)
		if after, _ := ProbBeat(a, more); after < before-1e-12 {
			t.Fatalf("chance to beat fell from %v to %v", before, after)
		}
		lossBefore, _ := ExpectedLoss(a, b)
		if lossAfter, _ := ExpectedLoss(a, more); lossAfter > lossBefore*(1+1e-9)+1e-15 {
			t.Fatalf("expected loss rose from %v to %v", lossBefore, lossAfter)
		}
		z, _, ok := PooledZ(a, b)
		if zAfter, _, okAfter := PooledZ(a, more); ok && okAfter && zAfter < z-1e-9*math.Abs(z) {
			t.Fatalf("z fell from %v to %v", z, zAfter)
		}
	})
}

func TestMoreConfidenceWidensEveryInterval(t *testing.T) {
	within := func(t *rapid.T, name string, in, out Interval) {
		slack := 1e-9
		if in.Lo < out.Lo-slack*math.Abs(out.Lo) || in.Hi > out.Hi*(1+slack) && in.Hi > out.Hi+slack {
			t.Fatalf("%s: %v is not inside %v", name, in, out)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := counts.Draw(t, "a"), counts.Draw(t, "b")
		s := Split{A: a.Conversions, B: b.Conversions, WeightB: shares.Draw(t, "share"), Kappa: 20}
		w5, _ := Wilson(a, 0.05)
		w1, _ := Wilson(a, 0.01)
		within(t, "wilson", w5, w1)
		r5, _ := s.RateRatio(0.05)
		r1, _ := s.RateRatio(0.01)
		within(t, "rate ratio", r5, r1)
	})
}

func TestConfidenceSequenceAgreesWithItsOwnEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, alpha := counts.Draw(t, "a"), counts.Draw(t, "b"), alphas.Draw(t, "alpha")
		s := Split{
			A: a.Conversions, B: b.Conversions, WeightB: shares.Draw(t, "share"),
			Kappa: rapid.SampledFrom([]float64{2, 40, 1e6}).Draw(t, "kappa"),
		}
		share, ok := s.Share(alpha)
		ratio, okRatio := s.RateRatio(alpha)
		if !ok || !okRatio {
			t.Fatal("undefined")
		}
		if n := s.A + s.B; n > 0 && !share.Contains(float64(s.B)/float64(n)) {
			t.Fatalf("%v does not contain the share of %+v", share, s)
		}
		// The rates are equal exactly where the evidence against it is short.
		e, bound := s.LogE(), -math.Log(alpha)
		if math.Abs(e-bound) > 1e-6 && (ratio.Lo < 1 && 1 < ratio.Hi) != (e < bound) {
			t.Fatalf("log e %v against %v, but the ratio is %v", e, bound, ratio)
		}
		if share.Lo > 0 && share.Lo < 1 {
			if at := s.logEAt(share.Lo, 1-share.Lo); math.Abs(at-bound) > 1e-5*max(1, bound) {
				t.Fatalf("evidence %v at the lower end, want %v", at, bound)
			}
		}
	})
}

func TestSquareOfZIsTheChiSquareOfTwoArms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := counts.Draw(t, "a"), counts.Draw(t, "b")
		z, p, ok := PooledZ(a, b)
		table, okTable := ChiSquareTable([]Count{a, b})
		if ok != okTable || !close1e9(z*z, table.Chi2) || !close1e9(p, table.P) {
			t.Fatalf("z² %v p %v, chi-square %+v", z*z, p, table)
		}
	})
}

func TestQuadratureAgreesWithTheClosedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arms := []Count{counts.Draw(t, "a"), counts.Draw(t, "b")}
		chance, loss, _ := Best(arms)
		integrated, integratedLoss := integrateBest(arms)
		for i := range arms {
			if math.Abs(chance[i]-integrated[i]) > 1e-9 {
				t.Fatalf("chance %v, integrated %v", chance[i], integrated[i])
			}
			if math.Abs(loss[i]-integratedLoss[i]) > 1e-9*loss[i]+1e-15 {
				t.Fatalf("loss %v, integrated %v", loss[i], integratedLoss[i])
			}
		}
	})
}

func TestChancesToBeBestSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arms := rapid.SliceOfN(counts, 3, 6).Draw(t, "arms")
		chance, loss, ok := Best(arms)
		var sum float64
		for i, p := range chance {
			probability(t, "chance", p)
			probability(t, "loss", loss[i])
			sum += p
		}
		if !ok || math.Abs(sum-1) > 1e-9 {
			t.Fatalf("%v sum to %v", chance, sum)
		}
	})
}

func TestHolmNeverLowersAndKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		corrected := Holm(p)
		for i := range p {
			probability(t, "corrected", corrected[i])
			if corrected[i] < p[i] {
				t.Fatalf("%v became %v", p, corrected)
			}
			for j := range p {
				if p[i] < p[j] && corrected[i] > corrected[j] {
					t.Fatalf("%v became %v", p, corrected)
				}
			}
		}
	})
}

func TestAnalysisOfAnythingHasNoNaN(t *testing.T) {
	weights := rapid.SampledFrom([][]float64{
		{0.5, 0.5}, {0.99, 0.01}, {1, 99}, {3, 1, 0}, {1. / 3, 1. / 3, 1. / 3}, {0.2, 0.2, 0.2, 0.2, 0.2}, {0.9, 0.05, 0.03, 0.015, 0.005},
	})
	rapid.Check(t, func(t *rapid.T) {
		settings := DefaultSettings()
		settings.Alpha = alphas.Draw(t, "alpha")
		settings.PlannedConversions = rapid.SampledFrom([]float64{0, 1, 1320, 1e9}).Draw(t, "planned")
		look := Look{Days: 7 * rapid.IntRange(0, 3).Draw(t, "weeks"), PlannedEnd: rapid.Bool().Draw(t, "end")}
		for i, w := range weights.Draw(t, "weights") {
			look.Arms = append(look.Arms, Arm{Key: string(rune('a' + i)), Weight: w, Count: counts.Draw(t, "count")})
		}
		a, err := Analyze(settings, look)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Verdict.State == StateWinner) != (a.Verdict.Winner != "") || a.Verdict.Reason == "" {
			t.Fatalf("verdict %+v", a.Verdict)
		}
		for _, c := range a.Comparisons {
			for name, p := range map[string]*float64{
				"z p": c.ZP, "fisher": c.FisherMidP, "horizon": c.HorizonP, "anytime": &c.AnytimeP, "anytime holm": &c.AnytimePHolm,
				"z holm": c.ZPHolm, "horizon holm": c.HorizonPHolm, "beat": &c.ProbBeat, "loss": &c.ExpectedLoss,
			} {
				if p != nil {
					probability(t, name, *p)
				}
			}
		}
		// encoding/json refuses NaN and infinities anywhere in the report.
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("%v in %+v", err, a)
		}
		var back Analysis
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		// What was stored and read again changes nothing at the next look.
		look.Earlier = &back
		next, err := Analyze(settings, look)
		if err != nil {
			t.Fatal(err)
		}
		if next.Verdict.State != a.Verdict.State || next.Verdict.Winner != a.Verdict.Winner {
			t.Fatalf("verdict %+v became %+v", a.Verdict, next.Verdict)
		}
	})
}

package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestStandardizedCountsForgetWhichDaysAnArmMet(t *testing.T) {
	// On the first day everybody converts at 10 %, on the second at 2 %; b gets a tenth
	// of the one and half of the other.
	regimes := []Regime{
		{{Weight: 0.9, Count: Count{9000, 900}}, {Weight: 0.1, Count: Count{1000, 100}}},
		{{Weight: 0.5, Count: Count{5000, 100}}, {Weight: 0.5, Count: Count{5000, 100}}},
	}
	counts, ok := Standardize(regimes)
	if !ok {
		t.Fatal("refused")
	}
	a, _ := counts[0].Rate()
	b, _ := counts[1].Rate()
	if math.Abs(a-b) > 1e-3*a {
		t.Errorf("%v: rates of %v and %v, want the same", counts, a, b)
	}
	// Half of what was seen says nothing about the arms, so it may not narrow the figures.
	if counts[1].Conversions > 200 || counts[0].Conversions > 1000 {
		t.Errorf("%v", counts)
	}
	l := ramp()
	an := analyze(t, settings(), l)
	if p := *an.Arms[1].ProbBest; math.Abs(p-0.5) > 0.02 {
		t.Errorf("chance to be best %v of equal arms, by sums it was near 0", p)
	}
	if c := an.Comparisons[0]; math.Abs(c.ProbBeat-0.5) > 0.02 {
		t.Errorf("chance to beat %v", c.ProbBeat)
	}
}

func TestWeightsThatStayedAlikeAreNotStandardized(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.Int64Range(1, 20).Draw(t, "w")
		var regimes []Regime
		var want [2]Count
		for range rapid.IntRange(1, 4).Draw(t, "regimes") {
			n := rapid.Int64Range(1, 1e6).Draw(t, "n")
			cells := Regime{{Count: Count{Visitors: n}}, {Count: Count{Visitors: n * w}}}
			for i := range cells {
				cells[i].Conversions = rapid.Int64Range(0, cells[i].Visitors).Draw(t, "x")
				want[i] = want[i].plus(cells[i].Count)
			}
			regimes = append(regimes, cells)
		}
		got, ok := Standardize(regimes)
		if !ok || !near(float64(got[0].Visitors), float64(want[0].Visitors), 1e-6) || !near(float64(got[1].Visitors), float64(want[1].Visitors), 1e-6) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestStandardizingNeverMakesWhatIsNoCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 4).Draw(t, "arms")
		regimes := make([]Regime, rapid.IntRange(1, 5).Draw(t, "regimes"))
		for r := range regimes {
			for range k {
				n := rapid.SampledFrom([]int64{0, 1, 7, 1000, 1e9}).Draw(t, "n")
				regimes[r] = append(regimes[r], Cell{Count: Count{n, rapid.Int64Range(0, n).Draw(t, "x")}})
			}
		}
		counts, ok := Standardize(regimes)
		if !ok {
			t.Fatal("refused")
		}
		for _, c := range counts {
			if !c.valid() {
				t.Fatalf("%v of %v", counts, regimes)
			}
		}
		shares, ok := AllocateOver(regimes)
		var sum float64
		for _, p := range shares {
			sum += p
			if !(p >= min(0.10, 0.3/float64(k))-1e-12) {
				t.Fatalf("shares %v", shares)
			}
		}
		if !ok || math.Abs(sum-1) > 1e-9 {
			t.Fatalf("shares %v", shares)
		}
	})
	if _, ok := Standardize(nil); ok {
		t.Error("nothing is standardized")
	}
	if _, ok := AllocateOver([]Regime{{{Weight: 1, Count: Count{10, 11}}, {Weight: 1, Count: Count{}}}}); ok {
		t.Error("conversions > visitors are taken")
	}
}

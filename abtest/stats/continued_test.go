package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// near reports whether two figures are the same but for the quadrature.
func near(a, b, tolerance float64) bool {
	return a == b || math.Abs(a-b) <= tolerance*max(1, math.Abs(a), math.Abs(b))
}

func TestMixtureOfOneRegimeIsTheSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 1e6))
		s := Split{
			A: count.Draw(t, "a"), B: count.Draw(t, "b"), WeightB: shares.Draw(t, "share"),
			Kappa: rapid.SampledFrom([]float64{1e-3, 2, 17.3, 1e4}).Draw(t, "kappa"),
		}
		m := Mixture{Parts: []Part{{s.A, s.B, s.WeightB}}, Kappa: s.Kappa}
		if e, want := m.LogE(), s.LogE(); !near(e, want, 1e-10) {
			t.Fatalf("log e %v, closed form %v", e, want)
		}
		alpha := alphas.Draw(t, "alpha")
		got, ok := m.RateRatio(alpha)
		want, okWant := s.RateRatio(alpha)
		if ok != okWant || !near(math.Log(got.Lo), math.Log(want.Lo), 1e-7) || !near(math.Log(got.Hi), math.Log(want.Hi), 1e-7) {
			t.Fatalf("ratio %v, closed form %v", got, want)
		}
	})
}

func TestEvidenceDoesNotJumpWhenTheWeightsChange(t *testing.T) {
	before := look(Count{9000, 270}, Count{1000, 44})
	before.Arms[0].Weight, before.Arms[1].Weight = 0.9, 0.1
	after := before
	after.Arms = []Arm{before.Arms[0], before.Arms[1]}
	after.Arms[0].Weight, after.Arms[1].Weight = 0.5, 0.5
	after.Regimes = []Regime{
		{{Weight: 0.9, Count: before.Arms[0].Count}, {Weight: 0.1, Count: before.Arms[1].Count}},
		{{Weight: 0.5, Count: Count{1, 0}}, {Weight: 0.5, Count: Count{1, 0}}},
	}
	for i := range after.Arms {
		after.Arms[i].Visitors++
	}
	a, b := compare(settings(), before, 0)[0], compare(settings(), after, 0)[0]
	if !b.WeightsVaried || !near(a.LogE, b.LogE, 1e-10) {
		t.Errorf("log e %v, after the change of weights %v", a.LogE, b.LogE)
	}
}

func TestPriorIsThatOfTheFirstWeightsThatThePairHad(t *testing.T) {
	l := look(Count{3000, 90}, Count{3000, 80}, Count{2000, 75})
	l.Regimes = []Regime{
		{{Weight: 0.5, Count: Count{1000, 30}}, {Weight: 0.5, Count: Count{1000, 30}}, {Weight: 0, Count: Count{}}},
		{{Weight: 0.4, Count: Count{1000, 30}}, {Weight: 0.4, Count: Count{1000, 25}}, {Weight: 0.2, Count: Count{500, 20}}},
		{{Weight: 0.25, Count: Count{1000, 30}}, {Weight: 0.25, Count: Count{1000, 25}}, {Weight: 0.5, Count: Count{1500, 55}}},
	}
	l.Arms[2].Weight = 0.5
	list := compare(settings(), l, 0)
	if _, ok := list[0].evidence.(Split); !ok {
		t.Errorf("the pair whose weights stayed alike has %T", list[0].evidence)
	}
	m, ok := list[1].evidence.(Mixture)
	if !ok || len(m.Parts) != 2 || m.Parts[0].WeightB != PairWeight(0.4, 0.2) || m.Kappa != settings().kappa() {
		t.Errorf("%+v", list[1].evidence)
	}
}

func TestWeightsKnownToVaryAreReadAsSuchFromTheFirstLook(t *testing.T) {
	s := settings()
	s.Varying = true
	l := look(Count{10_000, 300}, Count{10_000, 420})
	c := compare(s, l, 0)[0]
	if m, ok := c.evidence.(Mixture); !ok || m.Kappa != 0 || m.Tau != s.tau() {
		t.Errorf("%+v, want the normal prior", c.evidence)
	}
	if c.Z != nil || c.HorizonTest != TestEProcess || c.HorizonP == nil {
		t.Errorf("%s p %v, z %v: want no fixed test", c.HorizonTest, c.HorizonP, c.Z)
	}
}

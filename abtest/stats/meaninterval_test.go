package stats

import (
	"math"
	"testing"
)

func TestTheIntervalOfAMeanIsStudents(t *testing.T) {
	// R 4: t.test(c(0, 0, 10, 25, 0, 3.5)), t.test(c(4, 9), conf.level = .9) and
	// qt(.995, 999999) * sqrt(2.5 / 1e6).
	six, _ := Summarize([]float64{10, 25, 3.5}, 6, math.Inf(1))
	two, _ := Summarize([]float64{4, 9}, 2, math.Inf(1))
	for _, c := range []struct {
		v      Value
		alpha  float64
		lo, hi float64
	}{
		{six, 0.05, -3.97442442308822, 16.80775775642156},
		{two, 0.1, -9.28437878668759, 22.28437878668760},
		{Value{N: 1_000_000, Variance: 2.5}, 0.01, -0.00407275150527594, 0.00407275150527594},
		{Value{N: 5, Mean: 3}, 0.05, 3, 3}, // everybody brought the same
	} {
		got, ok := MeanInterval(c.v, c.alpha)
		if !ok || math.Abs(got.Lo-c.lo) > 1e-9*max(1, math.Abs(c.lo)) || math.Abs(got.Hi-c.hi) > 1e-9*max(1, math.Abs(c.hi)) {
			t.Errorf("%+v at %v: %+v, %v; R has %v to %v", c.v, c.alpha, got, ok, c.lo, c.hi)
		}
	}
	for _, v := range []Value{{}, {N: 1, Mean: 4}, {N: 3, Mean: math.NaN()}, {N: 3, Variance: -1}} {
		if got, ok := MeanInterval(v, 0.05); ok {
			t.Errorf("%+v: %+v", v, got)
		}
	}
}

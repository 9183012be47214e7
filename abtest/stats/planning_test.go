package stats

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestThreeToThreePointSixPerCentNeeds13914(t *testing.T) {
	n, err := SampleSize(0.03, 0.036, 0.05, 0.8)
	if err != nil || n != 13_914 {
		t.Errorf("%d, %v", n, err)
	}
	effect, err := SmallestEffect(0.03, 13_914, 0.05, 0.8)
	if err != nil || effect > 0.006 || effect < 0.00599 {
		t.Errorf("smallest effect %v, %v", effect, err)
	}
	if days, err := Days(13_914, 1000, []float64{0.5, 0.5}); err != nil || days != 28 {
		t.Errorf("%d days, %v", days, err)
	}
	if days, err := Days(13_914, 1000, []float64{9, 1, 0}); err != nil || days != 140 {
		t.Errorf("%d days for the arm with a tenth, %v", days, err)
	}
	if days, err := Days(7000, 2000, []float64{1, 1}); err != nil || days != 7 {
		t.Errorf("%d days for exactly a week, %v", days, err)
	}
}

func TestSmallestEffectIsTheEdgeOfSampleSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		baseline := rapid.Float64Range(0.001, 0.9).Draw(t, "baseline")
		n := rapid.Int64Range(200, 1_000_000).Draw(t, "n")
		power := rapid.SampledFrom([]float64{0.5, 0.8, 0.95}).Draw(t, "power")
		effect, err := SmallestEffect(baseline, n, 0.05, power)
		if err != nil {
			if needed(baseline, 0.999, 0.05, power) < float64(n) {
				t.Fatal(err)
			}
			return
		}
		if again, err := SampleSize(baseline, baseline+effect, 0.05, power); err != nil || again > n {
			t.Fatalf("%v needs %d: %v", effect, again, err)
		}
		if smaller, err := SampleSize(baseline, baseline+effect*0.99, 0.05, power); err != nil || smaller < n {
			t.Fatalf("%v needs only %d of %d: %v", effect*0.99, smaller, n, err)
		}
	})
}

func TestPlansThatCannotBeAreRefused(t *testing.T) {
	refused := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	size := func(p1, p2, alpha, power float64) error { _, err := SampleSize(p1, p2, alpha, power); return err }
	refused("baseline: 0 ", size(0, 0.1, 0.05, 0.8))
	refused("baseline: 1 ", size(1, 0.1, 0.05, 0.8))
	refused("target: 1.2 ", size(0.1, 1.2, 0.05, 0.8))
	refused("target: is the baseline", size(0.1, 0.1, 0.05, 0.8))
	refused("target: 0.1000000001 is too close", size(0.1, 0.1000000001, 0.05, 0.8))
	refused("alpha: 2 ", size(0.1, 0.2, 2, 0.8))
	refused("power: 1 ", size(0.1, 0.2, 0.05, 1))
	_, err := SmallestEffect(0.03, 2, 0.05, 0.8)
	refused("visitors_per_arm: 2 are too few", err)
	_, err = SmallestEffect(0.03, 0, 0.05, 0.8)
	refused("visitors_per_arm: 0 ", err)
	_, err = Days(100, 0, []float64{1, 1})
	refused("visitors_per_day: 0 ", err)
	_, err = Days(100, 10, []float64{1})
	refused("weights: at least two", err)
	_, err = Days(100, 10, []float64{1, -1})
	refused("weights[1]: -1", err)
	_, err = Days(1e12, 1, []float64{1, 1})
	refused("visitors_per_day: 1 need more than a thousand years", err)
}

func TestKappaIsAtLeastTwo(t *testing.T) {
	for planned, want := range map[float64]float64{0: 2, -5: 2, 10: 2, 1588: 100} {
		if got := Kappa(planned); got != want {
			t.Errorf("Kappa(%v) = %v, want %v", planned, got, want)
		}
	}
}

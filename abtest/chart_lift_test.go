package abtest

import (
	"math"
	"testing"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

func TestWhatAllLooksLeaveNeverWidens(t *testing.T) {
	look := func(lo, hi float64) *Look {
		return &Look{Analysis: stats.Analysis{Comparisons: []stats.Comparison{{Arm: "b", RateRatio: stats.Interval{Lo: lo, Hi: hi}}}}}
	}
	r := &Report{Looks: []*Look{look(0.5, math.Inf(1)), look(1.1, 3), look(0.99, 2.5), look(0.98, 2.6)}}
	r.Looks[3].Decisive = true
	left := r.left("b")
	for i, want := range []stats.Interval{{Lo: 0.5, Hi: math.Inf(1)}, {Lo: 1.1, Hi: 3}, {Lo: 1.1, Hi: 2.5}, {Lo: 1.1, Hi: 2.5}} {
		if got := left[r.Looks[i]]; got != want {
			t.Errorf("look %d: %+v, want %+v", i, got, want)
		}
	}
	if got := r.decisive(r.Looks[3].Analysis.Comparisons[0]); got.Lo != 1.1 {
		t.Errorf("a verdict that an earlier look reached is said with %+v", got)
	}
	// Looks that exclude one another: one of them was the rare one that is wrong.
	r.Looks = append(r.Looks, look(4, 6))
	if got := r.left("b")[r.Looks[4]]; got.Lo != 4 || got.Hi != 6 {
		t.Errorf("%+v", got)
	}
	if got := (&Report{}).decisive(stats.Comparison{Arm: "b", RateRatio: stats.Interval{Lo: 1, Hi: 2}}); got.Hi != 2 {
		t.Errorf("without looks: %+v", got)
	}
}

func TestTheNewestIntervalIsDrawnThoughItIsWide(t *testing.T) {
	for _, c := range []struct{ high, widest float64 }{{1.1, 0.5}, {1.6, 1.2}, {4, 3}, {8.95, 7.95}, {40, 10}, {math.Inf(1), 0.5}} {
		look := &Look{Analysis: stats.Analysis{Comparisons: []stats.Comparison{{Arm: "b", RateRatio: stats.Interval{Lo: 0.5, Hi: c.high}}}}}
		r := &Report{Looks: []*Look{look}, Arms: []Arm{{}, {ArmReport: stats.ArmReport{Key: "b"}}}}
		if got := r.widestLift(r.Looks); math.Abs(got-c.widest) > 1e-9 {
			t.Errorf("up to %v: drawn to %v, want %v", c.high, got, c.widest)
		}
	}
}

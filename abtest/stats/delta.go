package stats

import "math"

// RatioTest compares a ratio metric between two arms.
type RatioTest struct {
	A, B       float64 // the ratios, ΣY / ΣX
	Difference float64 // B − A
	Z          float64
	P          float64 // two-sided
	Interval   Interval
}

// CompareRatios compares a ratio of two sums, such as revenue per order or
// clicks per view, whose parts vary together from visitor to visitor. The
// variance is that of the delta method (Deng, Knoblich, Lu 2018, "Applying the
// Delta Method in Metric Analytics"),
//
//	Var R ≈ (s²_Y − 2R·s_XY + R²·s²_X) / (n·m_X²),
//
// and the interval at confidence 1 − alpha. It holds for one look at many
// visitors. It is false when an arm has fewer than two visitors or a mean X of
// 0, and when nothing varies.
func CompareRatios(a, b Paired, alpha float64) (RatioTest, bool) {
	if !confident(alpha) {
		return RatioTest{}, false
	}
	ra, ea, okA := a.ratio()
	rb, eb, okB := b.ratio()
	if !okA || !okB || !(ea+eb > 0) {
		return RatioTest{}, false
	}
	se := math.Sqrt(ea + eb)
	t := RatioTest{A: ra, B: rb, Difference: rb - ra}
	t.Z = t.Difference / se
	t.P = twoSided(t.Z)
	half := -quantile(alpha/2) * se
	t.Interval = Interval{t.Difference - half, t.Difference + half}
	return t, isFinite(t.Z) && isFinite(half)
}

// ratio returns the ratio and its squared standard error.
func (p Paired) ratio() (r, squaredError float64, ok bool) {
	if !p.valid() || p.N < 2 || p.MeanX == 0 {
		return 0, 0, false
	}
	r = p.MeanY / p.MeanX
	squaredError = p.remainder(r) / p.MeanX / p.MeanX / float64(p.N)
	return r, squaredError, isFinite(r) && isFinite(squaredError)
}

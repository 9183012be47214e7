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
	ra, okA := a.Ratio()
	rb, okB := b.Ratio()
	squaredError := ra.squaredError() + rb.squaredError()
	if !okA || !okB || !(squaredError > 0) {
		return RatioTest{}, false
	}
	se := math.Sqrt(squaredError)
	t := RatioTest{A: ra.Mean, B: rb.Mean, Difference: rb.Mean - ra.Mean}
	t.Z = t.Difference / se
	t.P = twoSided(t.Z)
	half := -quantile(alpha/2) * se
	t.Interval = Interval{t.Difference - half, t.Difference + half}
	return t, isFinite(t.Z) && isFinite(half)
}

// Ratio returns ΣY / ΣX as a Value with the squared standard error of the delta method,
// so that whatever compares means compares ratios too: each visitor stands in it with
//
//	R + (Y − R·X) / m_X,
//
// his linear part in the ratio (Budylin, Drutsa, Katsev, Tsoy 2018, "Consistent
// Transformation of Ratio Metrics for Efficient Online Controlled Experiments"), whose
// mean is R and whose variance is that above times n. Orders is 0. It is false under two
// visitors and with a mean X of 0.
func (p Paired) Ratio() (Value, bool) {
	if !p.valid() || p.N < 2 || p.MeanX == 0 {
		return Value{}, false
	}
	r := p.MeanY / p.MeanX
	v := Value{N: p.N, Mean: r, Variance: p.remainder(r) / p.MeanX / p.MeanX, Ratio: true}
	return v, v.valid()
}

package stats

import "math"

// Fieller returns the interval at confidence 1 − alpha of the ratio of two
// means, b's over a's, both taken as normal and independent (Fieller 1954, "Some
// Problems in Interval Estimation"). While the mean of a cannot be told from
// zero, any ratio may be the true one or all but a stretch: the interval is then
// endless on both sides, and a page must say so. It is false when an arm has
// fewer than two visitors and when the mean of a is 0 without any doubt.
func Fieller(a, b Value, alpha float64) (Interval, bool) {
	if !a.valid() || !b.valid() || a.N < 2 || b.N < 2 || !confident(alpha) {
		return Interval{}, false
	}
	if a.Mean == 0 && a.Variance == 0 {
		return Interval{}, false
	}
	z := -quantile(alpha / 2)
	ea, eb := z*math.Sqrt(a.squaredError()), z*math.Sqrt(b.squaredError())
	doubt := ea / math.Abs(a.Mean)
	if !(doubt < 1) {
		return Interval{math.Inf(-1), math.Inf(1)}, true
	}
	// The roots of (m_B − ρ·m_A)² = e_B² + ρ²·e_A².
	ratio, spread := b.Mean/a.Mean, eb/math.Abs(a.Mean)
	g := doubt * doubt
	root := math.Sqrt(spread*spread*(1-g) + ratio*ratio*g)
	i := Interval{(ratio - root) / (1 - g), (ratio + root) / (1 - g)}
	return i, isFinite(i.Lo) && isFinite(i.Hi)
}

// MeanLift returns the mean of b over the mean of a, minus 1. It is false when an
// arm has no visitors or the mean of a is not above 0.
func MeanLift(a, b Value) (float64, bool) {
	if !a.valid() || !b.valid() || a.N == 0 || b.N == 0 || !(a.Mean > 0) {
		return 0, false
	}
	lift := (b.Mean - a.Mean) / a.Mean
	return lift, isFinite(lift)
}

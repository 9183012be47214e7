package stats

import "math"

// MeanInterval returns Student's interval at confidence 1 − alpha of what one visitor
// brings: mean ± t·s/√N with N − 1 degrees of freedom. It holds for one look at a sample
// whose size was fixed before. It is false below two visitors.
func MeanInterval(v Value, alpha float64) (Interval, bool) {
	if !v.valid() || v.N < 2 || !confident(alpha) {
		return Interval{}, false
	}
	half := studentQuantile(alpha, float64(v.N-1)) * math.Sqrt(v.squaredError())
	return Interval{v.Mean - half, v.Mean + half}, isFinite(half)
}

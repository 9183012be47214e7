package stats

import "math"

// Welch is the fixed test of two means with variances of their own.
type Welch struct {
	Difference float64 // mean of b minus mean of a
	T          float64
	DF         float64
	P          float64 // two-sided
	Interval   Interval
}

// WelchTest compares the value per visitor of b with that of a, with an interval
// at confidence 1 − alpha (Welch 1947, "The Generalization of Student's Problem
// when Several Different Population Variances are Involved"). It holds for one
// look at a sample whose size was fixed before. It is false when an arm has
// fewer than two visitors, and when nothing varies in either.
func WelchTest(a, b Value, alpha float64) (Welch, bool) {
	if !a.valid() || !b.valid() || a.N < 2 || b.N < 2 || !confident(alpha) {
		return Welch{}, false
	}
	ea, eb := a.squaredError(), b.squaredError()
	sum := ea + eb
	if !(sum > 0) {
		return Welch{}, false
	}
	// Each part of the error by its share, so that its square cannot underflow.
	sa, sb := ea/sum, eb/sum
	w := Welch{
		Difference: b.Mean - a.Mean,
		DF:         1 / (sa*sa/float64(a.N-1) + sb*sb/float64(b.N-1)),
	}
	w.T = w.Difference / math.Sqrt(sum)
	w.P = studentTwoSided(w.T, w.DF)
	half := studentQuantile(alpha, w.DF) * math.Sqrt(sum)
	w.Interval = Interval{w.Difference - half, w.Difference + half}
	return w, isFinite(w.T) && isFinite(half)
}

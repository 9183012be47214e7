package stats

import "math"

// farthest is the largest log rate ratio looked at.
const farthest = 600

// crossing returns where an increasing function, given with its slope, crosses
// zero between lo and hi: Newton's steps, halving wherever one would leave what
// is still possible or is too slow. Without a crossing it returns the nearer end.
func crossing(f func(float64) (value, slope float64), lo, hi float64) float64 {
	at := max(lo, min(0, hi))
	for range 500 {
		v, slope := f(at)
		if v < 0 {
			lo = at
		} else {
			hi = at
		}
		next := at - v/slope
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
		}
		if next == at || hi-lo <= 1e-15*max(math.Abs(lo), math.Abs(hi)) {
			break
		}
		if math.Abs(next-at) <= 1e-16*math.Abs(at) {
			return next
		}
		at = next
	}
	return at
}

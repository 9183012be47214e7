package stats

import "math"

const lnSqrt2Pi = 0.918938533204672741780329736406 // ln √(2π)

// stirlingError returns δ(z) in ln Γ(z) = (z−½) ln z − z + ln √(2π) + δ(z),
// z > 0. From 16 on the series has full precision. It is what is left of the
// logarithm of a Gamma function once its huge parts are cancelled by hand
// (Loader 2000, "Fast and Accurate Computation of Binomial Probabilities").
func stirlingError(z float64) float64 {
	if z < 16 {
		lg, _ := math.Lgamma(z)
		return lg - (z-0.5)*math.Log(z) + z - lnSqrt2Pi
	}
	const (
		s0 = 1.0 / 12
		s1 = 1.0 / 360
		s2 = 1.0 / 1260
		s3 = 1.0 / 1680
		s4 = 1.0 / 1188
		s5 = 691.0 / 360360
		s6 = 1.0 / 156
	)
	y := 1 / (z * z)
	return (s0 - (s1-(s2-(s3-(s4-(s5-s6*y)*y)*y)*y)*y)*y) / z
}

// deviance returns x·ln(x/m) + m − x for x ≥ 0 and m > 0: never negative, zero
// where x = m, and precise close to it (Loader's bd0).
func deviance(x, m float64) float64 {
	if x == 0 {
		return m
	}
	d := x - m
	if math.Abs(d) >= 0.1*(x+m) {
		return x*math.Log(x/m) - d
	}
	v := d / (x + m)
	sum := d * v
	term := 2 * x * v
	for j := 1; ; j++ {
		term *= v * v
		next := sum + term/float64(2*j+1)
		if next == sum {
			return sum
		}
		sum = next
	}
}

// lnBetaOver returns ln B(p, q) − p·ln u − q·ln v for p, q > 0 and u + v = 1.
// The three terms are each as large as the counts while their sum is of the
// order of ln(p + q); here nothing large is ever subtracted, so the sum keeps
// its digits at 10⁹ conversions.
func lnBetaOver(p, q, u, v float64) float64 {
	n := p + q
	return deviance(p, n*u) + deviance(q, n*v) -
		0.5*(math.Log(p/n)+math.Log(q)) + lnSqrt2Pi +
		stirlingError(p) + stirlingError(q) - stirlingError(n)
}

// lnBeta returns ln B(p, q) for p, q > 0.
func lnBeta(p, q float64) float64 {
	n := p + q
	return p*lnShare(p, q) + q*lnShare(q, p) -
		0.5*(math.Log(p/n)+math.Log(q)) + lnSqrt2Pi +
		stirlingError(p) + stirlingError(q) - stirlingError(n)
}

// lnShare returns ln(p / (p + q)), precise at both ends.
func lnShare(p, q float64) float64 {
	if p < q {
		return math.Log(p / (p + q))
	}
	return -math.Log1p(q / p)
}

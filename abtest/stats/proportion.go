package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Wilson returns the score interval of a conversion rate at confidence
// 1 − alpha (Wilson 1927, "Probable Inference, the Law of Succession, and
// Statistical Inference"). It is false without visitors.
func Wilson(c Count, alpha float64) (Interval, bool) {
	if !c.valid() || c.Visitors == 0 || !confident(alpha) {
		return Interval{}, false
	}
	n, x := float64(c.Visitors), float64(c.Conversions)
	z := -quantile(alpha / 2)
	rest := float64(c.Visitors - c.Conversions)
	root := z * math.Sqrt(z*z+4*x*(rest/n))
	i := Interval{
		// The usual centre − half-width, multiplied out, so that a rate near
		// zero does not lose its lower bound to rounding.
		Lo: 2 * x * (x / n) / (2*x + z*z + root),
		Hi: (2*x + z*z + root) / (2 * (n + z*z)),
	}
	if rest == 0 {
		i.Hi = 1
	}
	return i, true
}

// Newcombe returns the interval of the difference b − a of two rates at
// confidence 1 − alpha (Newcombe 1998, "Interval Estimation for the Difference
// between Independent Proportions", method 10). It is false when an arm has no
// visitors.
func Newcombe(a, b Count, alpha float64) (Interval, bool) {
	if !a.valid() || !b.valid() || a.Visitors == 0 || b.Visitors == 0 || !confident(alpha) {
		return Interval{}, false
	}
	if a.Conversions+b.Conversions > (a.Visitors+b.Visitors)/2 {
		// Rates near one keep their digits as rates of those not converted.
		i := newcombe(a.others(), b.others(), alpha)
		return Interval{-i.Hi, -i.Lo}, true
	}
	return newcombe(a, b, alpha), true
}

func newcombe(a, b Count, alpha float64) Interval {
	d, _ := Difference(a, b)
	pa, _ := a.Rate()
	pb, _ := b.Rate()
	wa, _ := Wilson(a, alpha)
	wb, _ := Wilson(b, alpha)
	return Interval{
		Lo: max(d-math.Hypot(pb-wb.Lo, wa.Hi-pa), -1),
		Hi: min(d+math.Hypot(wb.Hi-pb, pa-wa.Lo), 1),
	}
}

// others counts those who did not convert as those who did.
func (c Count) others() Count { return Count{c.Visitors, c.Visitors - c.Conversions} }

// Difference returns the rate of b minus the rate of a. It is false when an arm
// has no visitors.
func Difference(a, b Count) (float64, bool) {
	if !a.valid() || !b.valid() || a.Visitors == 0 || b.Visitors == 0 {
		return 0, false
	}
	return crossProduct(a, b) / float64(a.Visitors) / float64(b.Visitors), true
}

// Lift returns the rate of b over the rate of a, minus 1: 0.2 is twenty per
// cent more. It is false when an arm has no visitors or a has no conversions.
func Lift(a, b Count) (float64, bool) {
	if !a.valid() || !b.valid() || b.Visitors == 0 || a.Conversions == 0 {
		return 0, false
	}
	return crossProduct(a, b) / float64(a.Conversions) / float64(b.Visitors), true
}

// crossProduct returns x_B·n_A − x_A·n_B, rounded once though the products may
// not fit a float64 (Kahan's difference of products).
func crossProduct(a, b Count) float64 {
	xa, na := float64(a.Conversions), float64(a.Visitors)
	xb, nb := float64(b.Conversions), float64(b.Visitors)
	w := xa * nb
	return math.FMA(xb, na, -w) + math.FMA(-xa, nb, w)
}

// quantile returns the p-quantile of the standard normal distribution.
func quantile(p float64) float64 { return mathext.NormalQuantile(p) }

// twoSided returns P(|Z| ≥ |z|) for a standard normal Z.
func twoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

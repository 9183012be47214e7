package stats

import "math"

// PooledZ returns the z statistic of b against a with pooled variance, positive
// when b is ahead, and its two-sided p. Squared it is Pearson's chi-square of
// the same table. It holds for one look at a sample whose size was fixed
// before. It is false when an arm has no visitors, and when nobody or everybody
// converted.
func PooledZ(a, b Count) (z, p float64, ok bool) {
	if !a.valid() || !b.valid() || a.Visitors == 0 || b.Visitors == 0 {
		return 0, 0, false
	}
	na, nb := float64(a.Visitors), float64(b.Visitors)
	yes := float64(a.Conversions + b.Conversions)
	no := na + nb - yes
	if yes == 0 || no == 0 {
		return 0, 0, false
	}
	z = crossProduct(a, b) / math.Sqrt(na) / math.Sqrt(nb) / math.Sqrt(yes*(no/(na+nb)))
	return z, twoSided(z), true
}

// FisherMidP returns the two-sided mid-p of Fisher's exact test: twice the
// smaller one-sided tail, in which the table at hand counts one half, and at
// most 1 (Lancaster 1961, "Significance Tests in Discrete Distributions"). It
// holds for one look, at any size. It is false when an arm has no visitors.
func FisherMidP(a, b Count) (p float64, ok bool) {
	if !a.valid() || !b.valid() || a.Visitors == 0 || b.Visitors == 0 {
		return 0, false
	}
	h := hypergeometric{
		good:  float64(b.Visitors),
		bad:   float64(a.Visitors),
		draws: float64(a.Conversions + b.Conversions),
	}
	x := float64(b.Conversions)
	here := h.prob(x)
	below := h.atMost(x-1) + here/2
	above := h.atLeast(x+1) + here/2
	return min(2*min(below, above), 1), true
}

// smallExpected reports whether a cell of the 2 × 2 table is expected to hold
// fewer than five, where z is not to be trusted.
func smallExpected(a, b Count) bool {
	na, nb := float64(a.Visitors), float64(b.Visitors)
	yes := float64(a.Conversions + b.Conversions)
	least := min(na, nb) * min(yes, na+nb-yes)
	return least < minExpected*(na+nb)
}

package stats

import "math"

// ProbBeat returns the chance that b converts better than a, both rates having
// a uniform prior. It is shown and never decides.
//
// A Beta variable with whole parameters is an order statistic of uniform ones,
// so the chance is a tail of the hypergeometric distribution (Altham 1969,
// "Exact Bayesian Analysis of a 2×2 Contingency Table, and Fisher's 'Exact'
// Significance Test"): exact at any size. It equals Miller's sum. An invalid
// count gives false.
func ProbBeat(a, b Count) (float64, bool) {
	if !a.valid() || !b.valid() {
		return 0, false
	}
	return probBeatPosterior(posterior(a), posterior(b)), true
}

// ExpectedLoss returns E[(p_A − p_B)⁺]: the conversion rate that choosing b over
// a is expected to cost, both rates having a uniform prior. An invalid count
// gives false.
//
// It is Stucchio's identity ("Bayesian A/B Testing at VWO", 2015),
// E[(A−B)⁺] = m_A·P(A′>B) − m_B·P(A>B′), where a prime adds one success and m is
// the posterior mean. Its two terms nearly cancel, so the recurrence of P(A>B)
// in its parameters is put in: what is left is (m_A − m_B)·P(A>B) and one
// product of Beta functions.
func ExpectedLoss(a, b Count) (float64, bool) {
	if !a.valid() || !b.valid() {
		return 0, false
	}
	return expectedLoss(a, b), true
}

func expectedLoss(a, b Count) float64 {
	a, b = posterior(a), posterior(b)
	na, nb := float64(a.Visitors), float64(b.Visitors)
	xa, xb := float64(a.Conversions), float64(b.Conversions)
	n, x := na+nb, xa+xb
	u, v := x/n, (n-x)/n
	shared := math.Exp(lnBetaOver(x, n-x, u, v) - lnBetaOver(xa, na-xa, u, v) - lnBetaOver(xb, nb-xb, u, v))
	gap := crossProduct(b, a) / na / nb
	return max(gap*probBeatPosterior(b, a)+shared*(1/na+1/nb), 0)
}

// posterior adds the uniform prior, worth one success and one failure.
func posterior(c Count) Count {
	return Count{Visitors: c.Visitors + 2, Conversions: c.Conversions + 1}
}

// probBeatPosterior is the chance that b beats a, given their posteriors
// Beta(Conversions, Visitors − Conversions).
func probBeatPosterior(a, b Count) float64 {
	h := hypergeometric{
		good:  float64(a.Visitors - 1),
		bad:   float64(b.Visitors - 1),
		draws: float64(a.Conversions + b.Conversions - 1),
	}
	return h.atLeast(float64(a.Conversions))
}

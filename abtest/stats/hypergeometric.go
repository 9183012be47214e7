package stats

import "math"

// hypergeometric is the number of good ones among draws taken without
// replacement from good and bad ones. All three are whole numbers, and draws is
// at most good + bad.
type hypergeometric struct {
	good, bad, draws float64
}

func (h hypergeometric) least() float64 { return max(0, h.draws-h.bad) }
func (h hypergeometric) most() float64  { return min(h.good, h.draws) }
func (h hypergeometric) mean() float64  { return h.draws * (h.good / (h.good + h.bad)) }

// prob returns P(X = k) from three binomial probabilities (Loader 2000).
func (h hypergeometric) prob(k float64) float64 {
	if k < h.least() || k > h.most() {
		return 0
	}
	all := h.good + h.bad
	if h.draws == 0 || h.draws == all {
		return 1
	}
	u, v := h.draws/all, (all-h.draws)/all
	return math.Exp(lnBinomial(k, h.good, u, v) + lnBinomial(h.draws-k, h.bad, u, v) -
		lnBinomial(h.draws, all, u, v))
}

// lnBinomial returns the logarithm of the probability of k successes in n
// trials, each with probability u = 1 − v, both above 0.
func lnBinomial(k, n, u, v float64) float64 {
	switch {
	case n == 0:
		return 0
	case k == 0:
		return -deviance(n, n*v) - n*u
	case k == n:
		return -deviance(n, n*u) - n*v
	}
	return stirlingError(n) - stirlingError(k) - stirlingError(n-k) -
		deviance(k, n*u) - deviance(n-k, n*v) -
		lnSqrt2Pi - 0.5*(math.Log(k)+math.Log((n-k)/n))
}

// atMost returns P(X ≤ k). The lower tail keeps its relative precision however
// small it is; so does atLeast for the upper one.
func (h hypergeometric) atMost(k float64) float64 {
	switch {
	case k < h.least():
		return 0
	case k >= h.most():
		return 1
	case k > h.mean():
		return 1 - h.atLeast(k+1)
	}
	// P(X = i−1) / P(X = i), from k downwards: each term is smaller than the
	// one before, because k does not exceed the mean.
	term, sum := 1.0, 1.0
	for i := k; i > h.least() && term > sum*1e-18; i-- {
		term *= i * (h.bad - h.draws + i) / ((h.good - i + 1) * (h.draws - i + 1))
		sum += term
	}
	return min(h.prob(k)*sum, 1)
}

// atLeast returns P(X ≥ k).
func (h hypergeometric) atLeast(k float64) float64 {
	switch {
	case k <= h.least():
		return 1
	case k > h.most():
		return 0
	case k < h.mean():
		return 1 - h.atMost(k-1)
	}
	term, sum := 1.0, 1.0
	for i := k; i < h.most() && term > sum*1e-18; i++ {
		term *= (h.good - i) * (h.draws - i) / ((i + 1) * (h.bad - h.draws + i + 1))
		sum += term
	}
	return min(h.prob(k)*sum, 1)
}

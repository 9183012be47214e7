package stats

import "math"

// Mixture is the sequential test for weights that changed, as in a ramp or in
// earning mode. In each regime a converting visitor belongs to B with a
// different share, but the log rate ratio d is one for all of them:
//
//	e = ∫ Π_r θ_r^{x_B,r}·(1−θ_r)^{x_A,r} / (w_r^{x_B,r}·(1−w_r)^{x_A,r}) · φ(d/τ)/τ dd
//	θ_r = w_r·e^d / (1 − w_r + w_r·e^d)
//
// (Lindon and Malek 2022, arXiv:2011.03567, with a normal prior in place of the
// Beta one). The weights of a regime may depend on everything seen before it.
//
// An experiment that began with fixed weights has begun with the Split of its
// first part, and goes on with that prior: with Kappa the Beta one stands in place
// of φ(d/τ)/τ. Then the mixture of one part is that Split, and the evidence does
// not jump when a second one begins: it is one e-process from the first lead on,
// so that alpha is spent once.
type Mixture struct {
	Parts []Part
	// Tau is the prior standard deviation of d, from 1e-6 to 10. It must
	// stay what it was when the experiment started.
	Tau float64
	// Kappa, where above 0, is that of the Split with which the first part
	// began, and Tau is not read.
	Kappa float64
}

// Part is the conversions of two arms, none of them negative, under one pair of
// weights.
type Part struct {
	A, B    int64
	WeightB float64 // PairWeight
}

// The narrowest prior and the widest: a rate ratio of e^10 within one standard
// deviation.
const (
	minTau = 1e-6
	maxTau = 10
)

// Tau returns the prior for a mixture that is as sharp as the Split of this
// kappa at equal weights: 1/τ² = κ/4.
func Tau(kappa float64) float64 { return max(minTau, min(2/math.Sqrt(kappa), maxTau)) }

func (m Mixture) valid() bool {
	for _, p := range m.Parts {
		if p.A < 0 || p.B < 0 || !open(p.WeightB) {
			return false
		}
	}
	if m.Kappa != 0 {
		return m.Kappa >= minKappa && isFinite(m.Kappa) && len(m.Parts) > 0
	}
	return m.Tau >= minTau && m.Tau <= maxTau
}

func (m Mixture) conversions() (a, b float64) {
	for _, p := range m.Parts {
		a, b = a+float64(p.A), b+float64(p.B)
	}
	return a, b
}

// shares returns θ and 1 − θ at d.
func (p Part) shares(d float64) (theta, rest float64) {
	odds := math.Log(p.WeightB/(1-p.WeightB)) + d
	return 1 / (1 + math.Exp(-odds)), 1 / (1 + math.Exp(odds))
}

// fall returns how far the log-likelihood at d lies below what it would be if
// every part had its own best share, and the derivative by d. It is convex, and
// nothing large is subtracted in it.
func (m Mixture) fall(d float64) (fall, slope float64) {
	for _, p := range m.Parts {
		a, b := float64(p.A), float64(p.B)
		theta, rest := p.shares(d)
		fall += deviance(b, (a+b)*theta) + deviance(a, (a+b)*rest)
		slope += a*theta - b*rest
	}
	return fall, slope
}

// curvature returns the second derivative of fall.
func (m Mixture) curvature(d float64) (sum float64) {
	for _, p := range m.Parts {
		theta, rest := p.shares(d)
		sum += (float64(p.A) + float64(p.B)) * theta * rest
	}
	return sum
}

// LogE returns the logarithm of the evidence against equal rates, by quadrature
// to about 1e-12. With equal rates its exponential is on average 1 at any moment.
// An invalid mixture has no evidence: 0.
func (m Mixture) LogE() float64 {
	if a, b := m.conversions(); !m.valid() || a+b == 0 {
		return 0
	}
	here, _ := m.fall(0)
	return here + m.lnMarginal()
}

// lnMarginal returns ln ∫ exp(−fall(d))·π(d) dd, π the density of the prior.
func (m Mixture) lnMarginal() float64 {
	prior := m.prior()
	penalty := func(d float64) (v, slope, curvature float64) {
		v, slope = m.fall(d)
		w, more := prior.fall(d)
		return v + w, slope + more, m.curvature(d) + prior.curvature(d)
	}
	mode := crossing(func(d float64) (float64, float64) {
		_, slope, curvature := penalty(d)
		return slope, curvature
	}, -farthest, farthest)
	least, _, curvature := penalty(mode)
	// No wider than a logistic curve is smooth.
	step := min(1/math.Sqrt(curvature), 1)
	rule := legendre()
	var sum float64
	for _, direction := range []float64{-1, 1} {
		for from := 0.0; ; from += step {
			for q, x := range rule.nodes {
				v, _, _ := penalty(mode + direction*(from+step*(1+x)/2))
				sum += step / 2 * rule.weights[q] * math.Exp(least-v)
			}
			v, slope, bend := penalty(mode + direction*(from+step))
			if !(v-least < 45) {
				break
			}
			// The tail of a weak Beta prior is long, and from here on straight.
			if slope = math.Abs(slope); bend < 1e-13*min(slope, 1) {
				sum += math.Exp(least-v) / slope
				break
			}
		}
	}
	return math.Log(sum) - least + prior.lnHeight()
}

// P returns the p-value of this look alone: min(1, 1/e).
func (m Mixture) P() float64 { return min(1, math.Exp(-m.LogE())) }

// RateRatio returns the confidence sequence at 1 − alpha of B's rate over A's:
// every ratio whose evidence, with the same prior, stays below 1/alpha. The lower
// end is 0 while B has no conversions, the upper end infinite while A has none.
// It is false for an invalid mixture or alpha.
func (m Mixture) RateRatio(alpha float64) (Interval, bool) {
	if !m.valid() || !confident(alpha) {
		return Interval{}, false
	}
	a, b := m.conversions()
	i := Interval{0, math.Inf(1)}
	if a+b == 0 {
		return i, true
	}
	room := -math.Log(alpha) - m.lnMarginal()
	beyond := func(d float64) (v, slope float64) {
		v, slope = m.fall(d)
		return v - room, slope
	}
	best := crossing(func(d float64) (float64, float64) {
		_, slope := m.fall(d)
		return slope, m.curvature(d)
	}, -farthest, farthest)
	// Beyond e^±600 a bound says nothing more than that there is none.
	if v, _ := beyond(farthest); a > 0 && v > 0 {
		i.Hi = math.Exp(crossing(beyond, best, farthest))
	}
	if v, _ := beyond(-farthest); b > 0 && v > 0 {
		i.Lo = math.Exp(-crossing(func(d float64) (float64, float64) {
			v, slope := beyond(-d)
			return v, -slope
		}, -best, farthest))
	}
	return i, true
}

func (m Mixture) ahead() bool {
	_, slope := m.fall(0)
	return slope < 0
}

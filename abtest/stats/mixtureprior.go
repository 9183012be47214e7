package stats

import "math"

// mixturePrior is the density of the log rate ratio d before any conversion.
type mixturePrior interface {
	// fall returns how far its logarithm lies below the top, which is at d = 0,
	// and the derivative by d.
	fall(d float64) (fall, slope float64)
	curvature(d float64) float64 // the second derivative of fall
	lnHeight() float64           // the logarithm of the density at the top
}

func (m Mixture) prior() mixturePrior {
	if m.Kappa > 0 {
		return betaPrior{kappa: m.Kappa, first: Part{WeightB: m.Parts[0].WeightB}}
	}
	return normalPrior{m.Tau}
}

// normalPrior is φ(d/τ)/τ.
type normalPrior struct{ tau float64 }

func (n normalPrior) fall(d float64) (fall, slope float64) {
	return d / n.tau * (d / n.tau) / 2, d / n.tau / n.tau
}

func (n normalPrior) curvature(float64) float64 { return 1 / (n.tau * n.tau) }

func (n normalPrior) lnHeight() float64 { return -math.Log(n.tau) - lnSqrt2Pi }

// betaPrior is the prior of a Split, θ ~ Beta(κ·w, κ·(1−w)) at the weight w of the
// first part, said in d: since dθ = θ(1−θ)dd it has the density
// θ^{κw}·(1−θ)^{κ(1−w)} / B(κw, κ(1−w)), as if there had been κw and κ(1−w)
// conversions in that part.
type betaPrior struct {
	kappa float64
	first Part // its weight alone
}

func (p betaPrior) fall(d float64) (fall, slope float64) {
	w := p.first.WeightB
	a, b := p.kappa*(1-w), p.kappa*w
	theta, rest := p.first.shares(d)
	return deviance(b, p.kappa*theta) + deviance(a, p.kappa*rest), a*theta - b*rest
}

func (p betaPrior) curvature(d float64) float64 {
	theta, rest := p.first.shares(d)
	return p.kappa * theta * rest
}

func (p betaPrior) lnHeight() float64 {
	w := p.first.WeightB
	return -lnBetaOver(p.kappa*(1-w), p.kappa*w, 1-w, w)
}

package stats

import "math"

// Split is what the sequential test reads: how the conversions of two arms are
// divided between them. While the arms convert alike, each converting visitor
// belongs to B with the share that B has of the two arms' visitors by design,
// whatever the rate, the day or the hour. (Lindon and Malek 2022, "Anytime-Valid
// Inference for Multinomial Count Data", arXiv:2011.03567.)
type Split struct {
	A, B int64 // unique converters of control and arm, not negative
	// WeightB is B's share of the two arms' design weights, between 0 and 1
	// (PairWeight).
	WeightB float64
	// Kappa is the weight of the prior in conversions (Kappa). It must stay
	// what it was when the experiment started.
	Kappa float64
}

// PairWeight returns the share that an arm has of the traffic of that arm and
// control together: the conditional weight w_B / (w_A + w_B).
func PairWeight(control, arm float64) float64 { return arm / (control + arm) }

// kappaScale is −2·ln α + ln(1 − 2·ln α) at α = .05: dividing the hoped-for
// sample by it makes the test sharpest there (Waudby-Smith et al.,
// arXiv:2103.06476).
const kappaScale = 7.94

// Kappa returns the weight of the prior for an experiment that plans this many
// conversions over all arms: half of them divided by 7.94, at least 2. It makes
// the test sharpest about half-way.
func Kappa(plannedConversions float64) float64 {
	if !(plannedConversions > 0) {
		return 2
	}
	return max(plannedConversions/2/kappaScale, 2)
}

// minKappa is the weakest prior that is taken.
const minKappa = 1e-6

func (s Split) valid() bool {
	return s.A >= 0 && s.B >= 0 && open(s.WeightB) && s.Kappa >= minKappa && isFinite(s.Kappa)
}

// LogE returns the logarithm of the evidence against equal rates,
//
//	ln B(a + x_A, b + x_B) − ln B(a, b) − x_A·ln w_A − x_B·ln w_B,  a = κ·w_A, b = κ·w_B.
//
// With equal rates its exponential is on average 1 at any moment, so it ever
// exceeds 1/α with probability α at most. An invalid split has no evidence: 0.
func (s Split) LogE() float64 {
	if !s.valid() || s.A == 0 && s.B == 0 {
		return 0
	}
	e := s.logEAt(s.WeightB, 1-s.WeightB)
	if math.Abs(e) < 1e-14 {
		return 0 // what rounding leaves of no evidence
	}
	return e
}

// logEAt is LogE with θ and 1−θ in place of the design weights, and the same
// prior.
func (s Split) logEAt(theta, rest float64) float64 {
	a, b := s.prior()
	return lnBetaOver(a+float64(s.A), b+float64(s.B), rest, theta) - lnBetaOver(a, b, rest, theta)
}

func (s Split) prior() (a, b float64) {
	return s.Kappa * (1 - s.WeightB), s.Kappa * s.WeightB
}

// P returns the p-value of this look alone: min(1, 1/e). The always-valid p of
// an experiment is the smallest over all its looks.
func (s Split) P() float64 { return min(1, math.Exp(-s.LogE())) }

// Share returns the confidence sequence at 1 − alpha of θ, B's share of the
// conversions: every θ whose evidence stays below 1/alpha. Over all looks
// together it misses the truth with probability alpha at most. It always
// contains the share observed. It is false for an invalid split or alpha.
func (s Split) Share(alpha float64) (Interval, bool) {
	odds, ok := s.odds(alpha)
	if !ok {
		return Interval{}, false
	}
	share := Interval{odds.Lo / (1 + odds.Lo), 1}
	if !math.IsInf(odds.Hi, 1) {
		share.Hi = odds.Hi / (1 + odds.Hi)
	}
	return share, true
}

// RateRatio returns the confidence sequence at 1 − alpha of B's rate over A's:
// the odds of Share, corrected for the design weights. The lower end is 0 while
// B has no conversions, the upper end infinite while A has none.
func (s Split) RateRatio(alpha float64) (Interval, bool) {
	odds, ok := s.odds(alpha)
	if !ok {
		return Interval{}, false
	}
	scale := (1 - s.WeightB) / s.WeightB
	return Interval{odds.Lo * scale, odds.Hi * scale}, true
}

// odds returns the confidence sequence of θ / (1 − θ).
func (s Split) odds(alpha float64) (Interval, bool) {
	if !s.valid() || !confident(alpha) {
		return Interval{}, false
	}
	bound := -math.Log(alpha)
	xa, xb := float64(s.A), float64(s.B)
	a, b := s.prior()
	switch {
	case xa+xb == 0:
		return Interval{0, math.Inf(1)}, true
	case xb == 0: // evidence is prior's loss − x_A·ln(1−θ)
		room := bound + lnBeta(a, b) - lnBeta(a+xa, b)
		return Interval{0, math.Expm1(room / xa)}, true
	case xa == 0:
		room := bound + lnBeta(a, b) - lnBeta(a, b+xb)
		return Interval{1 / math.Expm1(room/xb), math.Inf(1)}, true
	}
	n := xa + xb
	// What separates the least evidence, at the observed share, from 1/alpha.
	room := bound - s.logEAt(xb/n, xa/n)
	return Interval{oddsAt(xa, xb, room, -1), oddsAt(xa, xb, room, 1)}, true
}

// oddsAt returns the odds below (direction −1) or above (1) the observed ones at
// which the binomial log-likelihood has fallen by room. In the log odds that
// fall is convex, so Newton's steps from outside come straight in.
func oddsAt(xa, xb, room, direction float64) float64 {
	n := xa + xb
	fall := func(eta float64) float64 {
		return deviance(xb, n/(1+math.Exp(-eta))) + deviance(xa, n/(1+math.Exp(eta)))
	}
	// Beyond e^±600 a bound says nothing more than that there is none.
	if fall(direction*600) < room {
		return math.Exp(direction * math.Inf(1))
	}
	step := math.Sqrt(2 * room * n / xa / xb)
	eta := math.Log(xb/xa) + direction*step
	for fall(eta) < room {
		step *= 2
		eta += direction * step
	}
	eta = max(-600, min(eta, 600))
	for range 100 {
		// The slope is n·(θ − x_B/n), written without cancelling.
		theta, rest := 1/(1+math.Exp(-eta)), 1/(1+math.Exp(eta))
		next := eta - (fall(eta)-room)/(xa*theta-xb*rest)
		if !(math.Abs(next-eta) > 1e-15*(1+math.Abs(eta))) {
			break
		}
		eta = next
	}
	return math.Exp(eta)
}

// ahead reports whether B has more than its share of the conversions.
func (s Split) ahead() bool {
	return float64(s.B)*(1-s.WeightB) > float64(s.A)*s.WeightB
}

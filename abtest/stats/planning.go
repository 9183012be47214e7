package stats

import "math"

// PlanFormula is the formula of SampleSize, to be named wherever its answer is
// shown.
const PlanFormula = "n = (z_{α/2}·√(2·p̄·q̄) + z_β·√(p₁q₁ + p₂q₂))² / (p₂ − p₁)²"

// HopelessEffect is the relative effect above which an experiment that cannot
// show less should be told so plainly before it starts.
const HopelessEffect = 0.5

// SampleSize returns how many visitors each arm needs to tell target from
// baseline, both rates, at a two-sided alpha with this power (Fleiss, Levin,
// Paik 2003, "Statistical Methods for Rates and Proportions", 4.14), rounded
// up. Arms are of equal size.
func SampleSize(baseline, target, alpha, power float64) (int64, error) {
	if err := checkPlan(baseline, alpha, power); err != nil {
		return 0, err
	}
	if !open(target) {
		return 0, refuse("target", "%v is not a rate between 0 and 1", target)
	}
	if target == baseline {
		return 0, refuse("target", "is the baseline itself: no effect can be shown")
	}
	n := math.Ceil(needed(baseline, target, alpha, power))
	if n > MaxVisitors {
		return 0, refuse("target", "%v is too close to the baseline %v: more than %d visitors an arm", target, baseline, int64(MaxVisitors))
	}
	return int64(n), nil
}

// SmallestEffect returns the smallest increase of the rate, in absolute terms,
// that perArm visitors in each arm can show: the inverse of SampleSize. It
// fails when not even a rate of nearly 1 could be told from the baseline.
func SmallestEffect(baseline float64, perArm int64, alpha, power float64) (float64, error) {
	if err := checkPlan(baseline, alpha, power); err != nil {
		return 0, err
	}
	return smallestEffect(baseline, perArm, func(target float64) float64 {
		return needed(baseline, target, alpha, power)
	})
}

func smallestEffect(baseline float64, perArm int64, needed func(target float64) float64) (float64, error) {
	if perArm < 1 || perArm > MaxVisitors {
		return 0, refuse("visitors_per_arm", "%d is not from 1 to %d", perArm, int64(MaxVisitors))
	}
	n := float64(perArm)
	lo, hi := 0.0, 1-baseline
	if needed(baseline+hi*(1-1e-9)) > n {
		return 0, refuse("visitors_per_arm", "%d are too few to show any increase over %v", perArm, baseline)
	}
	// The number needed falls as the effect grows, so halving finds the edge.
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			return hi, nil
		}
		if needed(baseline+mid) > n {
			lo = mid
		} else {
			hi = mid
		}
	}
}

// needed is the formula before rounding up.
func needed(p1, p2, alpha, power float64) float64 {
	mean := (p1 + p2) / 2
	za, zb := -quantile(alpha/2), quantile(power)
	root := za*math.Sqrt(2*mean*(1-mean)) + zb*math.Sqrt(p1*(1-p1)+p2*(1-p2))
	return root * root / ((p2 - p1) * (p2 - p1))
}

// Days returns how long it takes until the slowest arm has perArm visitors,
// rounded up to whole weeks. The weights are the arms' shares of visitorsPerDay;
// arms of weight 0 are left out.
func Days(perArm int64, visitorsPerDay float64, weights []float64) (int, error) {
	if perArm < 1 || perArm > MaxVisitors {
		return 0, refuse("visitors_per_arm", "%d is not from 1 to %d", perArm, int64(MaxVisitors))
	}
	if !(visitorsPerDay > 0) || !isFinite(visitorsPerDay) {
		return 0, refuse("visitors_per_day", "%v is not above 0", visitorsPerDay)
	}
	sum, err := checkWeights(weights)
	if err != nil {
		return 0, err
	}
	var days float64
	for _, w := range weights {
		if w > 0 {
			days = max(days, math.Ceil(float64(perArm)/(visitorsPerDay*(w/sum))))
		}
	}
	return wholeWeeks(days, visitorsPerDay)
}

func wholeWeeks(days, visitorsPerDay float64) (int, error) {
	weeks := math.Ceil(days / 7)
	if weeks > 52*1000 {
		return 0, refuse("visitors_per_day", "%v need more than a thousand years", visitorsPerDay)
	}
	return int(weeks) * 7, nil
}

// leastRate is the smallest rate that a plan starts from: MaxVisitors would show
// nothing below it.
const leastRate = 1e-9

func checkPlan(baseline, alpha, power float64) error {
	if !open(baseline) {
		return refuse("baseline", "%v is not a rate between 0 and 1", baseline)
	}
	if min(baseline, 1-baseline) < leastRate {
		return refuse("baseline", "%v is too near 0 or 1 to plan with", baseline)
	}
	if err := checkAlpha(alpha); err != nil {
		return err
	}
	if !(power >= 0.5 && power < 1) {
		return refuse("power", "%v is not from 0.5 to below 1", power)
	}
	return nil
}

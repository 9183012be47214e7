package stats

import (
	"fmt"
	"math"
)

// PlanInput is what a team knows before an experiment starts. Of Target, Effect,
// PerArm and Weeks exactly one is given; the others are nil.
type PlanInput struct {
	Baseline float64 // the rate of today, between 0 and 1
	Alpha    float64 // two-sided
	Power    float64 // from .5 to below 1

	Target *float64 // the rate hoped for
	Effect *float64 // the same as a share of the baseline: 0.2 is twenty per cent more
	PerArm *int64   // the visitors there will be in the smallest arm
	Weeks  *int     // the weeks there are; needs VisitorsPerDay

	// Arms is the number of arms, from 2; Weights their shares of the traffic on
	// any scale, control first, or empty for equal ones.
	Arms    int
	Weights []float64
	// VisitorsPerDay over all arms; 0 while it is not known.
	VisitorsPerDay float64
}

// Plan is what an experiment needs and what it can then show.
type Plan struct {
	PerArm int64 `json:"per_arm"` // visitors of each arm; of the smallest where weights differ
	Total  int64 `json:"total"`   // visitors of all arms
	// Days until the slowest arm has its visitors, in whole weeks; nil while
	// nobody said how many come in a day.
	Days *int `json:"days"`
	// The effect that the plan is for: rate hoped for minus baseline, and the
	// same as a share of the baseline. Below zero for a decrease.
	MDEAbsolute float64 `json:"mde_absolute"`
	MDERelative float64 `json:"mde_relative"`
	Formula     string  `json:"formula"`
	// Arms has the visitors of every arm where weights differ.
	Arms []int64 `json:"arms,omitempty"`
	// Hopeless says that this traffic cannot show any effect below 50 %. Say so
	// plainly before the experiment starts.
	Hopeless bool `json:"hopeless,omitempty"`
}

// maxArms is how many arms an experiment may have.
const maxArms = 100

// MakePlan answers how many visitors and days an effect needs, or which effect
// the visitors at hand can show. What makes no sense is refused with an
// *InputError that names the field.
func MakePlan(in PlanInput) (Plan, error) {
	if err := checkPlan(in.Baseline, in.Alpha, in.Power); err != nil {
		return Plan{}, err
	}
	shares, err := in.shares()
	if err != nil {
		return Plan{}, err
	}
	if in.VisitorsPerDay < 0 || !isFinite(in.VisitorsPerDay) {
		return Plan{}, refuse("visitors_per_day", "%v is not above 0", in.VisitorsPerDay)
	}
	d := design{in.Baseline, in.Alpha, in.Power, shares}
	target, hopeless, err := in.target(d)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		MDEAbsolute: target - in.Baseline, MDERelative: (target - in.Baseline) / in.Baseline,
		Formula: PlanFormula, Hopeless: hopeless,
	}
	var visitors []int64
	if in.PerArm != nil || in.Weeks != nil {
		visitors = d.scaled(in.perArm(d))
	} else if visitors, err = d.visitors(target); err != nil {
		return Plan{}, err
	}
	p.PerArm = visitors[0]
	for _, n := range visitors {
		p.Total += n
		p.PerArm = min(p.PerArm, n)
	}
	if !d.equal() {
		p.Formula, p.Arms = PlanFormulaUnequal, visitors
	}
	if in.VisitorsPerDay == 0 {
		return p, nil
	}
	days, err := slowest(visitors, shares, in.VisitorsPerDay)
	if err != nil {
		return Plan{}, err
	}
	p.Days = &days
	return p, nil
}

// shares returns the arms' shares of the traffic.
func (in PlanInput) shares() ([]float64, error) {
	if in.Arms < 2 || in.Arms > maxArms {
		return nil, refuse("arms", "%d is not from 2 to %d", in.Arms, maxArms)
	}
	shares := make([]float64, in.Arms)
	if len(in.Weights) == 0 {
		for i := range shares {
			shares[i] = 1 / float64(in.Arms)
		}
		return shares, nil
	}
	if len(in.Weights) != in.Arms {
		return nil, refuse("weights", "%d given for %d arms", len(in.Weights), in.Arms)
	}
	sum, err := checkWeights(in.Weights)
	if err != nil {
		return nil, err
	}
	for i, w := range in.Weights {
		if w == 0 {
			return nil, refuse(fmt.Sprintf("weights[%d]", i), "is 0: leave an arm without traffic out of the plan")
		}
		shares[i] = w / sum
	}
	return shares, nil
}

// target returns the rate to plan for: the one given or, from the traffic given,
// the nearest above the baseline that it can show.
func (in PlanInput) target(d design) (rate float64, hopeless bool, err error) {
	given := 0
	for _, is := range []bool{in.Target != nil, in.Effect != nil, in.PerArm != nil, in.Weeks != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return 0, false, refuse("target", "exactly one of target, mde_relative, visitors_per_arm and weeks is needed, %d are given", given)
	case in.Target != nil:
		return *in.Target, false, d.checkTarget("target", *in.Target)
	case in.Effect != nil:
		if rate = in.Baseline * (1 + *in.Effect); !open(rate) {
			return 0, false, refuse("mde_relative", "%v makes a rate of %v, which is not between 0 and 1", *in.Effect, rate)
		}
		return rate, false, d.checkTarget("mde_relative", rate)
	case in.Weeks != nil && (*in.Weeks < 1 || *in.Weeks > 52*1000):
		return 0, false, refuse("weeks", "%d is not from 1 to 52000", *in.Weeks)
	case in.Weeks != nil && in.VisitorsPerDay == 0:
		return 0, false, refuse("visitors_per_day", "is needed to know what %d weeks can show", *in.Weeks)
	}
	effect, err := d.smallestEffect(in.perArm(d))
	return in.Baseline + effect, effect > HopelessEffect*in.Baseline, err
}

// perArm returns the visitors that there will be in the smallest arm.
func (in PlanInput) perArm(d design) int64 {
	if in.PerArm != nil {
		return *in.PerArm
	}
	return int64(min(math.Floor(in.VisitorsPerDay*7*float64(*in.Weeks)*d.smallest()), MaxVisitors))
}

// slowest returns the days until every arm has its visitors, in whole weeks.
func slowest(visitors []int64, shares []float64, perDay float64) (int, error) {
	var days float64
	for i, n := range visitors {
		days = max(days, math.Ceil(float64(n)/(perDay*shares[i])))
	}
	return wholeWeeks(days, perDay)
}

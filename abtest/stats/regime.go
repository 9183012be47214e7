package stats

import (
	"fmt"
	"math"
	"slices"
)

// Regime is what the arms saw while their weights stayed the same: one Cell for
// each arm of the Look, in its order. A visitor belongs to the regime in which
// he was assigned, whenever he converts.
type Regime []Cell

// Cell is one arm in one regime.
type Cell struct {
	Weight float64
	Count
	// Value is what these visitors brought in; nil where that is not known regime by
	// regime.
	Value *Value
}

// weight returns the sum of the regime's weights.
func (r Regime) weight() float64 {
	var sum float64
	for _, c := range r {
		sum += c.Weight
	}
	return sum
}

// regimes returns the regimes of the look: those given, or the one that the arms
// themselves are.
func (l Look) regimes() []Regime {
	if len(l.Regimes) > 0 {
		return l.Regimes
	}
	only := make(Regime, len(l.Arms))
	for i, a := range l.Arms {
		only[i] = Cell{a.Weight, a.Count, a.Value}
	}
	return []Regime{only}
}

// played reports whether an arm gets traffic or ever got any by design.
func (l Look) played(arm int) bool {
	if l.Arms[arm].Weight > 0 {
		return true
	}
	for _, r := range l.Regimes {
		if r[arm].Weight > 0 {
			return true
		}
	}
	return false
}

// inPlay returns the counts of the arms that played.
func (l Look) inPlay() []Count {
	var counts []Count
	for i, a := range l.Arms {
		if l.played(i) {
			counts = append(counts, a.Count)
		}
	}
	return counts
}

func checkRegimes(arms []Arm, regimes []Regime) error {
	if len(regimes) == 0 {
		return nil
	}
	totals, valued := make([]Count, len(arms)), make([]int64, len(arms))
	for r, regime := range regimes {
		if len(regime) != len(arms) {
			return refuse(fmt.Sprintf("regimes[%d]", r), "has %d cells for %d arms", len(regime), len(arms))
		}
		weights := make([]float64, len(regime))
		for i, c := range regime {
			if err := c.check(fmt.Sprintf("regimes[%d][%d].", r, i)); err != nil {
				return err
			}
			if (c.Value == nil) != (regimes[0][0].Value == nil) {
				return refuse(fmt.Sprintf("regimes[%d][%d].value", r, i), "is given for some cells and not for others")
			}
			if c.Value != nil {
				if err := c.Value.check(fmt.Sprintf("regimes[%d][%d].value.", r, i)); err != nil {
					return err
				}
				valued[i] += c.Value.N
			}
			weights[i] = c.Weight
			totals[i].Visitors += c.Visitors
			totals[i].Conversions += c.Conversions
			if totals[i].Visitors > MaxVisitors {
				return refuse(fmt.Sprintf("regimes[%d][%d].visitors", r, i), "adds up to more than %d, which no count should be", int64(MaxVisitors))
			}
		}
		each, all := fmt.Sprintf("regimes[%d]", r)+"[%d].weight", fmt.Sprintf("regimes[%d]", r)
		if err := namedWeights(weights, 1, each, all); err != nil {
			return err
		}
	}
	for i, a := range arms {
		switch {
		case regimes[0][0].Value == nil:
		case a.Value == nil:
			return refuse(fmt.Sprintf("arms[%d].value", i), "is missing, though its regimes have values")
		case a.Value.N != valued[i]:
			return refuse(fmt.Sprintf("arms[%d].value.n", i), "%d is not the %d of its regimes together", a.Value.N, valued[i])
		}
		switch {
		case a.Visitors != totals[i].Visitors:
			return refuse(fmt.Sprintf("arms[%d].visitors", i), "%d is not the %d of its regimes together", a.Visitors, totals[i].Visitors)
		case a.Conversions != totals[i].Conversions:
			return refuse(fmt.Sprintf("arms[%d].conversions", i), "%d is not the %d of its regimes together", a.Conversions, totals[i].Conversions)
		}
	}
	return nil
}

// stratum is two arms in one regime in which both had a weight.
type stratum struct {
	control, arm Count
	weight       float64   // PairWeight
	values       [2]*Value // of control and of the arm; nil where they are not known
}

// strata returns what can be compared of two arms: the regimes in which both had
// a weight, those of the same pair weight as one, save where a ratio is read. Visitors
// whom the other arm could not have got are left out.
func strata(regimes []Regime, control, arm int) []stratum {
	var list []stratum
next:
	for _, r := range regimes {
		c, a := r[control], r[arm]
		if c.Weight == 0 || a.Weight == 0 {
			continue
		}
		w := PairWeight(c.Weight, a.Weight)
		for i := range list {
			if s := &list[i]; math.Abs(s.weight-w) <= 1e-12*min(w, 1-w) && !ratio(c.Value, a.Value) {
				s.control, s.arm = s.control.plus(c.Count), s.arm.plus(a.Count)
				s.values = [2]*Value{s.values[0].plus(c.Value), s.values[1].plus(a.Value)}
				continue next
			}
		}
		list = append(list, stratum{c.Count, a.Count, w, [2]*Value{c.Value, a.Value}})
	}
	return list
}

func ratio(values ...*Value) bool {
	return slices.ContainsFunc(values, func(v *Value) bool { return v != nil && v.Ratio })
}

func (c Count) plus(d Count) Count {
	return Count{c.Visitors + d.Visitors, c.Conversions + d.Conversions}
}

package stats

import (
	"math"
	"slices"
)

// PlanFormulaUnequal is the formula of a plan whose arms differ in size.
const PlanFormulaUnequal = "n_A = (z_{α/2}·√((r+1)·p̄·q̄) + z_β·√(r·p₁q₁ + p₂q₂))² / (r·(p₂ − p₁)²), r = n_B/n_A, p̄ = (p₁ + r·p₂)/(r + 1)"

// design is a plan but for its target: control first among the shares.
type design struct {
	baseline, alpha, power float64
	shares                 []float64
}

func (d design) equal() bool {
	for _, s := range d.shares {
		if math.Abs(s-d.shares[0]) > 1e-12*d.shares[0] {
			return false
		}
	}
	return true
}

func (d design) smallest() float64 { return slices.Min(d.shares) }

// control returns how many visitors control needs, before rounding up, so that
// every other arm can be told from it (Fleiss, Levin, Paik 2003, 4.19).
func (d design) control(target float64) float64 {
	if d.equal() {
		return needed(d.baseline, target, d.alpha, d.power)
	}
	var most float64
	for _, s := range d.shares[1:] {
		most = max(most, neededAt(s/d.shares[0], d.baseline, target, d.alpha, d.power))
	}
	return most
}

// neededAt is the visitors of control when the arm has r times as many.
func neededAt(r, p1, p2, alpha, power float64) float64 {
	mean := (p1 + r*p2) / (r + 1)
	za, zb := -quantile(alpha/2), quantile(power)
	root := za*math.Sqrt((r+1)*mean*(1-mean)) + zb*math.Sqrt(r*p1*(1-p1)+p2*(1-p2))
	return root * root / (r * (p2 - p1) * (p2 - p1))
}

// visitors returns how many each arm needs, rounded up.
func (d design) visitors(target float64) ([]int64, error) {
	n := d.control(target)
	list := make([]int64, len(d.shares))
	for i, s := range d.shares {
		v := n
		if !d.equal() {
			v = n * (s / d.shares[0])
		}
		if !(v <= MaxVisitors) {
			return nil, refuse("target", "%v is too close to the baseline %v: more than %d visitors an arm", target, d.baseline, int64(MaxVisitors))
		}
		list[i] = int64(math.Ceil(v))
	}
	return list, nil
}

// scaled returns the visitors of every arm when the smallest has n of them.
func (d design) scaled(n int64) []int64 {
	list := make([]int64, len(d.shares))
	for i, s := range d.shares {
		list[i] = n
		if !d.equal() {
			list[i] = int64(math.Round(min(float64(n)*(s/d.smallest()), MaxVisitors)))
		}
	}
	return list
}

// smallestEffect is the inverse of visitors, n those of the smallest arm.
func (d design) smallestEffect(n int64) (float64, error) {
	if d.equal() {
		return SmallestEffect(d.baseline, n, d.alpha, d.power)
	}
	return smallestEffect(d.baseline, n, func(target float64) float64 {
		return d.control(target) * (d.smallest() / d.shares[0])
	})
}

func (d design) checkTarget(field string, target float64) error {
	switch {
	case !open(target):
		return refuse(field, "%v is not a rate between 0 and 1", target)
	case target == d.baseline:
		return refuse(field, "is the baseline itself: no effect can be shown")
	}
	return nil
}

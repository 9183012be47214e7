package stats

import (
	"fmt"
	"math"
	"slices"
)

// minShare is the smallest positive share of the traffic that an arm may have.
const minShare = 1e-9

func checkArms(arms []Arm) error {
	if len(arms) < 2 {
		return refuse("arms", "%d given, a comparison needs at least two", len(arms))
	}
	if len(arms) > maxArms {
		return refuse("arms", "%d given, more than the %d that can be compared", len(arms), maxArms)
	}
	weights := make([]float64, len(arms))
	seen := make(map[string]bool, len(arms))
	for i, a := range arms {
		prefix := fmt.Sprintf("arms[%d].", i)
		if a.Key == "" {
			return refuse(prefix+"key", "is empty")
		}
		if seen[a.Key] {
			return refuse(prefix+"key", "%q appears twice", a.Key)
		}
		seen[a.Key] = true
		if err := a.check(prefix); err != nil {
			return err
		}
		weights[i] = a.Weight
	}
	if err := namedWeights(weights, 2, "arms[%d].weight", "arms"); err != nil {
		return err
	}
	return checkValues(arms)
}

// checkWeights refuses weights that do not divide traffic, and returns their
// sum.
func checkWeights(weights []float64) (sum float64, err error) {
	if err := namedWeights(weights, 2, "weights[%d]", "weights"); err != nil {
		return 0, err
	}
	for _, w := range weights {
		sum += w
	}
	return sum, nil
}

// namedWeights refuses weights of which fewer than least (1 or 2) are above 0.
func namedWeights(weights []float64, least int, each, all string) error {
	var sum float64
	positive := 0
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return refuse(fmt.Sprintf(each, i), "%v is not a number from 0 up", w)
		}
		if w > 0 {
			positive++
		}
		sum += w
	}
	switch {
	case positive == 0 && least == 1:
		return refuse(all, "no arm has a weight above 0")
	case positive < least:
		return refuse(all, "at least two need a weight above 0")
	}
	for i, w := range weights {
		if w > 0 && !(w/sum >= minShare) {
			return refuse(fmt.Sprintf(each, i), "%v is too small beside the others", w)
		}
	}
	return nil
}

// controlOf returns the index of the control arm.
func controlOf(arms []Arm, key string) (int, error) {
	i := 0
	if key != "" {
		i = slices.IndexFunc(arms, func(a Arm) bool { return a.Key == key })
	}
	if i < 0 {
		return 0, refuse("control", "%q is not the key of an arm", key)
	}
	if arms[i].Weight == 0 {
		return 0, refuse(fmt.Sprintf("arms[%d].weight", i), "is 0, so that there is no control to compare with")
	}
	return i, nil
}

package stats

// leastForEarning is how many visitors each arm has before earning mode moves
// any traffic.
const leastForEarning = 100

// Allocate returns the share of the traffic that each arm gets next in earning
// mode (Thompson sampling by allocation: Scott 2010, "A Modern Bayesian Look at
// the Multi-armed Bandit"): p_i = f + (1 − k·f)·P(arm i is best), with a floor of
// f = min(.10, .3/k) so that no arm is ever forgotten. The shares are equal until
// each arm has 100 visitors. It is computed by quadrature: the same counts give
// the same shares. Fewer than two arms and invalid counts give false.
//
// Meant to be read once a day and kept in between; the verdict then needs the
// regimes of Look, never a z.
func Allocate(arms []Count) ([]float64, bool) {
	return allocate(arms, EnoughToEarn(arms))
}

// AllocateOver is Allocate for arms whose shares have changed before: by their
// counts standardized over the regimes, so that an arm which got most of the traffic
// on good days is not taken for a better one.
func AllocateOver(regimes []Regime) ([]float64, bool) {
	counts, ok := Standardize(regimes)
	if !ok {
		return nil, false
	}
	sums := make([]Count, len(counts))
	for _, r := range regimes {
		for i, c := range r {
			sums[i] = sums[i].plus(c.Count)
		}
	}
	return allocate(counts, EnoughToEarn(sums))
}

// EnoughToEarn reports whether each arm has the 100 visitors before which earning
// mode moves no traffic.
func EnoughToEarn(arms []Count) bool {
	for _, c := range arms {
		if c.Visitors < leastForEarning {
			return false
		}
	}
	return true
}

func allocate(arms []Count, enough bool) ([]float64, bool) {
	chance, _, ok := Best(arms)
	if !ok {
		return nil, false
	}
	k := float64(len(arms))
	if !enough {
		for i := range chance {
			chance[i] = 1 / k
		}
		return chance, true
	}
	floor := min(0.10, 0.3/k)
	// The chances add up to 1 but for the error of the quadrature.
	var sum float64
	for _, p := range chance {
		sum += p
	}
	for i, p := range chance {
		chance[i] = floor + (1-k*floor)*(p/sum)
	}
	return chance, true
}

package stats

// srmBlocks is the p below which the split itself is broken.
const srmBlocks = 0.001

// SRM tells whether visitors were split as designed (sample ratio mismatch).
// When they were not, something loses visitors of one arm (a redirect, a bot
// filter, a slow page) and no comparison of the arms can be trusted
// (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch").
type SRM struct {
	// The chi-square reading of the visitors against the design weights; nil
	// without visitors.
	Chi2 *float64 `json:"chi2"`
	DF   int      `json:"df"`
	P    *float64 `json:"p"`
	// Enough is false while an arm expects fewer than five visitors. The
	// reading is then shown and says nothing; a verdict waits for more.
	Enough bool `json:"enough"`
	// OK is false when there is enough and p is below .001.
	OK bool `json:"ok"`
	// ZeroWeight names the arms that got visitors though their weight is 0: an
	// alarm of its own. They take no part in the test.
	ZeroWeight []string `json:"zero_weight,omitempty"`
}

// CheckSplit compares the visitors of the arms with their weights.
func CheckSplit(arms []Arm) (SRM, error) {
	if err := checkArms(arms); err != nil {
		return SRM{}, err
	}
	return checkSplit(keys(arms), Look{Arms: arms}.regimes()), nil
}

// CheckRegimes compares the visitors of each regime with its own weights, in one
// test over all of them. The arms hold the sums.
func CheckRegimes(arms []Arm, regimes []Regime) (SRM, error) {
	if err := checkArms(arms); err != nil {
		return SRM{}, err
	}
	if err := checkRegimes(arms, regimes); err != nil {
		return SRM{}, err
	}
	return checkSplit(keys(arms), Look{Arms: arms, Regimes: regimes}.regimes()), nil
}

func checkSplit(keys []string, regimes []Regime) SRM {
	expected, off := make([]float64, len(keys)), make([]float64, len(keys))
	stray := make([]bool, len(keys))
	var visitors float64
	for _, r := range regimes {
		n, weight := r.visitors(), r.weight()
		visitors += n
		for i, c := range r {
			if c.Weight == 0 {
				stray[i] = stray[i] || c.Visitors > 0
				continue
			}
			e := n * (c.Weight / weight)
			expected[i] += e
			off[i] += float64(c.Visitors) - e
		}
	}
	srm := SRM{Enough: true, OK: true}
	for i, key := range keys {
		if stray[i] {
			srm.ZeroWeight = append(srm.ZeroWeight, key)
		}
		for _, r := range regimes {
			if r[i].Weight > 0 {
				srm.Enough = srm.Enough && expected[i] >= minExpected
				break
			}
		}
	}
	if visitors == 0 {
		srm.DF, srm.Enough = freedom(regimes), false
		return srm
	}
	var chi2 float64
	if len(regimes) == 1 {
		srm.DF = freedom(regimes)
		for i, e := range expected {
			if e > 0 {
				chi2 += off[i] * (off[i] / e)
			}
		}
	} else {
		chi2, srm.DF = quadraticForm(off, spread(regimes))
	}
	if srm.DF == 0 {
		srm.Enough = false
		return srm
	}
	p := chiSquareTail(chi2, srm.DF)
	srm.Chi2, srm.P = &chi2, &p
	srm.OK = !srm.Enough || p >= srmBlocks
	return srm
}

// visitors are those of the arms that had a weight.
func (r Regime) visitors() (n float64) {
	for _, c := range r {
		if c.Weight > 0 {
			n += float64(c.Visitors)
		}
	}
	return n
}

// freedom is one less than the arms that had a weight in any regime.
func freedom(regimes []Regime) int {
	df := -1
	for i := range regimes[0] {
		for _, r := range regimes {
			if r[i].Weight > 0 {
				df++
				break
			}
		}
	}
	return df
}

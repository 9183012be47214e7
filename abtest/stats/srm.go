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
	return checkSplit(arms), nil
}

func checkSplit(arms []Arm) SRM {
	srm := SRM{Enough: true, OK: true}
	var visitors, weight float64
	for _, a := range arms {
		switch {
		case a.Weight > 0:
			srm.DF++
			visitors += float64(a.Visitors)
			weight += a.Weight
		case a.Visitors > 0:
			srm.ZeroWeight = append(srm.ZeroWeight, a.Key)
		}
	}
	srm.DF--
	if visitors == 0 {
		srm.Enough = false
		return srm
	}
	var chi2 float64
	for _, a := range arms {
		if a.Weight > 0 {
			expected := visitors * (a.Weight / weight)
			off := float64(a.Visitors) - expected
			chi2 += off * (off / expected)
			srm.Enough = srm.Enough && expected >= minExpected
		}
	}
	p := chiSquareTail(chi2, srm.DF)
	srm.Chi2, srm.P = &chi2, &p
	srm.OK = !srm.Enough || p >= srmBlocks
	return srm
}

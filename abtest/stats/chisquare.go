package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// minExpected is the expected count below which a chi-square or z reading of a
// table is not to be trusted (Cochran 1954).
const minExpected = 5

// ChiSquare is the reading of a chi-square test.
type ChiSquare struct {
	Chi2 float64 `json:"chi2"`
	DF   int     `json:"df"`
	P    float64 `json:"p"`
}

// ChiSquareTable returns Pearson's chi-square of the table of arms against
// converted or not, without continuity correction: do the arms differ at all?
// Arms without visitors are left out. It is false when fewer than two arms are
// left, and when nobody or everybody converted.
func ChiSquareTable(arms []Count) (ChiSquare, bool) {
	var visitors, conversions float64
	used := 0
	for _, c := range arms {
		if !c.valid() {
			return ChiSquare{}, false
		}
		if c.Visitors > 0 {
			used++
			visitors += float64(c.Visitors)
			conversions += float64(c.Conversions)
		}
	}
	if used < 2 || conversions == 0 || conversions == visitors {
		return ChiSquare{}, false
	}
	var sum float64
	for _, c := range arms {
		if c.Visitors > 0 {
			n := float64(c.Visitors)
			// x − n·(conversions/visitors) without its two roundings.
			expected := n * conversions
			off := math.FMA(float64(c.Conversions), visitors, -expected) - math.FMA(n, conversions, -expected)
			sum += off / n * (off / visitors)
		}
	}
	chi2 := sum / conversions * (visitors / (visitors - conversions))
	return ChiSquare{Chi2: chi2, DF: used - 1, P: chiSquareTail(chi2, used-1)}, true
}

// chiSquareTail returns P(X ≥ x) of the chi-square distribution.
func chiSquareTail(x float64, df int) float64 {
	if df == 1 {
		return math.Erfc(math.Sqrt(x / 2))
	}
	return distuv.ChiSquared{K: float64(df)}.Survival(x)
}

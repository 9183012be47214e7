package stats

import "math"

// Paired has two measures of the same visitors: for a ratio metric the value on
// top (Y) and the one below (X), for CUPED the value (Y) and what the same
// visitors did before the experiment (X). Variances and covariance are those of
// a sample (divided by N − 1).
type Paired struct {
	N                    int64
	MeanY, MeanX         float64
	VarianceY, VarianceX float64
	Covariance           float64
}

func (p Paired) valid() bool {
	y := Value{N: p.N, Mean: p.MeanY, Variance: p.VarianceY}
	x := Value{N: p.N, Mean: p.MeanX, Variance: p.VarianceX}
	// No covariance exceeds what the variances allow, save for rounding.
	limit := math.Sqrt(p.VarianceY) * math.Sqrt(p.VarianceX)
	return y.valid() && x.valid() && math.Abs(p.Covariance) <= limit*(1+1e-9)
}

// remainder returns the variance of Y − slope·X.
func (p Paired) remainder(slope float64) float64 {
	return max(p.VarianceY-2*slope*p.Covariance+slope*slope*p.VarianceX, 0)
}

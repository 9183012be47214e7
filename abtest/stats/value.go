package stats

import (
	"fmt"
	"math"
	"slices"
)

// Value is what the visitors of one arm brought in, such as revenue: its mean
// over all N of them, those who brought nothing included as zeros, and the
// sample variance (divided by N − 1).
type Value struct {
	N        int64
	Mean     float64
	Variance float64
	// Orders is how many of the N brought something; 0 also while that is not
	// known.
	Orders int64
	// Ratio says that it is one of two sums (see Paired.Ratio), which cannot be added to
	// another's as a mean can.
	Ratio bool `json:"-"`
}

// maxMean bounds means, and its square variances, so that no figure overflows.
const maxMean = 1e60

func (v Value) valid() bool { return v.check("") == nil }

func (v Value) check(prefix string) error {
	switch {
	case v.N < 0:
		return refuse(prefix+"n", "%d is negative", v.N)
	case v.N > MaxVisitors:
		return refuse(prefix+"n", "%d is more than %d, which no count should be", v.N, int64(MaxVisitors))
	case !(math.Abs(v.Mean) <= maxMean):
		return refuse(prefix+"mean", "%v is not a number between −1e60 and 1e60", v.Mean)
	case !(v.Variance >= 0):
		return refuse(prefix+"variance", "%v is not a number from 0 up", v.Variance)
	case v.Variance > maxMean*maxMean:
		return refuse(prefix+"variance", "%v is more than 1e120", v.Variance)
	case v.Orders < 0:
		return refuse(prefix+"orders", "%d is negative", v.Orders)
	case v.Orders > v.N:
		return refuse(prefix+"orders", "%d is more than the n of %d", v.Orders, v.N)
	}
	return nil
}

// squaredError is the squared standard error of the mean.
func (v Value) squaredError() float64 { return v.Variance / float64(v.N) }

// plus returns the value of the visitors of both, nil where one is not known.
func (v *Value) plus(u *Value) *Value {
	switch {
	case v == nil || u == nil:
		return nil
	case v.N == 0:
		return u
	case u.N == 0:
		return v
	}
	n, m := float64(v.N), float64(u.N)
	off := u.Mean - v.Mean
	return &Value{
		N: v.N + u.N, Orders: v.Orders + u.Orders,
		Mean:     v.Mean + off*(m/(n+m)),
		Variance: (v.Variance*(n-1) + u.Variance*(m-1) + off*off*n*(m/(n+m))) / (n + m - 1),
	}
}

// Summarize returns the Value of n visitors, of whom those in orders brought
// something, each order held down to cap (Cap gives one; +Inf holds nothing
// down). It is false when there are more orders than visitors.
func Summarize(orders []float64, n int64, cap float64) (Value, bool) {
	v := Value{N: n, Orders: int64(len(orders))}
	if n < v.Orders || n == 0 {
		return v, false
	}
	// Welford's update, then the visitors without an order at once.
	var mean, squares float64
	for i, x := range orders {
		x = min(x, cap)
		off := x - mean
		mean += off / float64(i+1)
		squares += off * (x - mean)
	}
	k, all := float64(len(orders)), float64(n)
	v.Mean = mean * (k / all)
	if n > 1 {
		v.Variance = (squares + mean*mean*k*((all-k)/all)) / (all - 1)
	}
	return v, v.valid()
}

// Cap returns the percentile (above 0, at most 1) of the orders of all arms
// together, the non-zero values, at which a team holds down single huge orders
// (winsorizing). It is the usual interpolating quantile, R's type 7. It is
// false without orders.
func Cap(orders []float64, percentile float64) (float64, bool) {
	if len(orders) == 0 || !(percentile > 0 && percentile <= 1) {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(orders))
	at := percentile * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1], true
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low]), true
}

// checkValues refuses values that only some arms have.
func checkValues(arms []Arm) error {
	for i, a := range arms {
		if (a.Value == nil) != (arms[0].Value == nil) {
			return refuse(fmt.Sprintf("arms[%d].value", i), "is given for some arms and not for others")
		}
		if a.Value != nil {
			if err := a.Value.check(fmt.Sprintf("arms[%d].value.", i)); err != nil {
				return err
			}
		}
	}
	return nil
}

package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func value(v [3]float64) Value {
	return Value{N: int64(v[0]), Mean: v[1], Variance: v[2], Orders: int64(v[0])}
}

func paired(v [6]float64) Paired {
	return Paired{int64(v[0]), v[1], v[2], v[3], v[4], v[5]}
}

func TestMeansAgreeWithSixtyDigits(t *testing.T) {
	var file struct {
		Tails     [][3]*float64
		Quantiles [][3]*float64
		Values    []struct {
			Name              string
			A, B              [3]float64
			Alpha, Planned    float64
			T, DF, P          *float64
			Interval, Fieller [2]*float64
			Anytime           [2]*float64
		}
		Rates []struct {
			A, B           [2]int64
			Planned, Alpha float64
			Anytime        [2]*float64
		}
	}
	read(t, "values.json", &file)
	if len(file.Tails) < 80 || len(file.Quantiles) < 40 || len(file.Values) < 11 || len(file.Rates) < 3 {
		t.Fatal("cases are missing")
	}
	for _, r := range file.Tails {
		same(t, fmt.Sprintf("student's tail of %v at %v", *r[1], *r[0]), studentTwoSided(*r[1], *r[0]), true, r[2], closedForm)
	}
	for _, r := range file.Quantiles {
		same(t, fmt.Sprintf("student's quantile of %v at %v", *r[1], *r[0]), studentQuantile(*r[1], *r[0]), true, r[2], closedForm)
	}
	for _, r := range file.Values {
		t.Run(r.Name, func(t *testing.T) {
			a, b := value(r.A), value(r.B)
			w, ok := WelchTest(a, b, r.Alpha)
			same(t, "t", w.T, ok, r.T, closedForm)
			same(t, "df", w.DF, ok, r.DF, closedForm)
			same(t, "p", w.P, ok, r.P, closedForm)
			sameInterval(t, "interval", w.Interval, ok, r.Interval)
			f, ok := Fieller(a, b, r.Alpha)
			same(t, "fieller from", f.Lo, ok && !math.IsInf(f.Lo, -1), r.Fieller[0], closedForm)
			same(t, "fieller to", f.Hi, ok && !math.IsInf(f.Hi, 1), r.Fieller[1], closedForm)
			i, ok := anytime(b.Mean-a.Mean, a.squaredError()+b.squaredError(), float64(a.N+b.N), r.Planned, r.Alpha)
			sameInterval(t, "anytime", i, ok, r.Anytime)
			if again, ok := AnytimeDifference(a, b, r.Planned, r.Alpha); ok != (min(a.Orders, b.Orders) >= LeastOrders) || ok && again != i {
				t.Errorf("%v of %v, defined = %v", again, i, ok)
			}
		})
	}
	for i, r := range file.Rates {
		got, ok := AnytimeRateDifference(Count{r.A[1], r.A[0]}, Count{r.B[1], r.B[0]}, r.Planned, r.Alpha)
		sameInterval(t, fmt.Sprintf("rates %d", i), got, ok, r.Anytime)
	}
}

func TestRatiosAndCUPEDAgreeWithSixtyDigits(t *testing.T) {
	var file struct {
		Ratios []struct {
			Name       string
			A, B       [6]float64
			Alpha      float64
			RatioA     *float64 `json:"a_ratio"`
			Z, P       *float64
			Interval   [2]*float64
			Difference *float64
		}
		CUPED []struct {
			Name     string
			Arms     [][6]float64
			Theta    *float64
			Adjusted [][2]*float64
		}
	}
	read(t, "values.json", &file)
	if len(file.Ratios) < 4 || len(file.CUPED) < 4 {
		t.Fatal("cases are missing")
	}
	for _, r := range file.Ratios {
		got, ok := CompareRatios(paired(r.A), paired(r.B), r.Alpha)
		same(t, r.Name+": a", got.A, ok, r.RatioA, closedForm)
		same(t, r.Name+": difference", got.Difference, ok, r.Difference, closedForm)
		same(t, r.Name+": z", got.Z, ok, r.Z, closedForm)
		same(t, r.Name+": p", got.P, ok, r.P, closedForm)
		sameInterval(t, r.Name+": interval", got.Interval, ok, r.Interval)
	}
	for _, r := range file.CUPED {
		var arms []Paired
		for _, a := range r.Arms {
			arms = append(arms, paired(a))
		}
		theta, adjusted, ok := CUPED(arms)
		same(t, r.Name+": theta", theta, ok, r.Theta, closedForm)
		for i, v := range adjusted {
			same(t, fmt.Sprintf("%s: mean %d", r.Name, i), v.Mean, true, r.Adjusted[i][0], closedForm)
			same(t, fmt.Sprintf("%s: variance %d", r.Name, i), v.Variance, true, r.Adjusted[i][1], closedForm)
		}
	}
}

func TestMeansAgreeWithRFromRawData(t *testing.T) {
	type moments struct {
		Orders         []float64
		N              int64
		Mean, Variance *float64
	}
	var file struct {
		Tails [][3]*float64
		A, B  moments
		Welch struct {
			T, DF, P *float64
			Interval [2]*float64
		}
		Cap    *float64
		Held   moments
		First  [6]float64 `json:"pair_a"`
		Second [6]float64 `json:"pair_b"`
		CUPED  struct {
			Theta            *float64
			Means, Variances [2]*float64
			T, P             *float64
		}
		Ratio struct{ Z, P *float64 }
	}
	read(t, "values_r.json", &file)
	for _, r := range file.Tails {
		same(t, fmt.Sprintf("student's tail of %v at %v", *r[1], *r[0]), studentTwoSided(*r[1], *r[0]), true, r[2], closedForm)
	}
	summary := func(name string, m moments, orders []float64, n int64, cap float64) Value {
		v, ok := Summarize(orders, n, cap)
		same(t, name+": mean", v.Mean, ok, m.Mean, closedForm)
		same(t, name+": variance", v.Variance, ok, m.Variance, closedForm)
		return v
	}
	a := summary("a", file.A, file.A.Orders, file.A.N, math.Inf(1))
	b := summary("b", file.B, file.B.Orders, file.B.N, math.Inf(1))
	w, ok := WelchTest(a, b, 0.05)
	same(t, "t", w.T, ok, file.Welch.T, closedForm)
	same(t, "df", w.DF, ok, file.Welch.DF, closedForm)
	same(t, "p", w.P, ok, file.Welch.P, closedForm)
	sameInterval(t, "interval", w.Interval, ok, file.Welch.Interval)
	top, ok := Cap(slices.Concat(file.A.Orders, file.B.Orders), 0.95)
	same(t, "cap", top, ok, file.Cap, closedForm)
	summary("held down", file.Held, file.B.Orders, file.B.N, top)
	pairs := []Paired{paired(file.First), paired(file.Second)}
	theta, adjusted, ok := CUPED(pairs)
	same(t, "theta", theta, ok, file.CUPED.Theta, closedForm)
	for i, v := range adjusted {
		same(t, fmt.Sprintf("adjusted mean %d", i), v.Mean, true, file.CUPED.Means[i], closedForm)
		same(t, fmt.Sprintf("adjusted variance %d", i), v.Variance, true, file.CUPED.Variances[i], closedForm)
	}
	w, ok = WelchTest(adjusted[0], adjusted[1], 0.05)
	same(t, "adjusted t", w.T, ok, file.CUPED.T, closedForm)
	same(t, "adjusted p", w.P, ok, file.CUPED.P, closedForm)
	ratio, ok := CompareRatios(pairs[0], pairs[1], 0.05)
	same(t, "ratio z", ratio.Z, ok, file.Ratio.Z, closedForm)
	same(t, "ratio p", ratio.P, ok, file.Ratio.P, closedForm)
}

func TestFiguresOfValuesThatMakeNoSenseAreAbsent(t *testing.T) {
	good := Value{N: 100, Mean: 3, Variance: 4, Orders: 100}
	for name, bad := range map[string]Value{
		"nobody":               {},
		"one visitor":          {N: 1, Mean: 3},
		"fewer than nobody":    {N: -5, Mean: 3, Variance: 4},
		"a mean of NaN":        {N: 100, Mean: math.NaN(), Variance: 4},
		"an endless variance":  {N: 100, Mean: 3, Variance: math.Inf(1)},
		"a negative variance":  {N: 100, Mean: 3, Variance: -1},
		"more orders than all": {N: 100, Mean: 3, Variance: 4, Orders: 101},
	} {
		_, welch := WelchTest(good, bad, 0.05)
		_, fieller := Fieller(bad, good, 0.05)
		_, anytime := AnytimeDifference(good, bad, 1000, 0.05)
		if welch || fieller || anytime {
			t.Errorf("%s has figures", name)
		}
	}
	still := Value{N: 100, Mean: 3, Orders: 100}
	if _, ok := WelchTest(still, still, 0.05); ok {
		t.Error("t of two constants")
	}
	zero := Value{N: 100, Orders: 100}
	if _, ok := Fieller(zero, good, 0.05); ok {
		t.Error("a ratio to nothing")
	}
	if _, ok := MeanLift(zero, good); ok {
		t.Error("a lift over nothing")
	}
	if i, ok := Fieller(Value{N: 50, Mean: 0.1, Variance: 9}, good, 0.05); !ok || !math.IsInf(i.Lo, -1) || !math.IsInf(i.Hi, 1) {
		t.Errorf("control cannot be told from 0, and yet %v", i)
	}
	impossible := Paired{N: 10, VarianceY: 1, VarianceX: 1, Covariance: 1.1}
	if _, _, ok := CUPED([]Paired{impossible, impossible}); ok {
		t.Error("a correlation above 1")
	}
	if _, ok := CompareRatios(Paired{N: 10, MeanY: 1}, Paired{N: 10, MeanY: 1}, 0.05); ok {
		t.Error("a ratio over 0")
	}
	if _, ok := Cap(nil, 0.99); ok {
		t.Error("a cap without orders")
	}
	if _, ok := Summarize([]float64{1, 2}, 1, 5); ok {
		t.Error("more orders than visitors")
	}
}

func TestHoldingDownOneHugeOrderNarrowsTheInterval(t *testing.T) {
	orders := append(slices.Repeat([]float64{10}, 199), 1_000_000)
	top, _ := Cap(orders, 0.99)
	raw, _ := Summarize(orders, 5000, math.Inf(1))
	held, _ := Summarize(orders, 5000, top)
	if top > 100_000 || held.Variance > raw.Variance/50 || held.Orders != 200 {
		t.Errorf("held at %v: variance %v of %v", top, held.Variance, raw.Variance)
	}
}

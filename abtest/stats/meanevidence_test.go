package stats

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// shop returns a look at arms of equal weight, each of n visitors of whom orders
// bought for so much on average.
func shop(n, orders int64, means ...float64) Look {
	l := Look{Days: 14}
	for i, mean := range means {
		per := mean * float64(n) / float64(orders)
		v := Value{N: n, Mean: mean, Variance: mean*2*per - mean*mean, Orders: orders}
		l.Arms = append(l.Arms, Arm{Key: string(rune('a' + i)), Weight: 1, Count: Count{n, orders}, Value: &v})
	}
	return l
}

func valued() Settings {
	s := settings()
	s.Measure = MeasureValue
	return s
}

func TestVerdictOfAValue(t *testing.T) {
	for name, c := range map[string]struct {
		look Look
		want string
	}{
		"clear evidence decides before the planned end": {shop(10_000, 500, 1, 1.6), "winner sequential_significant b"},
		"control wins when the other arm loses":         {shop(10_000, 500, 1.6, 1), "winner sequential_significant a"},
		"the arm that brings most wins":                 {shop(10_000, 500, 1, 1.6, 1.7), "winner sequential_significant c"},
		"weak evidence decides nothing while running":   {shop(10_000, 500, 1, 1.2), "running collecting "},
		"the planned end reads Welch's test":            {shop(20_000, 1000, 1, 1.14), "winner horizon_significant b"},
		"and may find nothing":                          {shop(20_000, 1000, 1, 1.08), "no_difference horizon_not_significant "},
		"too few orders are never read while running":   {shop(10_000, 40, 1, 9), "running collecting "},
	} {
		v := analyze(t, valued(), c.look).Verdict
		if got := string(v.State) + " " + string(v.Reason) + " " + v.Winner; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if v := analyze(t, settings(), shop(10_000, 500, 1, 1.6)).Verdict; v.State != StateRunning {
		t.Errorf("a value decides over a conversion goal: %+v", v)
	}
	if _, err := Analyze(valued(), look(Count{100, 3}, Count{100, 4})); err == nil || err.Error() != "arms[0].value: is missing, though the goal is a value" {
		t.Error(err)
	}
}

func TestValuesOfAllRegimesTogetherDecideNothing(t *testing.T) {
	l := shop(20_000, 1000, 1, 2)
	half := Count{10_000, 500}
	l.Regimes = []Regime{{{Weight: 0.9, Count: half}, {Weight: 0.1, Count: half}}, {{Weight: 0.5, Count: half}, {Weight: 0.5, Count: half}}}
	c := analyze(t, valued(), l).Comparisons[0]
	if c.AnytimeP != 1 || c.HorizonP != nil || c.Value.Difference != nil || c.Value.WelchP != nil {
		t.Errorf("%+v %+v", c, c.Value)
	}
}

// sale is a ramp of a value: b gets a tenth of the dear days and half of the cheap ones.
func sale(dearA, dearB, cheapA, cheapB float64) Look {
	l := Look{Days: 14}
	cell := func(w float64, n int64, mean float64) Cell {
		orders := n / 20
		per := mean * 20
		return Cell{w, Count{n, orders}, &Value{N: n, Mean: mean, Variance: mean*2*per - mean*mean, Orders: orders}}
	}
	l.Regimes = []Regime{
		{cell(0.9, 9000, dearA), cell(0.1, 1000, dearB)},
		{cell(0.5, 10_000, cheapA), cell(0.5, 10_000, cheapB)},
	}
	for i, key := range []string{"a", "b"} {
		first, second := l.Regimes[0][i], l.Regimes[1][i]
		l.Arms = append(l.Arms, Arm{Key: key, Weight: 0.5, Count: first.plus(second.Count), Value: first.Value.plus(second.Value)})
	}
	return l
}

func TestValuesAreComparedRegimeByRegime(t *testing.T) {
	l := sale(4, 4, 1, 1)
	c := analyze(t, valued(), l).Comparisons[0]
	if math.Abs(*c.Value.Difference) > 1e-12 || c.AnytimeP < 0.5 || !c.Value.AnytimeInterval.Contains(0) || c.Value.WelchP != nil {
		t.Errorf("%+v %+v", c, c.Value)
	}
	if w, _ := WelchTest(*l.Arms[0].Value, *l.Arms[1].Value, 0.05); w.P > 1e-6 {
		t.Errorf("the ramp is too kind: Welch %v", w.P)
	}
	a := analyze(t, valued(), sale(4, 6, 1, 1.7))
	if v := a.Verdict; v.State != StateWinner || v.Winner != "b" || v.Reason != ReasonSequential {
		t.Errorf("%+v p %v", v, a.Comparisons[0].AnytimeP)
	}
	l = sale(4, 4, 1, 1)
	l.Regimes[0][1].Value.N--
	if _, err := Analyze(valued(), l); err == nil || err.Error() != "arms[1].value.n: 11000 is not the 10999 of its regimes together" {
		t.Error(err)
	}
	l.Regimes[0][1].Value = nil
	if _, err := Analyze(valued(), l); err == nil || err.Error() != "regimes[0][1].value: is given for some cells and not for others" {
		t.Error(err)
	}
}

func TestEvidenceOfMeansDoesNotJumpWhenTheWeightsChange(t *testing.T) {
	l := sale(1, 1.5, 1, 1)
	after := compare(valued(), l, 0)[0]
	before := l
	before.Regimes = nil
	before.Arms = []Arm{{Key: "a", Weight: 0.9, Count: l.Regimes[0][0].Count, Value: l.Regimes[0][0].Value}, {Key: "b", Weight: 0.1, Count: l.Regimes[0][1].Count, Value: l.Regimes[0][1].Value}}
	first := compare(valued(), before, 0)[0]
	for i := range l.Regimes[1] {
		l.Regimes[1][i] = Cell{0.5, Count{}, &Value{}}
		l.Arms[i].Count, l.Arms[i].Value = l.Regimes[0][i].Count, l.Regimes[0][i].Value
	}
	if opened := compare(valued(), l, 0)[0]; opened.LogE != first.LogE || !opened.WeightsVaried || after.LogE == first.LogE {
		t.Errorf("log e %v, after the change of weights %v", first.LogE, opened.LogE)
	}
}

func TestEvidenceOfMeansAgreesWithItsInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := valued()
		s.Alpha = rapid.SampledFrom([]float64{0.01, 0.05, 0.2}).Draw(t, "alpha")
		l := shop(rapid.Int64Range(500, 1e6).Draw(t, "n"), 300, 1, rapid.Float64Range(0.5, 2).Draw(t, "mean"))
		a, err := Analyze(s, l)
		if err != nil {
			t.Fatal(err)
		}
		c := a.Comparisons[0]
		if math.Abs(c.AnytimeP-s.Alpha) > 1e-9 && (c.AnytimeP < s.Alpha) == c.Value.AnytimeInterval.Contains(0) {
			t.Fatalf("p %v at alpha %v, interval %v", c.AnytimeP, s.Alpha, *c.Value.AnytimeInterval)
		}
	})
}

func TestLookingAtRevenueTenTimesKeepsTheErrorPromised(t *testing.T) {
	const runs, looks, step, rate = 800, 10, 1000, 0.05
	settings := Settings{Alpha: 0.05, PlannedVisitors: looks * step, PlannedConversions: 2 * looks * step * rate, Measure: MeasureValue}
	experiment := func(src rand.Source) bool {
		number := distuv.Binomial{N: step, P: rate, Src: src}
		price := distuv.Exponential{Rate: 1, Src: src}
		var orders [2][]float64
		var earlier *Analysis
		for look := 1; look <= looks; look++ {
			l := Look{PlannedEnd: look == looks, Earlier: earlier}
			for i := range orders {
				for range int(number.Rand()) {
					orders[i] = append(orders[i], price.Rand())
				}
				n := int64(look * step)
				v, ok := Summarize(orders[i], n, math.Inf(1))
				if !ok {
					t.Error("no summary")
					return false
				}
				l.Arms = append(l.Arms, Arm{Key: string(rune('a' + i)), Weight: 1, Count: Count{n, v.Orders}, Value: &v})
			}
			list := compare(settings, l, 0)
			verdict := decide(settings, l, 0, SRM{Enough: true, OK: true}, list)
			if verdict.State == StateWinner {
				return true
			}
			earlier = &Analysis{Comparisons: list, Verdict: verdict}
		}
		return false
	}
	var won [shards]int
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Go(func() {
			src := rand.NewPCG(7, uint64(shard))
			for range runs / shards {
				if experiment(src) {
					won[shard]++
				}
			}
		})
	}
	wg.Wait()
	var sum int
	for _, n := range won {
		sum += n
	}
	if share := float64(sum) / runs; share > 0.05 {
		t.Errorf("%v winners where there was none", share)
	}
}

func TestRevenueOverARampKeepsTheErrorPromised(t *testing.T) {
	const runs, looks, step = 400, 10, 2000
	settings := Settings{Alpha: 0.05, PlannedVisitors: looks * step / 2, PlannedConversions: looks * step * 0.05, Measure: MeasureValue}
	var won [shards]int
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Go(func() {
			src := rand.NewPCG(17, uint64(shard))
			price := distuv.Exponential{Rate: 1, Src: src}
			for range runs / shards {
				var earlier *Analysis
				regimes := []Regime{{{Weight: 0.8, Value: &Value{}}, {Weight: 0.2, Value: &Value{}}}, {{Weight: 0.4, Value: &Value{}}, {Weight: 0.6, Value: &Value{}}}}
				for look := 1; look <= looks; look++ {
					part := min(look/4, 1)
					rate := 0.08 - 0.04*float64(part) // the second regime met poorer days
					l := Look{PlannedEnd: look == looks, Earlier: earlier, Regimes: regimes[:part+1]}
					for i := range 2 {
						cell := &regimes[part][i]
						n := int64(step * cell.Weight)
						var orders []float64
						for range int(distuv.Binomial{N: float64(n), P: rate, Src: src}.Rand()) {
							orders = append(orders, price.Rand())
						}
						v, _ := Summarize(orders, n, math.Inf(1))
						cell.Count, cell.Value = cell.plus(Count{n, v.Orders}), cell.Value.plus(&v)
						arm := Arm{Key: string(rune('a' + i)), Weight: cell.Weight, Count: regimes[0][i].Count, Value: regimes[0][i].Value}
						if part == 1 {
							arm.Count, arm.Value = arm.plus(cell.Count), arm.Value.plus(cell.Value)
						}
						l.Arms = append(l.Arms, arm)
					}
					list := compare(settings, l, 0)
					verdict := decide(settings, l, 0, SRM{Enough: true, OK: true}, list)
					if verdict.State == StateWinner {
						won[shard]++
						break
					}
					earlier = &Analysis{Comparisons: list, Verdict: verdict}
				}
			}
		})
	}
	wg.Wait()
	var sum int
	for _, n := range won {
		sum += n
	}
	if share := float64(sum) / runs; share > 0.05 {
		t.Errorf("%v winners where there was none", share)
	}
}

func TestThePlannedEndWaitsForWhatCannotBeReadYet(t *testing.T) {
	l := shop(20_000, 1000, 1, 1.6)
	few := *l.Arms[1].Value
	l.Arms[1].Value = &Value{} // a ratio of which too few have both parts
	if v := analyze(t, valued(), l).Verdict; v.State != StateRunning || v.Reason != ReasonFewOrders || !v.AtHorizon {
		t.Errorf("a ratio of nobody: %+v", v)
	}
	l.Arms[1].Value = &few
	if v := analyze(t, valued(), l).Verdict; v.State != StateWinner {
		t.Errorf("once it can be read: %+v", v)
	}
	ramp := sale(4, 6, 1, 1.7)
	ramp.PlannedEnd = true
	for i := range ramp.Regimes {
		v := *ramp.Regimes[i][1].Value
		v.Orders = 20
		ramp.Regimes[i][1].Value = &v
	}
	whole := *ramp.Arms[1].Value
	whole.Orders = 40
	ramp.Arms[1].Value = &whole
	if v := analyze(t, valued(), ramp).Verdict; v.State != StateRunning || v.Reason != ReasonFewOrders {
		t.Errorf("forty orders under changed weights: %+v", v)
	}
}

// The second of two arms whose own weights never changed: a third's did.
func TestRatiosOfTwoRegimesAreNotMixed(t *testing.T) {
	cell := func(w float64, r float64) Cell {
		return Cell{w, Count{1000, 300}, &Value{N: 1000, Mean: r, Variance: 40, Orders: 300, Ratio: true}}
	}
	l := Look{Days: 14, Regimes: []Regime{{cell(0.4, 10), cell(0.4, 12), cell(0.2, 10)}, {cell(0.25, 20), cell(0.25, 22), cell(0.5, 20)}}}
	for i, key := range []string{"a", "b", "c"} {
		first, second := l.Regimes[0][i], l.Regimes[1][i]
		all := *first.Value
		all.N, all.Orders, all.Mean = 2000, 600, 17 // of the sums, which are not at hand here
		l.Arms = append(l.Arms, Arm{Key: key, Weight: second.Weight, Count: first.plus(second.Count), Value: &all})
	}
	c := compare(valued(), l, 0)[0]
	if !c.WeightsVaried || math.Abs(*describe(c, valued()).Difference-2) > 1e-12 {
		t.Errorf("%+v", c)
	}
	for _, regime := range l.Regimes {
		for i := range regime {
			regime[i].Value.Ratio = false
		}
	}
	if c := compare(valued(), l, 0)[0]; c.WeightsVaried {
		t.Error("means of the same weights are compared apart")
	}
}

func describe(c Comparison, s Settings) *ValueComparison {
	c.describe(s)
	return c.Value
}

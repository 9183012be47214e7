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

func TestValueOverChangedWeightsDecidesNothing(t *testing.T) {
	l := shop(20_000, 1000, 1, 2)
	half := Count{10_000, 500}
	l.Regimes = []Regime{{{0.9, half}, {0.1, half}}, {{0.5, half}, {0.5, half}}}
	c := compare(valued(), l, 0)[0]
	if c.AnytimeP != 1 || c.HorizonP != nil {
		t.Errorf("%+v", c)
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

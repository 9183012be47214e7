package stats

import (
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// ramping is an experiment looked at 20 times whose second arm gets a tenth of the
// traffic until the fifth look and half of it from then on. Everybody converts less
// on other days.
type ramping struct {
	total  int64 // visitors of both arms
	pA, pB float64
	runs   int
}

// simulate returns the share of experiments that ended with a winner.
func (r ramping) simulate() float64 {
	var won [shards]int
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Go(func() {
			src := rand.NewPCG(41, uint64(shard))
			for range r.runs / shards {
				if r.run(src) {
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
	return float64(sum) / float64(r.runs)
}

func (r ramping) run(src rand.Source) bool {
	const looks, changed = 20, 5
	s := Settings{Alpha: 0.05, PlannedConversions: float64(r.total) * r.pA}
	var earlier *Analysis
	var seen [2]Regime
	for look := range looks {
		part, w := 0, 0.1
		if look >= changed {
			part, w = 1, 0.5
		}
		if seen[part] == nil {
			seen[part] = Regime{{Weight: 1 - w}, {Weight: w}}
		}
		step, drift := r.total/looks, 1+0.3*float64(look%3-1)
		b := int64(distuv.Binomial{N: float64(step), P: w, Src: src}.Rand())
		for i, n := range []int64{step - b, b} {
			rate := []float64{r.pA, r.pB}[i] * drift
			c := &seen[part][i]
			c.Count = c.plus(Count{n, int64(distuv.Binomial{N: float64(n), P: rate, Src: src}.Rand())})
		}
		l := Look{PlannedEnd: look == looks-1, Earlier: earlier, Arms: []Arm{{Key: "a"}, {Key: "b"}}}
		for i := range l.Arms {
			l.Arms[i].Weight, l.Arms[i].Count = seen[part][i].Weight, seen[0][i].Count
			if part == 1 {
				l.Arms[i].Count = seen[0][i].plus(seen[1][i].Count)
			}
		}
		if part == 1 {
			l.Regimes = seen[:]
		}
		list := compare(s, l, 0)
		v := decide(s, l, 0, SRM{Enough: true, OK: true}, list)
		if v.State == StateWinner {
			return true
		}
		earlier = &Analysis{Comparisons: list, Verdict: v}
	}
	return false
}

func TestRampKeepsTheErrorPromised(t *testing.T) {
	for _, r := range []ramping{{total: 40_000, pA: 0.03, pB: 0.03, runs: 800}, {total: 2000, pA: 0.02, pB: 0.02, runs: 800}} {
		if declared := r.simulate(); declared > 0.05 {
			t.Errorf("%+v: %v winners where there was none", r, declared)
		}
	}
	if found := (ramping{total: 40_000, pA: 0.03, pB: 0.039, runs: 80}).simulate(); found < 0.8 {
		t.Errorf("found %v of the differences", found)
	}
}

// BenchmarkRamp prints how often the hybrid errs, and what it finds, where a tenth of
// the traffic became half of it at the fifth look of 20.
func BenchmarkRamp(b *testing.B) {
	for b.Loop() {
		for _, r := range []ramping{
			{total: 40_000, pA: 0.03, pB: 0.03}, {total: 2000, pA: 0.02, pB: 0.02}, {total: 40_000, pA: 0.03, pB: 0.036},
		} {
			r.runs = 2000
			b.Logf("%v → %v, %d visitors: winners %.4f", r.pA, r.pB, r.total, r.simulate())
		}
	}
}

package stats

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// earning is an experiment in earning mode that is looked at, and reweighted, after
// every step of its visitors, while the rates of all arms go up and down together.
type earning struct {
	rates []float64
	step  float64 // visitors of all arms between two looks
	looks int
	runs  int
}

// simulate returns the share of experiments that ended with a winner, and the share
// of the visitors who saw the arm with the highest rate.
func (e earning) simulate(t testing.TB) (declared, onBest float64) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Go(func() {
			src := rand.NewPCG(31, uint64(shard))
			for range e.runs / shards {
				won, best := e.run(t, src)
				mu.Lock()
				onBest += best / float64(e.runs)
				if won {
					declared += 1 / float64(e.runs)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return declared, onBest
}

func (e earning) run(t testing.TB, src rand.Source) (won bool, onBest float64) {
	settings := Settings{Alpha: 0.05, Varying: true, PlannedConversions: e.step * float64(e.looks) * e.rates[0]}
	k := len(e.rates)
	l := Look{Arms: make([]Arm, k)}
	counts := make([]Count, k)
	weights := make([]float64, k)
	for i := range weights {
		weights[i] = 1 / float64(k)
	}
	for look := range e.looks {
		regime := make(Regime, k)
		drift := 1 + 0.5*float64(look%2)
		for i, w := range weights {
			n := distuv.Poisson{Lambda: e.step * w, Src: src}.Rand()
			x := distuv.Binomial{N: n, P: e.rates[i] * drift, Src: src}.Rand()
			regime[i] = Cell{Weight: w, Count: Count{int64(n), int64(x)}}
			counts[i] = counts[i].plus(regime[i].Count)
			l.Arms[i] = Arm{Key: fmt.Sprint(i), Weight: w, Count: counts[i]}
		}
		l.Regimes = append(l.Regimes, regime)
		l.PlannedEnd = look == e.looks-1
		list := compare(settings, l, 0)
		v := decide(settings, l, 0, SRM{Enough: true, OK: true}, list)
		if won = v.State == StateWinner; won {
			break
		}
		l.Earlier = &Analysis{Comparisons: list, Verdict: v}
		var ok bool
		if weights, ok = Allocate(counts); !ok {
			t.Error("no allocation")
			return false, 0
		}
	}
	var all int64
	best := 0
	for i, c := range counts {
		all += c.Visitors
		if e.rates[i] > e.rates[best] {
			best = i
		}
	}
	return won, float64(counts[best].Visitors) / float64(all)
}

func TestEarningModeKeepsTheErrorPromised(t *testing.T) {
	e := earning{rates: []float64{0.03, 0.03}, step: 1000, looks: 10, runs: 400}
	if declared, _ := e.simulate(t); declared > 0.05 {
		t.Errorf("%v winners where there was none", declared)
	}
	e = earning{rates: []float64{0.03, 0.03, 0.03}, step: 1500, looks: 6, runs: 160}
	if declared, _ := e.simulate(t); declared > 0.05 {
		t.Errorf("%v winners among three equal arms", declared)
	}
}

func TestEarningModeEarnsAndFindsTheWinner(t *testing.T) {
	e := earning{rates: []float64{0.03, 0.06}, step: 1000, looks: 10, runs: 160}
	declared, onBest := e.simulate(t)
	if declared < 0.8 || onBest < 0.6 {
		t.Errorf("%v winners of a rate twice as high, which %v of the visitors saw", declared, onBest)
	}
}

// BenchmarkEarning prints how often earning mode errs, and how often it finds a
// winner, in 4,000 experiments of 40,000 visitors reweighted ten times.
func BenchmarkEarning(b *testing.B) {
	for b.Loop() {
		for _, rates := range [][]float64{{0.03, 0.03}, {0.03, 0.036}} {
			e := earning{rates: rates, step: 4000, looks: 10, runs: 4000}
			declared, onBest := e.simulate(b)
			b.Logf("%v: winners %.3f, visitors on the best arm %.3f", rates, declared, onBest)
		}
	}
}

package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// An arm with few orders has a variance that says little, and mostly too little: at twenty
// looks a small arm would seem to lose.
func TestSmallArmsWithUnevenOrdersKeepTheErrorPromised(t *testing.T) {
	for name, read := range map[string]func(basket) Value{
		"what a visitor brings": basket.mean,
		"what an order brings":  basket.ratio,
	} {
		for _, share := range []float64{0.1, 0.02} {
			const runs, promised = 300, 0.01
			dice := rand.New(rand.NewPCG(3, 3))
			found := 0
			for range runs {
				if losesByAccident(dice, share, read, promised) {
					found++
				}
			}
			if got := float64(found) / runs; got > promised {
				t.Errorf("%s, %v of the visitors: %v found a difference where there was none, promised %v", name, share, got, promised)
			}
		}
	}
}

// basket is what visitors of an arm ordered: y the money, x the orders.
type basket struct {
	n, buyers        int64
	y, x, yy, xx, xy float64
}

// buy adds visitors of whom one in twenty buys, in one order or more.
func (b *basket) buy(dice *rand.Rand, visitors int64) {
	b.n += visitors
	mean := 0.05 * float64(visitors)
	for range max(0, int64(mean+math.Sqrt(mean)*dice.NormFloat64()+0.5)) {
		orders, money := 1.0, math.Exp(dice.NormFloat64())
		for dice.Float64() < 0.3 {
			orders++
			money += math.Exp(dice.NormFloat64())
		}
		b.buyers++
		b.y, b.x = b.y+money, b.x+orders
		b.yy, b.xx, b.xy = b.yy+money*money, b.xx+orders*orders, b.xy+money*orders
	}
}

func (b basket) paired() Paired {
	n := float64(b.n)
	return Paired{
		N: b.n, MeanY: b.y / n, MeanX: b.x / n,
		VarianceY: (b.yy - b.y*b.y/n) / (n - 1), VarianceX: (b.xx - b.x*b.x/n) / (n - 1), Covariance: (b.xy - b.y*b.x/n) / (n - 1),
	}
}

func (b basket) mean() Value {
	p := b.paired()
	return Value{N: p.N, Mean: p.MeanY, Variance: p.VarianceY, Orders: b.buyers}
}

func (b basket) ratio() Value {
	v, _ := b.paired().Ratio()
	v.Orders = b.buyers
	return v
}

// losesByAccident looks twenty times at two arms that bring the same.
func losesByAccident(dice *rand.Rand, share float64, read func(basket) Value, alpha float64) bool {
	const looks, step = 20, 4000
	settings := Settings{Alpha: 0.05, PlannedVisitors: looks * step / 2, Measure: MeasureValue}
	var baskets [2]basket
	for range looks {
		arms := []Arm{{Key: "a", Weight: 1 - share}, {Key: "b", Weight: share}}
		for i := range arms {
			baskets[i].buy(dice, int64(step*arms[i].Weight))
			v := read(baskets[i])
			arms[i].Count, arms[i].Value = Count{baskets[i].n, baskets[i].buyers}, &v
		}
		if compare(settings, Look{Arms: arms}, 0)[0].AnytimeP <= alpha {
			return true
		}
	}
	return false
}

func TestRatiosAsValuesAgreeWithTheDeltaMethod(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 5))
	var a, b basket
	a.buy(dice, 40_000)
	b.buy(dice, 60_000)
	want, ok := CompareRatios(a.paired(), b.paired(), 0.05)
	got, okWelch := WelchTest(a.ratio(), b.ratio(), 0.05)
	if !ok || !okWelch {
		t.Fatal("undefined")
	}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-4*math.Abs(want) { // Student's tails at 90,000 degrees of freedom are no longer than that
			t.Errorf("%s: %v, the delta method has %v", name, got, want)
		}
	}
	near("difference over its error", got.T, want.Z)
	near("from", got.Interval.Lo, want.Interval.Lo)
	near("to", got.Interval.Hi, want.Interval.Hi)
}

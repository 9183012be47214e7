package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The clock of a value's test runs by visitors, and not by what they vary, which nobody
// knows before. Days that vary more than those before make it run slow: these are far worse
// than any sale, and the test still errs less than it may.
func TestDaysThatVaryMoreKeepTheErrorPromised(t *testing.T) {
	for name, day := range map[string]func(look int) (weight, deviation float64){
		"four regimes, each of nine times the variance": func(look int) (float64, float64) {
			return 0.5 - 0.1*float64(look/5), math.Pow(3, float64(look/5))
		},
		"twenty regimes, each of twice the variance": func(look int) (float64, float64) {
			return 0.5 - 0.01*float64(look), math.Pow(2, float64(look)/2)
		},
		"a ninth of the variance in each of four": func(look int) (float64, float64) {
			return 0.5 - 0.1*float64(look/5), math.Pow(3, -float64(look/5))
		},
	} {
		t.Run(name, func(t *testing.T) {
			const runs, promised = 2000, 0.01
			dice := rand.New(rand.NewPCG(3, 3))
			found := 0
			for range runs {
				if findsByAccident(dice, day, promised) {
					found++
				}
			}
			if share := float64(found) / runs; share > promised {
				t.Errorf("%v found a difference where there was none, promised %v", share, promised)
			}
		})
	}
}

// findsByAccident looks twenty times at two arms that bring the same, on days of other
// weights and variances.
func findsByAccident(dice *rand.Rand, day func(look int) (weight, deviation float64), alpha float64) bool {
	const looks, step = 20, 2000
	settings := Settings{Alpha: 0.05, PlannedVisitors: looks * step / 2, Measure: MeasureValue}
	var regimes []Regime
	arms := []Arm{{Key: "a", Value: &Value{}}, {Key: "b", Value: &Value{}}}
	for look := range looks {
		weight, deviation := day(look)
		if n := len(regimes); n == 0 || regimes[n-1][1].Weight != weight {
			regimes = append(regimes, Regime{{Weight: 1 - weight, Value: &Value{}}, {Weight: weight, Value: &Value{}}})
		}
		now := regimes[len(regimes)-1]
		for i := range now {
			n := int64(step * now[i].Weight)
			came := Count{n, n / 10}
			brought := &Value{N: n, Mean: deviation * dice.NormFloat64() / math.Sqrt(float64(n)), Variance: deviation * deviation, Orders: n / 10}
			now[i].Count, now[i].Value = now[i].plus(came), now[i].Value.plus(brought)
			arms[i].Count, arms[i].Value, arms[i].Weight = arms[i].plus(came), arms[i].Value.plus(brought), now[i].Weight
		}
		l := Look{Arms: arms}
		if len(regimes) > 1 {
			l.Regimes = regimes
		}
		if compare(settings, l, 0)[0].AnytimeP <= alpha {
			return true
		}
	}
	return false
}

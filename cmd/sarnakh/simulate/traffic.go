package simulate

import (
	"math/rand/v2"
	"slices"
	"time"
)

// tehran is where the people live. Iran has kept one time all the year since 2022.
var tehran = time.FixedZone("Asia/Tehran", 3*3600+1800)

// hours is how busy each hour of a day is: nearly nobody before dawn, an even day,
// and the evening on the sofa.
var hours = [24]float64{
	.50, .25, .12, .06, .05, .08, .20, .45, .70, .90, 1.0, 1.0,
	.95, .85, .80, .80, .90, 1.0, 1.15, 1.35, 1.6, 1.75, 1.6, 1.05,
}

// weekdays is how busy each day is. The weekend is Thursday's afternoon and Friday.
var weekdays = [7]float64{
	time.Saturday: 1.05, time.Sunday: 1.0, time.Monday: 1.0, time.Tuesday: 1.0,
	time.Wednesday: 1.05, time.Thursday: .85, time.Friday: .60,
}

// arrivals draws when n visitors come within the days from start, in order.
func arrivals(seed uint64, start time.Time, days, n int) []time.Time {
	rng := rand.New(rand.NewPCG(seed, 0))
	slots := make([]float64, days*24)
	for i := range slots {
		at := start.Add(time.Duration(i) * time.Hour).In(tehran)
		launch := 1 + .4/float64(1+i/24) // the first days of a campaign draw more
		slots[i] = hours[at.Hour()] * weekdays[at.Weekday()] * launch
	}
	out := make([]time.Time, n)
	for i := range out {
		slot := time.Duration(weighted(rng, slots)) * time.Hour
		out[i] = start.Add(slot + time.Duration(rng.Int64N(int64(time.Hour)))).Truncate(time.Second)
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// weighted draws a place with the probability of its weight.
func weighted(rng *rand.Rand, weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at := rng.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// awake moves a moment at night on to the next morning.
func awake(rng *rand.Rand, t time.Time) time.Time {
	local := t.In(tehran)
	if local.Hour() < 1 || local.Hour() >= 7 {
		return t
	}
	morning := time.Date(local.Year(), local.Month(), local.Day(), 7, 0, 0, 0, tehran)
	return morning.Add(time.Duration(rng.Int64N(int64(2 * time.Hour)))).UTC()
}

// about draws a length of time around a mean, mostly shorter and now and then much
// longer, as delays of people are; never under two minutes nor over six times the mean.
func about(rng *rand.Rand, mean time.Duration) time.Duration {
	d := time.Duration(min(rng.ExpFloat64(), 6) * float64(mean))
	return max(d, 2*time.Minute).Truncate(time.Second)
}

// between draws a length of time evenly.
func between(rng *rand.Rand, from, to time.Duration) time.Duration {
	return (from + time.Duration(rng.Int64N(int64(to-from)))).Truncate(time.Second)
}

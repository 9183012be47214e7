package chart

import (
	"math"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// scale maps values to shares of the axis, with ticks at round numbers.
type scale struct {
	low, high float64
	ticks     []float64
	decimals  int
	share     bool
	unit      float64 // in which ticks are written: 1e6 for millions; 0 for whole numbers
}

// newScale spans the values with three to six ticks. Counts get whole steps;
// shares are written as percentages.
func newScale(low, high float64, share bool) scale {
	if high <= low {
		high = low + 1
		if share {
			high = low + 0.1
		}
	}
	step := niceStep((high - low) / 4)
	if !share && step < 1 && high == math.Trunc(high) {
		step = 1
	}
	s := scale{low: math.Floor(low/step) * step, high: math.Ceil(high/step-1e-9) * step, share: share}
	for i := 0; ; i++ {
		tick := s.low + float64(i)*step
		if tick > s.high+step/2 {
			break
		}
		s.ticks = append(s.ticks, tick)
	}
	// Nothing falls by more than all of it.
	if share && low >= -1 && s.low < -1 {
		s.low, s.ticks[0] = -1, -1
	}
	unit := step
	if share {
		unit *= 100
	}
	s.decimals = fraction(unit)
	if !share {
		s.shorten(step)
	}
	return s
}

// leastShort is the number from which on ticks are written short: whole they would stick out
// of the axis.
const leastShort = 100_000

// shorten finds the unit in which the ticks are short, and still differ.
func (s *scale) shorten(step float64) {
	most := max(math.Abs(s.low), math.Abs(s.high))
	if most < leastShort {
		return
	}
	unit := 1e3
	for unit < 1e12 && most >= 1e3*unit {
		unit *= 1e3
	}
	if decimals := fraction(step / unit); decimals <= 2 {
		s.unit, s.decimals = unit, decimals
	}
}

// fraction is how many decimals tell steps of this size apart, four at the most.
func fraction(step float64) (decimals int) {
	for step < 0.999 && decimals < 4 {
		step *= 10
		decimals++
	}
	return decimals
}

func (s scale) at(value float64) float64 { return (value - s.low) / (s.high - s.low) }

// tick writes a number of the axis.
func (s scale) tick(l i18n.Locale, value float64) string {
	if s.share {
		return l.Pct(value, s.decimals)
	}
	return l.Short(value, s.unit, s.decimals)
}

// labels are all ticks as they are written.
func (s scale) labels(l i18n.Locale) []string {
	list := make([]string, len(s.ticks))
	for i, tick := range s.ticks {
		list[i] = s.tick(l, tick)
	}
	return list
}

// value writes a measured value, a little finer than the axis.
func (s scale) value(l i18n.Locale, value float64) string {
	if s.share {
		return l.Pct(value, s.decimals+1)
	}
	return l.Num(value)
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(raw float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// bounds are the least and the greatest of all numbers that are numbers; ok is
// false when there is none.
func bounds(lists ...[]float64) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, list := range lists {
		for _, v := range list {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	return low, high, low <= high
}

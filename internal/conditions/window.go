package conditions

import (
	"math"
	"time"
)

// moment is a time as exact as the databases keep it, so that both evaluators see
// the same border of a window.
func moment(now time.Time) time.Time { return now.Truncate(time.Microsecond) }

// window is a range of values, both ends included, in each form that a fold can
// have. What has no value of such a form is outside.
type window struct {
	numeric      bool
	low, high    float64 // numbers, when numeric
	first, last  float64 // days, otherwise
	after, until float64 // Unix seconds, otherwise
}

// contains says whether a number, a day or an instant is inside.
func (w *window) contains(folds map[string]any, t *test) bool {
	if w.numeric {
		n, ok := folds[t.number].(float64)
		return ok && w.low <= n && n <= w.high
	}
	if day, ok := folds[t.day].(float64); ok {
		return w.first <= day && day <= w.last
	}
	at, ok := folds[t.instant].(float64)
	return ok && w.after <= at && at <= w.until
}

var endless = window{
	low: math.Inf(-1), high: math.Inf(1), first: math.Inf(-1), last: math.Inf(1), after: math.Inf(-1), until: math.Inf(1),
}

// window is the range that a compiled test asks for at the time now.
func (t *test) window(now time.Time) window {
	w := endless
	zone := now.Location()
	if t.op == opWithin {
		w.from(limit{kind: limitInstant, at: now.Add(-t.within)}, zone)
		w.to(limit{kind: limitInstant, at: now}, zone)
		return w
	}
	w.from(t.least, zone)
	w.to(t.most, zone)
	return w
}

func (w *window) from(l limit, zone *time.Location) {
	switch l.kind {
	case limitNumber:
		w.numeric, w.low = true, l.number
	case limitDay:
		w.first, w.after = float64(l.day), float64(startOfDay(l.day, zone).Unix())
	case limitInstant:
		day := dayOf(l.at.In(zone))
		if startOfDay(day, zone).Before(l.at) {
			day++
		}
		w.first, w.after = float64(day), float64(l.at.Unix())
	}
}

func (w *window) to(l limit, zone *time.Location) {
	switch l.kind {
	case limitNumber:
		w.numeric, w.high = true, l.number
	case limitDay:
		w.last, w.until = float64(l.day), float64(startOfDay(l.day+1, zone).Unix()-1)
	case limitInstant:
		w.last, w.until = float64(dayOf(l.at.In(zone))), float64(l.at.Unix())
	}
}

// startOfDay is the first moment of a civil date in the zone. Where the clocks jump
// over midnight the day begins after the jump.
func startOfDay(day int64, zone *time.Location) time.Time {
	year, month, date := time.Unix(day*24*60*60, 0).UTC().Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, zone)
	if dayOf(start) < day {
		if _, jump := start.ZoneBounds(); !jump.IsZero() {
			return jump
		}
	}
	return start
}

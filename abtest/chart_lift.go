package abtest

import (
	"math"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// liftChart shows how the interval of each variant's lift over control, which holds
// at every look, closes in on the verdict; of a goal with a value that of the difference.
func (r *Report) liftChart(l i18n.Locale) chart.Chart {
	looks := r.daysLooks()
	value := r.Goal.Kind == OfValue
	c := chart.LineChart{Title: l.T("abtest.chart.lift"), Desc: l.T("abtest.chart.lift.desc"), Share: !value, Empty: l.T("abtest.chart.lift.empty")}
	if value {
		c.Title, c.Empty = l.T("abtest.chart.lift.value"), l.T("abtest.chart.lift.value.empty")
	}
	// Control is the line that the others are measured from.
	c.Series = append(c.Series, chart.Series{Name: r.Arms[0].title(l.Lang), Values: make([]float64, len(looks))})
	widest, drawn := r.widestLift(looks), false
	for _, a := range r.Arms[1:] {
		row := chart.Series{Name: a.title(l.Lang)}
		for _, look := range looks {
			middle, low, high := look.against(a.Key, value)
			if !value && high > widest {
				middle, low, high = math.NaN(), math.NaN(), math.NaN()
			}
			drawn = drawn || !math.IsNaN(middle)
			row.Values = append(row.Values, middle)
			if len(r.Arms) <= mostBands+1 {
				row.Low, row.High = append(row.Low, low), append(row.High, high)
			}
		}
		c.Series = append(c.Series, row)
	}
	if drawn {
		for _, look := range looks {
			c.Times = append(c.Times, look.At)
		}
	}
	return c
}

// daysLooks is the last look of each day, an empty one for a day without; within
// the first three days every look.
func (r *Report) daysLooks() []*Look {
	if len(r.Looks) == 0 || r.Looks[len(r.Looks)-1].At.Sub(*r.StartedAt) < 3*day {
		return r.Looks
	}
	var list []*Look
	first := int(r.Looks[0].At.Sub(*r.StartedAt) / day)
	for _, look := range r.Looks {
		at := int(look.At.Sub(*r.StartedAt)/day) - first
		for len(list) <= at {
			list = append(list, &Look{At: r.StartedAt.Add(time.Duration(first+len(list)) * day)})
		}
		list[max(at, 0)] = look
	}
	return list
}

// widestLift is the lift above which an interval says too little to be drawn: the
// first days would press all others flat.
func (r *Report) widestLift(looks []*Look) float64 {
	var last float64
	for _, a := range r.Arms[1:] {
		if len(looks) > 0 {
			if _, _, high := looks[len(looks)-1].lift(a.Key); high > last {
				last = high
			}
		}
	}
	return min(3, max(0.5, 2*last))
}

// against is what a variant has over control at this look, with the interval that holds
// at every look.
func (l *Look) against(arm string, value bool) (middle, low, high float64) {
	if !value {
		return l.lift(arm)
	}
	for _, c := range l.Analysis.Comparisons {
		if c.Arm == arm && c.Value != nil && c.Value.Difference != nil && c.Value.AnytimeInterval != nil {
			return *c.Value.Difference, c.Value.AnytimeInterval.Lo, c.Value.AnytimeInterval.Hi
		}
	}
	return math.NaN(), math.NaN(), math.NaN()
}

// lift is a variant's lift over control at this look, with its always-valid
// interval; NaN while the interval has no upper end.
func (l *Look) lift(arm string) (value, low, high float64) {
	for _, c := range l.Analysis.Comparisons {
		if c.Arm == arm && c.Lift != nil && !math.IsInf(c.RateRatio.Hi, 1) {
			return *c.Lift, c.RateRatio.Lo - 1, c.RateRatio.Hi - 1
		}
	}
	return math.NaN(), math.NaN(), math.NaN()
}

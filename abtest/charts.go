package abtest

import (
	"html/template"
	"math"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// ratesChart sets the variants' conversion rates, with their intervals, under one
// another.
func (r *Report) ratesChart(l i18n.Locale) template.HTML {
	c := chart.IntervalChart{Title: l.T("abtest.chart.rates"), Desc: r.Sentence(l), Share: true, Empty: l.T("abtest.chart.rates.empty")}
	for _, a := range r.Arms {
		row := chart.Row{Name: a.title(l.Lang), Value: a.rate(), Low: math.NaN(), High: math.NaN()}
		if a.Wilson != nil {
			row.Low, row.High = a.Wilson.Lo, a.Wilson.Hi
		}
		c.Rows = append(c.Rows, row)
	}
	return chart.Interval(l, c)
}

// liftChart shows how the interval of each variant's lift over control, which holds
// at every look, closes in on the verdict.
func (r *Report) liftChart(l i18n.Locale) template.HTML {
	looks := r.daysLooks()
	c := chart.LineChart{Title: l.T("abtest.chart.lift"), Desc: l.T("abtest.chart.lift.desc"), Share: true, Empty: l.T("abtest.chart.lift.empty")}
	// Control is the line that the others are measured from.
	c.Series = append(c.Series, chart.Series{Name: r.Arms[0].title(l.Lang), Values: make([]float64, len(looks))})
	widest, drawn := r.widestLift(looks), false
	for _, a := range r.Arms[1:] {
		row := chart.Series{Name: a.title(l.Lang)}
		for _, look := range looks {
			value, low, high := look.lift(a.Key)
			if high > widest {
				value, low, high = math.NaN(), math.NaN(), math.NaN()
			}
			drawn = drawn || !math.IsNaN(value)
			row.Values, row.Low, row.High = append(row.Values, value), append(row.Low, low), append(row.High, high)
		}
		c.Series = append(c.Series, row)
	}
	if drawn {
		for _, look := range looks {
			c.Times = append(c.Times, look.At)
		}
	}
	return chart.Line(l, c)
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

// dailyChart compares how many new visitors each variant had, day by day.
func (r *Report) dailyChart(l i18n.Locale, days []Day) template.HTML {
	c := chart.BarChart{Title: l.T("abtest.chart.daily"), Desc: l.T("abtest.chart.daily.desc"), Empty: l.T("abtest.chart.daily.empty")}
	for _, a := range r.Arms {
		c.Series = append(c.Series, chart.Series{Name: a.title(l.Lang)})
	}
	for _, d := range days {
		c.Labels = append(c.Labels, l.DayMonth(d.From))
		for i, n := range d.Arms {
			c.Series[i].Values = append(c.Series[i].Values, float64(n.Visitors))
		}
	}
	return chart.Bars(l, c)
}

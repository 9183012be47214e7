package abtest

import (
	"math"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// ratesChart sets the variants' conversion rates, with their intervals, under one
// another; of a goal with a value what a visitor brings.
func (r *Report) ratesChart(l i18n.Locale) chart.Chart {
	c := chart.IntervalChart{Title: l.T("abtest.chart.rates"), Desc: r.Sentence(l), Share: true, Empty: l.T("abtest.chart.rates.empty")}
	value := r.Goal.byMean()
	if value {
		c.Title, c.Share, c.Empty = l.T("abtest.chart.values", "figure", r.Goal.figure(l)), false, l.T("abtest.chart.values.empty")
	}
	for i, a := range r.Arms {
		row := chart.Row{Name: a.title(l.Lang), Value: a.rate(), Low: math.NaN(), High: math.NaN()}
		interval := a.Wilson
		if value {
			arm := r.judged().Arms[i]
			row.Value, interval = orNaN(arm.Mean), arm.MeanInterval
		}
		if interval != nil {
			row.Low, row.High = interval.Lo, interval.Hi
		}
		if value && interval != nil {
			row.Note = money(l, row.Value) + "  (" + money(l, row.Low) + " – " + money(l, row.High) + ")"
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// judged is the primary goal with the figures that the verdict rests on.
func (r *Report) judged() GoalReport {
	if len(r.GoalsAtVerdict) > 0 {
		return r.GoalsAtVerdict[0]
	}
	return r.Goals[0]
}

// mostBands is how many variants a chart shows bands of: more would hide each other.
const mostBands = 3

// leader is the variant whose band a chart of many shows beside that of control: the winner
// or, as long as no other has won, the one that is ahead of all others.
func (r *Report) leader() int {
	first, most := 1, math.Inf(-1)
	for i := 1; i < len(r.Arms); i++ {
		if r.Arms[i].Key == r.Verdict.Winner {
			return i
		}
		ahead := r.Arms[i].rate()
		if arm := r.judged().Arms[i]; arm.Mean != nil {
			ahead = *arm.Mean
		}
		if ahead > most {
			first, most = i, ahead
		}
	}
	return first
}

// trendChart shows how the rate of each variant's visitors settled, look by look. A rate
// begins where its interval says enough, and goes on from there whatever comes.
func (r *Report) trendChart(l i18n.Locale) chart.Chart {
	looks := r.daysLooks()
	c := chart.LineChart{Title: l.T("abtest.chart.trend"), Desc: l.T("abtest.chart.trend.desc"), Share: true, Empty: l.T("abtest.chart.trend.empty")}
	if r.Goal.byMean() { // the verdict is about something else
		c.Title = l.T("abtest.chart.trend.reached")
	}
	if none := r.noLooks(l); none != "" {
		c.Empty = none
	}
	leader := r.leader()
	if len(r.Arms) > mostBands {
		c.Desc += " " + l.T("abtest.chart.trend.two", "original", r.Arms[0].title(l.Lang), "leader", r.Arms[leader].title(l.Lang))
	}
	known := asKnown(looks)
	began := r.ratesBegin(known)
	for i, a := range r.Arms {
		row := chart.Series{Name: a.title(l.Lang)}
		for n, look := range known {
			rate, interval := look.rate(i)
			if n < began[i] {
				rate, interval = math.NaN(), stats.Interval{Lo: math.NaN(), Hi: math.NaN()}
			}
			row.Values = append(row.Values, rate)
			if len(r.Arms) <= mostBands || i == 0 || i == leader {
				row.Low, row.High = append(row.Low, interval.Lo), append(row.High, interval.Hi)
			}
		}
		c.Series = append(c.Series, row)
	}
	if slices.Min(began) < len(looks) {
		for _, look := range looks {
			c.Times = append(c.Times, look.At)
		}
	}
	return c
}

// rate is that of a variant at this look with its interval; NaN where there is none.
func (l *Look) rate(arm int) (float64, stats.Interval) {
	if arm < len(l.Analysis.Arms) {
		if a := l.Analysis.Arms[arm]; a.Rate != nil && a.Wilson != nil {
			return *a.Rate, *a.Wilson
		}
	}
	return math.NaN(), stats.Interval{Lo: math.NaN(), Hi: math.NaN()}
}

// How wide the interval of a rate may be where its line begins: the first visitors would
// press all days after them flat. Beside a line that has begun another may be wider, so
// that no version is missing in the picture of the others.
const (
	widestFirst = 0.35
	widestNext  = 0.5
)

// ratesBegin is from which look on the rate of each variant is drawn; the number of the
// looks where it is not.
func (r *Report) ratesBegin(looks []*Look) []int {
	began := slices.Repeat([]int{len(looks)}, len(r.Arms))
	begin := func(first int, widest float64) {
		for i := range r.Arms {
			for n := first; n < began[i]; n++ {
				if _, interval := looks[n].rate(i); interval.Hi-interval.Lo <= widest {
					began[i] = n
				}
			}
		}
	}
	begin(0, widestFirst)
	begin(slices.Min(began), widestNext)
	return began
}

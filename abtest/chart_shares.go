package abtest

import (
	"math"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// shownDays is how many days the charts by day show.
const shownDays = 35

// newest are the newest days, up to the last that brought anybody: as the tallies have
// them, so that ten million visitors are a few hundred rows. Each begins at the hour of
// the start and is called by the date on which it begins.
func (r *Report) newest() []Day { return r.Daily[max(0, len(r.Daily)-shownDays):] }

// dailyChart compares how many new visitors each variant had, day by day since the start.
func (r *Report) dailyChart(l i18n.Locale) chart.Chart {
	c := chart.BarChart{Title: l.T("abtest.chart.daily"), Empty: l.T("abtest.chart.daily.empty")}
	if overLeads(r.Surface) {
		c.Empty = l.T("abtest.chart.daily.empty.leads")
	}
	for _, a := range r.Arms {
		c.Series = append(c.Series, chart.Series{Name: a.title(l.Lang)})
	}
	if r.StartedAt != nil {
		c.Desc = l.T("abtest.chart.daily.desc", "hour", l.Clock(*r.StartedAt))
	}
	for _, d := range r.newest() {
		c.Labels = append(c.Labels, l.DayMonth(d.From))
		for i, n := range d.Arms {
			c.Series[i].Values = append(c.Series[i].Values, float64(n.Visitors))
		}
	}
	return c
}

// chanceBand is the normal quantile of the band around the design: on one day in a
// thousand chance alone leaves it.
const chanceBand = 3.29

// leastDay is how many new visitors a day needs for its shares to be drawn.
const leastDay = 10

// sharesChart shows which share of each day's new visitors every variant had, against
// the share by design and the band in which chance keeps it.
func (r *Report) sharesChart(l i18n.Locale) chart.Chart {
	c := chart.LineChart{Title: l.T("abtest.chart.shares"), Desc: l.T("abtest.chart.shares.desc"), Share: true, Empty: l.T("abtest.chart.shares.empty")}
	days := r.newest()
	drawn := 0
	for i, a := range r.Arms {
		row := chart.Series{Name: a.title(l.Lang)}
		for _, d := range days {
			share, low, high := math.NaN(), math.NaN(), math.NaN()
			expected, deviation := r.designAt(d, i)
			if n := d.visitors(); n >= leastDay {
				share = float64(d.Arms[i].Visitors) / n
				half := chanceBand * deviation
				low, high = max(0, expected-half), min(1, expected+half)
				drawn++
			}
			row.Values, row.Expected = append(row.Values, share), append(row.Expected, expected)
			if len(r.Arms) <= mostBands {
				row.Low, row.High = append(row.Low, low), append(row.High, high)
			}
		}
		c.Series = append(c.Series, row)
	}
	if drawn > 0 {
		for _, d := range days {
			c.Times = append(c.Times, d.From)
		}
	}
	return c
}

// visitors are the new ones of a day.
func (d Day) visitors() (n float64) {
	for _, a := range d.Arms {
		n += float64(a.Visitors)
	}
	return n
}

// designAt is a variant's share by design on a day, with the standard deviation that
// chance gives the share of its visitors. Where the weights changed within the day each
// regime counts by the visitors who came under it; of a day without visitors it is the
// design of its middle.
func (r *Report) designAt(d Day, arm int) (share, deviation float64) {
	n := d.visitors()
	if n == 0 {
		share = r.Arms[arm].Share
		middle := d.From.Add(day / 2)
		for i, regime := range r.Regimes {
			if (i == 0 || !middle.Before(regime.Since)) && arm < len(regime.Shares) {
				share = regime.Shares[arm]
			}
		}
		return share, 0
	}
	var variance float64
	for i, came := range d.regimes {
		p := r.Arms[arm].Share
		if i < len(r.Regimes) && arm < len(r.Regimes[i].Shares) {
			p = r.Regimes[i].Shares[arm]
		}
		share += came / n * p
		variance += came * p * (1 - p)
	}
	return share, math.Sqrt(variance) / n
}

package abtest

import (
	"html/template"

	"github.com/sarnakh/sarnakh/internal/chart"
)

// picture is a chart of the report, which can be taken away as a file.
type picture struct {
	Figure template.HTML
	SVG    string // where the file is; "" where there is nothing to take
	PNG    string // what a browser calls it once it has drawn one

	name  string
	chart chart.Chart
}

func (d *reportPage) picture(name string, c chart.Chart) picture {
	p := picture{Figure: chart.Figure(d.Locale, c), name: name, chart: c}
	if _, drawn := chart.File(d.Locale, c); drawn && !d.Sheet {
		p.SVG = "/experiments/" + d.Report.Key + "/charts/" + name + ".svg?lang=" + string(d.Lang)
		p.PNG = d.Report.Key + "-" + name + ".png"
	}
	return p
}

// draw makes the charts.
func (d *reportPage) draw() {
	r, l := d.Report, d.Locale
	d.Rates = d.picture("rates", r.ratesChart(l))
	d.Trend = d.picture("trend", r.trendChart(l))
	d.Lift = d.picture("lift", r.liftChart(l))
	d.Shares = d.picture("shares", r.sharesChart(l))
	d.Daily = d.picture("daily", r.dailyChart(l))
}

// pictures are all charts of the page.
func (d *reportPage) pictures() []picture {
	return []picture{d.Rates, d.Trend, d.Lift, d.Shares, d.Daily}
}

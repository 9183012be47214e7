package chart

import (
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// LineChart is how one or more values went over time. Times are in order and
// evenly spaced; every series has a value for each.
type LineChart struct {
	Title  string
	Desc   string // what a screen reader says after the title
	Times  []time.Time
	Series []Series
	Share  bool   // values are shares: 0.12 reads 12%
	Empty  string // the sentence shown when there are no values
}

// Line draws the chart, newest at the end of the line of text.
func Line(l i18n.Locale, chart LineChart) template.HTML { return Figure(l, chart) }

func (chart LineChart) words() (title, empty string) { return chart.Title, chart.Empty }

func (chart LineChart) draw(l i18n.Locale) *canvas {
	var lists [][]float64
	for _, s := range chart.Series {
		lists = append(lists, s.Values, s.High, s.Low, s.Expected)
	}
	low, high, ok := bounds(lists...)
	if !ok || len(chart.Times) == 0 {
		return nil
	}
	c := &canvas{locale: l}
	s := newScale(min(0, low), high, chart.Share)
	labels := timeLabels(l, chart.Times)
	n := len(labels)

	c.open("chart-plot", headroom+plotHeight+axisHeight, chart.Title, chart.Desc, chart.Series)
	c.valueAxis(s)
	c.labelAxis(labels, false)
	c.write(markup(`<svg width="100%" height="`), headroom+plotHeight, markup(`" viewBox="0 0 1000 `),
		headroom+plotHeight, markup(`" preserveAspectRatio="none">`))
	for i, row := range chart.Series {
		c.write(markup(`<g class="`), colour(i), markup(`">`))
		c.band(s, row, n)
		if len(chart.Series) == 1 && row.Low == nil {
			c.area(s, row.Values, n)
		}
		if len(row.Expected) > 0 {
			c.write(markup(`<path class="expected" d="`), c.trace(s, row.Expected, n), markup(`"/>`))
		}
		c.write(markup(`<path class="line" d="`), c.trace(s, row.Values, n), markup(`"/></g>`))
	}
	c.write(markup(`</svg>`))
	for i, row := range chart.Series {
		c.lastDot(s, row, n, colour(i))
	}
	c.hits(s, chart.Series, labels, false)
	return c
}

// point is a place in the stretched inner picture, 1000 units wide.
func (c *canvas) point(share, value float64) string {
	if c.rtl() {
		share = 1 - share
	}
	return number(1000*share) + " " + number(y(value))
}

// trace is the path through the values; a gap lifts the pen.
func (c *canvas) trace(s scale, values []float64, n int) string {
	var d strings.Builder
	pen := "M"
	for i := range min(len(values), n) {
		if math.IsNaN(values[i]) {
			pen = "M"
			continue
		}
		d.WriteString(pen + c.point(place(i, n, false), s.at(values[i])))
		pen = "L"
	}
	return d.String()
}

// band shades between Low and High; a gap ends it, as it lifts the pen of the line.
func (c *canvas) band(s scale, row Series, n int) {
	var there, back, shape string
	end := func() {
		if there != "" {
			shape += there + back + "Z"
		}
		there, back = "", ""
	}
	for i := range min(len(row.Low), len(row.High), n) {
		if math.IsNaN(row.Low[i]) || math.IsNaN(row.High[i]) {
			end()
			continue
		}
		pen := "L"
		if there == "" {
			pen = "M"
		}
		there += pen + c.point(place(i, n, false), s.at(row.High[i]))
		back = "L" + c.point(place(i, n, false), s.at(row.Low[i])) + back
	}
	end()
	if shape != "" {
		c.write(markup(`<path class="band" d="`), shape, markup(`"/>`))
	}
}

// area shades from the line down to the axis, unless the line has gaps.
func (c *canvas) area(s scale, values []float64, n int) {
	if len(values) < n || slices.ContainsFunc(values, math.IsNaN) {
		return
	}
	floor := s.at(max(s.low, 0))
	c.write(markup(`<path class="area" d="`), c.trace(s, values, n), "L", c.point(1, floor), "L",
		c.point(0, floor), markup(`Z"/>`))
}

// lastDot marks the newest value, with its interval where no band leads to it.
func (c *canvas) lastDot(s scale, row Series, n int, class string) {
	values := row.Values
	for i := min(len(values), n) - 1; i >= 0; i-- {
		if math.IsNaN(values[i]) {
			continue
		}
		at := place(i, n, false)
		if i < len(row.Low) && i < len(row.High) && (i == 0 || math.IsNaN(values[i-1])) && !math.IsNaN(row.Low[i]) && !math.IsNaN(row.High[i]) {
			c.write(markup(`<g class="`), class, markup(`">`))
			c.vertical("whisker", at, y(s.at(row.High[i])), y(s.at(row.Low[i])))
			c.write(markup(`</g>`))
		}
		c.write(markup(`<circle class="dot `), class, markup(`" r="4.5" cx="`), c.along(at),
			markup(`" cy="`), y(s.at(values[i])), markup(`"/>`))
		return
	}
}

// hits lays an invisible column over every place, which tells its values.
func (c *canvas) hits(s scale, series []Series, labels []string, centred bool) {
	n := len(labels)
	half := 0.5 / float64(max(1, n-1))
	if centred {
		half = 0.5 / float64(n)
	}
	for i := range n {
		at := place(i, n, centred)
		c.rect("hit", max(0, at-half), min(1, at+half), headroom, plotHeight, 0,
			story(c.locale, s, labels[i], series, i))
	}
}

package chart

import (
	"html/template"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// BarChart compares counts side by side: per day, per source, per step. Every
// series has a value for each label.
type BarChart struct {
	Title  string
	Desc   string
	Labels []string
	Series []Series
	Share  bool
	Empty  string // the sentence shown when every value is missing or zero
}

// Bars draws the chart with one column per label, or one group of columns when
// there are several series.
func Bars(l i18n.Locale, chart BarChart) template.HTML { return Figure(l, chart) }

func (chart BarChart) words() (title, empty string) { return chart.Title, chart.Empty }

func (chart BarChart) draw(l i18n.Locale) *canvas {
	var lists [][]float64
	for _, s := range chart.Series {
		lists = append(lists, s.Values)
	}
	low, high, ok := bounds(lists...)
	if !ok || len(chart.Labels) == 0 || low == 0 && high == 0 {
		return nil
	}
	c := &canvas{locale: l}
	s := newScale(min(0, low), max(0, high), chart.Share)
	n := len(chart.Labels)
	room := 0.68 / float64(n) // of a column's place; the rest is air
	width := room / float64(len(chart.Series))

	c.open("chart-plot", headroom+plotHeight+axisHeight, chart.Title, chart.Desc, chart.Series)
	c.valueAxis(s)
	c.labelAxis(chart.Labels, true)
	for i, row := range chart.Series {
		for j := range min(len(row.Values), n) {
			from := place(j, n, true) - room/2 + float64(i)*width
			top, foot := y(s.at(max(0, row.Values[j]))), y(s.at(min(0, row.Values[j])))
			if foot > top {
				c.rect("bar "+colour(i), from, from+width*0.94, top, foot-top, 2, "")
			}
		}
	}
	c.hits(s, chart.Series, chart.Labels, true)
	return c
}

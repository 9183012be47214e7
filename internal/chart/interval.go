package chart

import (
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Row is one estimate with the interval in which its truth may lie. Note, when
// given, replaces the numbers written at the end of the row.
type Row struct {
	Name             string
	Value, Low, High float64
	Note             string
}

// IntervalChart sets estimates under one another on one axis, so that the eye
// sees which intervals overlap.
type IntervalChart struct {
	Title     string
	Desc      string
	Rows      []Row
	Share     bool
	Reference *float64 // a dashed line, such as no difference; nil for none
	Empty     string
}

// A row has its name, its numbers below and its whisker below them, so that neither
// overprints the other however narrow the chart is. Few rows share the height of a
// plot, so that the chart fills its card beside one.
const (
	lineHeight = 20
	leastRow   = 2*lineHeight + 44
	mostRow    = 104
	nameWidth  = narrowPlot + 50 // there is no axis beside it
)

// Interval draws the chart: a dot on a whisker for each row.
func Interval(l i18n.Locale, chart IntervalChart) template.HTML { return Figure(l, chart) }

func (chart IntervalChart) words() (title, empty string) { return chart.Title, chart.Empty }

func (chart IntervalChart) draw(l i18n.Locale) *canvas {
	var all []float64
	for _, r := range chart.Rows {
		all = append(all, r.Value, r.Low, r.High)
	}
	if chart.Reference != nil && len(all) > 0 {
		all = append(all, *chart.Reference)
	}
	low, high, ok := bounds(all)
	if !ok {
		return nil
	}
	c := &canvas{locale: l}
	s := newScale(low, high, chart.Share)
	lines := 1
	for _, r := range chart.Rows {
		lines = max(lines, len(wrap(r.Name, nameWidth))+len(r.numbers(l, s))-1)
	}
	air := max(0, min(mostRow, (headroom+plotHeight)/len(chart.Rows))-leastRow)
	rowHeight := leastRow + air + (lines-1)*lineHeight
	whisker := (lines+1)*lineHeight + 18 + air/2 // below the top of its row
	bottom := rowHeight * len(chart.Rows)

	c.open("", bottom+axisHeight, chart.Title, chart.Desc, nil)
	labels := s.labels(l)
	fitting := spread(labels, widePlot+50, len(labels), false) // on a wide chart; there is no axis beside it
	for i, tick := range s.ticks {
		anchor, class := "middle", "wide-only"
		switch i {
		case 0:
			anchor, class = "start", ""
		case len(s.ticks) - 1:
			anchor, class = "end", ""
		}
		for row := range chart.Rows {
			c.vertical("gridline", s.at(tick), float64(row*rowHeight+whisker-14), float64(row*rowHeight+whisker+14))
		}
		if class == "" || slices.Contains(fitting, i) {
			c.text(class, s.at(tick), 0, bottom+16, anchor, labels[i])
		}
	}
	if chart.Reference != nil {
		c.vertical("reference", s.at(*chart.Reference), 24, float64(bottom))
	}
	for i, r := range chart.Rows {
		c.interval(s, r, i, i*rowHeight, whisker)
	}
	return c
}

// interval draws the i-th row from its top down.
func (c *canvas) interval(s scale, r Row, i, top, whisker int) {
	middle := float64(top + whisker)
	at := top + 14
	for _, line := range wrap(r.Name, nameWidth) {
		c.text("strong", 0, 0, at, "start", line)
		at += lineHeight
	}
	for _, line := range r.numbers(c.locale, s) {
		c.text("value", 0, 0, at, "start", line)
		at += lineHeight
	}
	c.write(markup(`<g class="`), colour(i), markup(`">`))
	if !math.IsNaN(r.Low) && !math.IsNaN(r.High) {
		c.rect("span", s.at(r.Low), s.at(r.High), middle-6, 12, 6, "")
		c.horizontal("whisker", s.at(r.Low), s.at(r.High), middle)
		c.vertical("cap", s.at(r.Low), middle-6, middle+6)
		c.vertical("cap", s.at(r.High), middle-6, middle+6)
	}
	if !math.IsNaN(r.Value) {
		c.write(markup(`<circle class="dot" r="6" cx="`), c.along(s.at(r.Value)), markup(`" cy="`), middle, markup(`"/>`))
	}
	c.write(markup(`</g>`))
}

// numbers are the lines below the name: the value with its interval, or each by itself where
// both are too wide for a phone.
func (r Row) numbers(l i18n.Locale, s scale) []string {
	note := r.Note
	if note == "" && !math.IsNaN(r.Value) {
		note = s.value(l, r.Value)
		if !math.IsNaN(r.Low) && !math.IsNaN(r.High) {
			note += apart + s.value(l, r.Low) + " – " + s.value(l, r.High) + ")"
		}
	}
	if value, interval, ok := strings.Cut(note, apart); ok && width(note, 13) > nameWidth {
		return []string{value, strings.TrimSpace(apart) + interval}
	}
	return []string{note}
}

// apart stands between a value and its interval.
const apart = "  ("

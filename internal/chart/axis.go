package chart

import (
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Series is one named row of values, one per time or label. NaN is a gap. Low
// and High, where given, are drawn as a band around the line; Expected, in a line
// chart, as a dashed line of the same colour.
type Series struct {
	Name      string
	Values    []float64
	Low, High []float64
	Expected  []float64
}

const (
	plotHeight = 200
	axisHeight = 30
	headroom   = 8 // keeps the topmost number inside the picture
)

// Numbers of the value axis that take more pixels than this have more room: beyond what they
// have by chart.css.
const (
	axisNumber = 48
	farther    = 28
)

// y is the pixel of a share of the vertical axis.
func y(share float64) float64 { return headroom + plotHeight*(1-share) }

// valueAxis draws the lines across the plot and their numbers beside it.
func (c *canvas) valueAxis(s scale) {
	labels := s.labels(c.locale)
	for i, tick := range s.ticks {
		class := "gridline"
		if i == 0 {
			class = "axis"
		}
		at := y(s.at(tick))
		c.horizontal(class, 0, 1, at)
		c.text("", 0, -10, int(at)+4, "end", labels[i])
		c.far = c.far || width(labels[i], 12) > axisNumber
	}
}

// labelAxis writes the labels below the plot, at most five where they stand on
// points or eight in the middle of columns, fewer where they would touch, and those
// of a narrow chart apart from those of a wide one.
func (c *canvas) labelAxis(labels []string, centred bool) {
	most := 5
	if centred {
		most = 8
	}
	less := 0.0
	if c.far {
		less = farther
	}
	wide, narrow := spread(labels, widePlot-less, most, centred), spread(labels, narrowPlot-less, most, centred)
	for i, label := range labels {
		class := ""
		switch in := slices.Contains(wide, i); {
		case in && !slices.Contains(narrow, i):
			class = "wide-only"
		case !in && slices.Contains(narrow, i):
			class = "narrow-only"
		case !in:
			continue
		}
		c.text(class, place(i, len(labels), centred), 0, headroom+plotHeight+20, anchor(i, len(labels), centred), label)
	}
}

// place is where the i-th of n values stands along the plot.
func place(i, n int, centred bool) float64 {
	switch {
	case centred:
		return (float64(i) + 0.5) / float64(n)
	case n == 1:
		return 0.5
	}
	return float64(i) / float64(n-1)
}

// timeLabels writes times as the axis shows them: hours within two days, days
// beyond.
func timeLabels(l i18n.Locale, times []time.Time) []string {
	labels := make([]string, len(times))
	write := l.DayMonth
	if len(times) > 1 && times[len(times)-1].Sub(times[0]) < 48*time.Hour {
		write = l.Clock
	}
	for i, t := range times {
		labels[i] = write(t)
	}
	return labels
}

// story lists the values at one place of the axis, shown when the reader points
// there.
func story(l i18n.Locale, s scale, label string, series []Series, i int) string {
	text := label
	for _, row := range series {
		if i >= len(row.Values) {
			continue
		}
		text += "\n"
		if row.Name != "" {
			text += row.Name + ": "
		}
		text += s.value(l, row.Values[i])
		if i < len(row.Low) && i < len(row.High) {
			text += " (" + s.value(l, row.Low[i]) + " – " + s.value(l, row.High[i]) + ")"
		}
	}
	return text
}

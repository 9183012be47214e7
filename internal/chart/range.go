package chart

import (
	"html/template"
	"math"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// RangeMark is an estimate with its interval, for a cell of a table: all marks of a table
// share From and To. What lies beyond them is cut off there; an infinite end reaches to the
// edge.
type RangeMark struct {
	Value, Low, High float64
	From, To         float64
	Label            string // what a screen reader says
}

// Range draws the mark, with a line at zero; nothing where there is no interval.
func Range(l i18n.Locale, m RangeMark) template.HTML {
	if math.IsNaN(m.Low) || math.IsNaN(m.High) || !(m.To > m.From) {
		return ""
	}
	at := func(v float64) float64 { return (max(m.From, min(v, m.To)) - m.From) / (m.To - m.From) }
	const middle = 10
	c := &canvas{locale: l}
	c.write(markup(`<svg class="range s1" role="img" width="100%" height="20" direction="`), l.Dir(), markup(`" aria-label="`), m.Label, markup(`">`))
	c.vertical("reference", at(0), 0, 2*middle)
	c.rect("span", at(m.Low), at(m.High), middle-4, 8, 4, "")
	c.horizontal("whisker", at(m.Low), at(m.High), middle)
	for _, end := range []float64{m.Low, m.High} {
		if end >= m.From && end <= m.To {
			c.vertical("cap", at(end), middle-4, middle+4)
		}
	}
	if m.Value >= m.From && m.Value <= m.To {
		c.write(markup(`<circle class="dot" r="4.5" cx="`), c.along(at(m.Value)), markup(`" cy="`), middle, markup(`"/>`))
	}
	c.write(markup(`</svg>`))
	return template.HTML(c.String())
}

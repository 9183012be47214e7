package chart

import (
	"html/template"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Chart is what can be drawn: a LineChart, a BarChart, an IntervalChart or a
// FunnelChart.
type Chart interface {
	// draw is nil where there is nothing to show.
	draw(l i18n.Locale) *canvas
	// words are the title, and the sentence that stands in for an empty chart.
	words() (title, empty string)
}

// Figure draws a chart for a page, as wide as its room; the sentence of an empty one
// where there is nothing to show.
func Figure(l i18n.Locale, chart Chart) template.HTML {
	c := chart.draw(l)
	if c == nil {
		return empty(chart.words())
	}
	return c.figure()
}

// label is what a screen reader says of the picture.
func (c *canvas) label() string { return strings.Trim(c.title+". "+c.desc, ". ") }

// figure is the picture for a page: with title and legend above it.
func (c *canvas) figure() template.HTML {
	f := &canvas{}
	f.write(markup(`<figure class="chart">`))
	if c.title != "" || len(c.legend) > 1 {
		f.write(markup(`<figcaption class="chart-head">`))
		if c.title != "" {
			f.write(markup(`<span class="chart-title">`), c.title, markup(`</span>`))
		}
		if len(c.legend) > 1 {
			f.write(markup(`<ul class="legend">`))
			for i, s := range c.legend {
				f.write(markup(`<li class="`), colour(i), markup(`"><span>`), s.Name, markup(`</span></li>`))
			}
			f.write(markup(`</ul>`))
		}
		f.write(markup(`</figcaption>`))
	}
	f.write(markup(`<svg role="img"`))
	if c.class != "" {
		class := c.class
		if c.far {
			class += " far"
		}
		f.write(markup(` class="`), class, markup(`"`))
	}
	f.write(markup(` width="100%" height="`), c.height, markup(`" direction="`), c.locale.Dir(),
		markup(`" aria-label="`), c.label(), markup(`">`), markup(c.String()), markup(`</svg></figure>`))
	return template.HTML(f.String())
}

// empty stands in for a chart that has nothing to show yet.
func empty(title, words string) template.HTML {
	c := &canvas{}
	c.write(markup(`<figure class="chart">`))
	if title != "" {
		c.write(markup(`<figcaption class="chart-head"><span class="chart-title">`), title, markup(`</span></figcaption>`))
	}
	c.write(markup(`<p class="chart-empty">`), words, markup(`</p></figure>`))
	return template.HTML(c.String())
}

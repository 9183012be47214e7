package chart

import (
	"html/template"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Spark draws a small line for a statistic's card, without axes or words; label
// says in words what it shows. Fewer than two values draw nothing.
func Spark(l i18n.Locale, values []float64, label string) template.HTML {
	low, high, ok := bounds(values)
	if !ok || len(values) < 2 {
		return ""
	}
	c := &canvas{locale: l}
	s := newScale(min(0, low), max(high, 0), false)
	n := len(values)
	c.write(markup(`<svg class="spark" role="img" viewBox="0 0 1000 `), headroom+plotHeight,
		markup(`" preserveAspectRatio="none" aria-label="`), label, markup(`">`))
	c.area(s, values, n)
	c.write(markup(`<path class="line" d="`), c.trace(s, values, n), markup(`"/></svg>`))
	return template.HTML(c.String())
}

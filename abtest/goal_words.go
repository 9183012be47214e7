package abtest

import (
	"cmp"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// figure names what is counted of a goal: a rate, what a visitor brings, or a ratio.
func (g *Goal) figure(l i18n.Locale) string {
	switch g.Kind {
	case OfValue:
		return l.T("abtest.col.mean")
	case OfRatio:
		if own := g.Property == "" && g.Per == g.Event; own { // a part of the same events
			return title(g.Key, g.Name, l.Lang)
		}
		return cmp.Or(g.Name.In(l.Lang), g.ratio(l))
	}
	return l.T("abtest.col.rate")
}

// ratio says what is divided by what.
func (g *Goal) ratio(l i18n.Locale) string {
	return l.T("abtest.goal.ratio", "top", l.Iso(cmp.Or(g.Property, g.Event)), "below", l.Iso(g.below()))
}

// below is the event that a ratio is divided by.
func (g *Goal) below() string { return cmp.Or(g.Per, g.Event) }

// measured names what a verdict is about, where it is no rate: by the goal's own name if it
// has one.
func (g *Goal) measured(l i18n.Locale) string {
	if name := g.Name.In(l.Lang); name != "" {
		return l.T("abtest.quoted", "name", name)
	}
	return g.figure(l)
}

// nobody says what to look at when nobody reaches a goal: a name written otherwise than the
// site does counts nothing, and says nothing.
func (d *reportPage) nobody(g Goal) string {
	event := d.Iso(g.Event)
	if g.Per != "" {
		event = d.list([]string{event, d.Iso(g.Per)})
	}
	if g.Property != "" {
		return d.T("abtest.goal.nobody.value", "event", event, "property", d.Iso(g.Property))
	}
	return d.T("abtest.goal.nobody", "event", event)
}

// goalWords say what is counted: the event, its properties, for how long, and at what
// value it is held down.
func (d *reportPage) goalWords(g Goal) string {
	event, below := d.Iso(g.Event)+conditions.SayProperties(d.Locale, g.Where), d.Iso(g.Per)+conditions.SayProperties(d.Locale, g.PerWhere)
	if g.Per == "" {
		below = event
	}
	var said string
	switch {
	case g.Kind == OfValue:
		said = d.T("abtest.goal.adds", "event", event, "property", d.Iso(g.Property))
	case g.Kind == OfRatio && g.Property != "":
		said = d.T("abtest.goal.divides.sum", "event", event, "property", d.Iso(g.Property), "below", below)
	case g.Kind == OfRatio:
		said = d.T("abtest.goal.divides.count", "event", event, "below", below)
	default:
		said = d.T("abtest.goal.counts", "event", event)
	}
	if g.Window > 0 {
		said += " " + d.T("abtest.goal.window", "window", d.Span(g.Window.Duration()))
	} else {
		said += " " + d.T("abtest.goal.no_window")
	}
	if g.Cap > 0 {
		said += " " + d.T("abtest.goal.cap", "cap", d.Decimal(100*g.Cap, 1))
	}
	if g.Better == Less {
		said += " " + d.T("abtest.goal.less")
	}
	return said
}

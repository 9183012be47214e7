package offers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// words says conditions and decisions as a person would, in the reader's language.
type words struct {
	i18n.Locale
	catalog *i18n.Catalog
}

func (p pages) words(page web.Page) words {
	return words{page.Locale, p.kit.Templates.Catalog()}
}

// condition says who fulfils it.
func (w words) condition(c *conditions.Condition) string {
	switch {
	case c == nil:
		return w.T("offers.cond.everybody")
	case c.All != nil:
		return w.joined(c.All, "offers.cond.and")
	case c.Any != nil:
		return w.joined(c.Any, "offers.cond.or")
	case c.Not != nil:
		return w.T("offers.cond.not", "what", w.condition(c.Not))
	case c.Field != "":
		return w.field(c)
	case c.Event != "":
		return w.event(c)
	case c.Points != nil:
		return w.T("offers.cond.points", "n", *c.Points)
	}
	return w.T("offers.cond.everybody")
}

// joined says the parts of all or any; parts that are made of parts get brackets.
func (w words) joined(parts []conditions.Condition, word string) string {
	said := make([]string, len(parts))
	for i, part := range parts {
		said[i] = w.condition(&part)
		if len(part.All) > 1 || len(part.Any) > 1 {
			said[i] = "(" + said[i] + ")"
		}
	}
	return strings.Join(said, " "+w.T(word)+" ")
}

func (w words) field(c *conditions.Condition) string {
	switch {
	case c.Known != nil && *c.Known:
		return w.T("offers.cond.known", "field", c.Field)
	case c.Known != nil:
		return w.T("offers.cond.unknown", "field", c.Field)
	case c.Contains != "":
		return w.T("offers.cond.contains", "field", c.Field, "value", c.Contains)
	case c.OneOf != nil:
		values := make([]string, len(c.OneOf))
		for i, v := range c.OneOf {
			values[i] = w.value(v)
		}
		return w.T("offers.cond.one_of", "field", c.Field, "values", strings.Join(values, w.T("offers.cond.comma")+" "))
	}
	return w.T("offers.cond.is", "field", c.Field, "value", w.value(c.Is))
}

// value says a number in the reader's digits, and anything else as it is.
func (w words) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return w.T("word.yes")
		}
		return w.T("word.no")
	}
	return w.Num(v)
}

func (w words) event(c *conditions.Condition) string {
	name := c.Event
	// The events of our own have names in both languages.
	if key := "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_"); w.catalog.Has(key) {
		name = w.T(key)
	}
	what := w.T("offers.cond.event", "n", max(c.Times, 1), "event", name)
	if len(c.Where) > 0 {
		var where []string
		for _, name := range slices.Sorted(maps.Keys(c.Where)) {
			where = append(where, w.Iso(fmt.Sprintf("%s = %s", name, w.value(c.Where[name]))))
		}
		what = w.T("offers.cond.event.where", "what", what, "where", strings.Join(where, w.T("offers.cond.comma")+" "))
	}
	if c.Within > 0 {
		what = w.T("offers.cond.event.within", "what", what, "within", c.Within.Duration())
	}
	return what
}

// why says what a decision was and what it hung on.
func (w words) why(d *Decision) string {
	switch d.Outcome {
	case OutcomeNotEligible:
		return w.T("offers.why.not_eligible", "condition", w.condition(d.Failed))
	case OutcomeSurpassed:
		return w.T("offers.why.surpassed", "offer", d.Better)
	}
	return w.T("offers.why." + d.Outcome)
}

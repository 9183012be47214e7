package offers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// inWords says a condition as a person would.
func inWords(l i18n.Locale, c *conditions.Condition) string {
	switch {
	case c == nil:
		return l.T("offers.cond.everybody")
	case c.All != nil:
		return joined(l, c.All, "offers.cond.and")
	case c.Any != nil:
		return joined(l, c.Any, "offers.cond.or")
	case c.Not != nil:
		return l.T("offers.cond.not", "what", inWords(l, c.Not))
	case c.Field != "":
		return fieldInWords(l, c)
	case c.Event != "":
		return eventInWords(l, c)
	case c.Points != nil:
		return l.T("offers.cond.points", "n", *c.Points)
	}
	return l.T("offers.cond.everybody")
}

// joined says the parts of all or any; parts that are made of parts get brackets.
func joined(l i18n.Locale, parts []conditions.Condition, word string) string {
	said := make([]string, len(parts))
	for i, part := range parts {
		said[i] = inWords(l, &part)
		if len(part.All) > 1 || len(part.Any) > 1 {
			said[i] = "(" + said[i] + ")"
		}
	}
	return strings.Join(said, " "+l.T(word)+" ")
}

func fieldInWords(l i18n.Locale, c *conditions.Condition) string {
	switch {
	case c.Known != nil && *c.Known:
		return l.T("offers.cond.known", "field", c.Field)
	case c.Known != nil:
		return l.T("offers.cond.unknown", "field", c.Field)
	case c.Contains != "":
		return l.T("offers.cond.contains", "field", c.Field, "value", c.Contains)
	case c.OneOf != nil:
		values := make([]string, len(c.OneOf))
		for i, v := range c.OneOf {
			values[i] = fmt.Sprint(v)
		}
		return l.T("offers.cond.one_of", "field", c.Field, "values", strings.Join(values, l.T("offers.cond.comma")+" "))
	}
	return l.T("offers.cond.is", "field", c.Field, "value", fmt.Sprint(c.Is))
}

func eventInWords(l i18n.Locale, c *conditions.Condition) string {
	what := l.T("offers.cond.event", "n", max(c.Times, 1), "event", c.Event)
	if len(c.Where) > 0 {
		var where []string
		for _, name := range slices.Sorted(maps.Keys(c.Where)) {
			where = append(where, fmt.Sprintf("%s = %v", name, c.Where[name]))
		}
		what = l.T("offers.cond.event.where", "what", what, "where", l.Iso(strings.Join(where, ", ")))
	}
	if c.Within > 0 {
		what = l.T("offers.cond.event.within", "what", what, "within", c.Within.Duration())
	}
	return what
}

// why says a decision as a person would.
func why(l i18n.Locale, d *Decision) string {
	switch d.Outcome {
	case OutcomeNotEligible:
		return l.T("offers.why.not_eligible", "condition", inWords(l, d.Failed))
	case OutcomeSurpassed:
		return l.T("offers.why.surpassed", "offer", d.Better)
	}
	return l.T("offers.why." + d.Outcome)
}

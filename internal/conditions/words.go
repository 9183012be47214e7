package conditions

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Say puts the condition into the reader's words.
func (c Condition) Say(l i18n.Locale) string {
	switch {
	case c.All != nil:
		return join(l, c.All, "conditions.and")
	case c.Any != nil:
		return join(l, c.Any, "conditions.or")
	case c.Not != nil:
		return l.T("conditions.not", "what", c.Not.Say(l))
	case c.Field != "":
		return c.sayField(l)
	case c.Event != "":
		text := sayEvent(l, c.Event, c.Properties)
		if c.Times > 1 {
			text += " " + l.T("conditions.times", "n", c.Times)
		}
		if c.Within > 0 {
			text += " " + l.T("conditions.within", "span", c.Within.Duration())
		}
		return text
	case c.Points != nil:
		return l.T("conditions.points", "n", *c.Points)
	}
	return l.T("conditions.everybody")
}

// join says the parts of all or any; parts that are made of parts get brackets.
func join(l i18n.Locale, parts []Condition, with string) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = p.Say(l)
		if len(p.All)+len(p.Any) > 1 {
			words[i] = "(" + words[i] + ")"
		}
	}
	return strings.Join(words, " "+l.T(with)+" ")
}

func (c Condition) sayField(l i18n.Locale) string {
	switch {
	case c.Known != nil && *c.Known:
		return l.T("conditions.known", "field", c.Field)
	case c.Known != nil:
		return l.T("conditions.unknown", "field", c.Field)
	case c.Contains != "":
		return l.T("conditions.contains", "field", c.Field, "value", c.Contains)
	case c.OneOf != nil:
		values := make([]string, len(c.OneOf))
		for i, v := range c.OneOf {
			values[i] = sayValue(l, v)
		}
		return l.T("conditions.one_of", "field", c.Field, "values", strings.Join(values, l.T("conditions.comma")))
	}
	return l.T("conditions.is", "field", c.Field, "value", sayValue(l, c.Is))
}

// SayEvent names an event, with the properties asked for: "Filled in a form (form:
// guide)". The events of our own have names in both languages, others their own.
func SayEvent(l i18n.Locale, name string, where map[string]any) string {
	properties, err := ReadProperties(where)
	if err != nil {
		properties = nil // refused when it was written; the name still says the most
	}
	return sayEvent(l, name, properties)
}

func sayEvent(l i18n.Locale, name string, where Properties) string {
	text := l.Iso(name)
	if key := "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_"); l.Has(key) {
		text = l.T(key)
	}
	if len(where) == 0 {
		return text
	}
	var parts []string
	for _, property := range slices.Sorted(maps.Keys(where)) {
		parts = append(parts, l.Iso(property+": "+sayValue(l, where[property].Is)))
	}
	return text + " (" + strings.Join(parts, l.T("conditions.comma")) + ")"
}

func sayValue(l i18n.Locale, v any) string {
	switch v := v.(type) {
	case string:
		return l.Iso(v)
	case float64, int, int64, uint64:
		return l.Num(v)
	case bool:
		if v {
			return l.T("word.yes")
		}
		return l.T("word.no")
	}
	return l.Iso(fmt.Sprint(v))
}

package conditions

import (
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Names are what people call things that conditions name by a key, in the reader's
// language. What is not among them is called by its key; the fields that every lead
// has need no name here.
type Names struct {
	Fields   map[string]string
	Segments map[string]string
	// Variants are those of experiments, by "experiment/variant".
	Variants map[string]VariantName
}

// VariantName is what people call an experiment and one of its variants.
type VariantName struct{ Experiment, Variant string }

// Say puts the condition into the reader's words.
func (c Condition) Say(l i18n.Locale) string { return c.SayWith(l, Names{}) }

// SayWith is Say with names for what has one.
func (c Condition) SayWith(l i18n.Locale, names Names) string {
	return speaker{l, names}.say(c, false)
}

// SayEvent names an event, with the properties asked for: "Filled in a form (form:
// guide)". The events of our own have names in both languages, others their own.
func SayEvent(l i18n.Locale, name string, where map[string]any) string {
	return speaker{Locale: l}.event(name, nil) + SayProperties(l, where)
}

// SayProperties are the properties asked for of an event, in brackets and with a space
// before them: " (form: guide)"; "" for none.
func SayProperties(l i18n.Locale, where map[string]any) string {
	properties, err := ReadProperties(where)
	if err != nil {
		return "" // refused when it was written
	}
	return speaker{Locale: l}.properties(properties)
}

// FieldName is what a field is called: those that every lead has have names in both
// languages, others are called by their key.
func FieldName(l i18n.Locale, field string) string {
	if key := "conditions.field." + field; l.Has(key) {
		return l.T(key)
	}
	return l.Iso(field)
}

// FieldLabel is FieldName where it stands by itself, in a list of fields.
func FieldLabel(l i18n.Locale, field string) string {
	if key := "conditions.label." + field; l.Has(key) {
		return l.T(key)
	}
	return FieldName(l, field)
}

// speaker says things in one language, with names.
type speaker struct {
	i18n.Locale
	names Names
}

// tell is the message of a leaf, or that of its opposite.
func (s speaker) tell(negated bool, key string, args ...any) string {
	if negated {
		key = "not." + key
	}
	return s.T("conditions."+key, args...)
}

func (s speaker) say(c Condition, negated bool) string {
	switch {
	case c.All != nil:
		return s.join(c.All, "and", "everybody", negated)
	case c.Any != nil:
		return s.join(c.Any, "or", "nobody", negated)
	case c.Not != nil:
		return s.say(*c.Not, !negated)
	case c.Field != "":
		return s.test(s.field(c.Field), c.Field, c.Test, negated)
	case c.Event != "":
		return s.happened(c, negated)
	case c.Consent != "":
		purpose, channel, one := strings.Cut(c.Consent, "/")
		if one {
			return s.tell(negated, "consent.channel", "purpose", s.word("purpose", purpose), "channel", s.word("value", channel))
		}
		return s.tell(negated, "consent", "purpose", s.word("purpose", purpose))
	case c.Variant != "":
		experiment, variant, _ := strings.Cut(c.Variant, "/")
		if called, ok := s.names.Variants[c.Variant]; ok {
			return s.tell(negated, "variant", "experiment", s.quote(called.Experiment), "variant", s.quote(called.Variant))
		}
		return s.tell(negated, "variant", "experiment", s.Iso(experiment), "variant", s.Iso(variant))
	case c.Tag != "":
		return s.tell(negated, "tag", "tag", s.quote(c.Tag))
	case c.Segment != "":
		return s.tell(negated, "segment", "segment", s.segment(c.Segment))
	case c.Grade != "":
		return s.tell(negated, "grade", "grade", s.quote(c.Grade))
	case c.Points != nil:
		return s.tell(negated, "points", "n", *c.Points)
	case c.Score != nil:
		return s.tell(negated, "score", "value", s.Num(*c.Score))
	}
	return s.empty("everybody", negated)
}

// empty says who is meant where nothing is asked.
func (s speaker) empty(who string, negated bool) string {
	if negated == (who == "everybody") {
		return s.T("conditions.nobody")
	}
	return s.T("conditions.everybody")
}

// join says the parts of all or any; parts that are made of parts get brackets.
func (s speaker) join(parts []Condition, with, none string, negated bool) string {
	switch {
	case len(parts) == 0:
		return s.empty(none, negated)
	case len(parts) == 1:
		return s.say(parts[0], negated)
	case negated:
		return s.T("conditions.not", "what", s.join(parts, with, none, false))
	}
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = s.say(p, false)
		if len(p.All)+len(p.Any) > 1 {
			words[i] = "(" + words[i] + ")"
		}
	}
	return strings.Join(words, " "+s.T("conditions."+with)+" ")
}

func (s speaker) happened(c Condition, negated bool) string {
	key := "event"
	if c.Times > 1 {
		key += ".times"
	}
	if c.Within > 0 {
		key += ".within"
	}
	return s.tell(negated, key, "what", s.event(c.Event, c.Properties), "times", s.Num(c.Times), "span", c.Within.Duration())
}

func (s speaker) event(name string, where Properties) string {
	text := s.Iso(name)
	if key := "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_"); s.Has(key) {
		text = s.T(key)
	}
	return text + s.properties(where)
}

// properties are those asked for, in brackets; "" for none.
func (s speaker) properties(where Properties) string {
	if len(where) == 0 {
		return ""
	}
	var parts []string
	for _, property := range slices.Sorted(maps.Keys(where)) {
		if value, ok := where[property].short(); ok {
			parts = append(parts, s.Iso(property+": "+s.plain(property, value)))
			continue
		}
		parts = append(parts, s.test(s.Iso(property), property, Test(where[property]), false))
	}
	return " (" + strings.Join(parts, s.T("conditions.comma")) + ")"
}

func (s speaker) field(name string) string {
	if called := s.names.Fields[name]; called != "" {
		return s.Iso(called)
	}
	return FieldName(s.Locale, name)
}

func (s speaker) segment(key string) string {
	if called := s.names.Segments[key]; called != "" {
		return s.quote(called)
	}
	return s.quote(key)
}

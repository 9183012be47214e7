package conditions

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// test says what is asked of a value that is called name and has this key.
func (s speaker) test(name, key string, t Test, negated bool) string {
	switch {
	case t.Known != nil && *t.Known != negated:
		return s.T("conditions.known", "field", name)
	case t.Known != nil:
		return s.T("conditions.unknown", "field", name)
	case t.Contains != "":
		return s.tell(negated, "contains", "field", name, "value", s.quote(t.Contains))
	case t.StartsWith != "":
		return s.tell(negated, "starts_with", "field", name, "value", s.quote(t.StartsWith))
	case t.OneOf != nil && len(t.OneOf) == 0:
		return s.empty("nobody", negated)
	case t.OneOf != nil:
		values := make([]string, len(t.OneOf))
		for i, v := range t.OneOf {
			values[i] = s.value(key, v)
		}
		return s.tell(negated, "one_of", "field", name, "values", strings.Join(values, s.T("conditions.comma")))
	case t.Within != 0:
		return s.tell(negated, "lies_within", "field", name, "span", t.Within.Duration())
	case t.AtLeast != nil || t.AtMost != nil:
		return s.ends(name, t, negated)
	}
	return s.tell(negated, "is", "field", name, "value", s.value(key, t.Is))
}

// ends says from where to where; of a date "from … on" and not "at least".
func (s speaker) ends(name string, t Test, negated bool) string {
	low, dated := s.limit(t.AtLeast)
	high, until := s.limit(t.AtMost)
	key := "between"
	switch {
	case t.AtMost == nil:
		key = "at_least"
	case t.AtLeast == nil:
		key = "at_most"
	}
	if dated || until {
		key += ".date"
	}
	return s.tell(negated, key, "field", name, "low", low, "high", high)
}

// limit says an end of a range, and whether it is a date.
func (s speaker) limit(v any) (text string, date bool) {
	l, ok := readLimit(v)
	switch {
	case v == nil:
		return "", false
	case !ok:
		return s.Iso(fmt.Sprint(v)), false
	case l.kind == limitDay:
		return s.day(l.day), true
	case l.kind == limitInstant:
		return s.DateTime(l.at), true
	}
	return s.Num(l.number), false
}

// day writes a civil date, which is the same in every zone.
func (s speaker) day(day int64) string {
	l := s.Locale
	l.Zone = time.UTC
	return l.Date(time.Unix(day*24*60*60, 0))
}

// choices are the fields whose values are words of ours.
var choices = []string{"stage", "relation", "channel", "language"}

// value says a value of a field: a text in quotation marks, a number in the reader's
// digits.
func (s speaker) value(field string, v any) string {
	text, ok := plain(v).(string)
	if !ok {
		return s.plain(field, v)
	}
	if said := s.plain(field, v); said != s.Iso(text) {
		return said
	}
	return s.quote(text)
}

// plain is value without quotation marks.
func (s speaker) plain(field string, v any) string {
	switch v := plain(v).(type) {
	case string:
		if slices.Contains(choices, field) {
			return s.word("value", v)
		}
		if day, ok := parseDay(v); ok {
			return s.day(day)
		}
		if at, ok := parseInstant(v); ok {
			return s.DateTime(at)
		}
		return s.Iso(v)
	case float64:
		return s.Num(v)
	case bool:
		if v {
			return s.T("word.yes")
		}
		return s.T("word.no")
	}
	return s.Iso(fmt.Sprint(v))
}

// word is our own word for something, if there is one.
func (s speaker) word(of, name string) string {
	if key := "conditions." + of + "." + foldText(name); s.Has(key) {
		return s.T(key)
	}
	return s.Iso(name)
}

func (s speaker) quote(text string) string { return s.T("conditions.quote", "text", s.Iso(text)) }

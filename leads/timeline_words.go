package leads

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// label is what a field is called: one that every lead has by the catalogue of words,
// one that was declared by its label, else what a form asks, else the name.
func (t *teller) label(name string) string {
	if slices.Contains(BuiltIn, name) {
		return t.T("leads." + name)
	}
	if _, ok := t.fields.Find(name); ok {
		return t.fields.Label(name, t.Lang)
	}
	return t.title("field", name)
}

// value is a field's value as a person reads it: options by their labels, dates and
// numbers in the reader's own way. Empty when there is none.
func (t *teller) value(name string, value any) string {
	text, isText := value.(string)
	switch {
	case value == nil:
		return ""
	case isText && slices.Contains([]string{"stage", "relation", "channel"}, name):
		if key := "leads." + name + "." + text; t.Has(key) {
			return t.T(key)
		}
	case isText && name == "country":
		return countryName(t.Lang, text)
	case isText && name == "language":
		return languageName(t.Lang, text)
	case isText && name == "phone":
		return text
	}
	if f, ok := t.fields.Find(name); ok {
		if list, many := value.([]any); many {
			labels := make([]string, len(list))
			for i, v := range list {
				labels[i] = t.optionLabel(f, v)
			}
			return strings.Join(labels, t.T("leads.comma"))
		}
		if f.isChoice() {
			return t.optionLabel(f, value)
		}
		if f.Type == FieldText || f.Type == FieldURL {
			return fmt.Sprint(value)
		}
	} else if isText {
		if title := t.desk.title(t.ctx, "option", name+"/"+text, t.Lang); title != "" {
			return title
		}
	}
	return t.plain(value)
}

func (t *teller) optionLabel(f *Field, value any) string {
	text, _ := value.(string)
	for _, o := range f.Options {
		if o.Value == text {
			return o.Label.In(t.Lang)
		}
	}
	return t.plain(value)
}

// plain is any value as a person reads it.
func (t *teller) plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return t.T("word.yes")
		}
		return t.T("word.no")
	case float64:
		return t.Num(v)
	case string:
		if day, err := time.Parse(time.DateOnly, v); err == nil {
			return t.Date(day)
		}
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return t.DateTime(at)
		}
		return clip(v, shownLength)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = t.plain(e)
		}
		return clip(strings.Join(parts, t.T("leads.comma")), shownLength)
	case map[string]any:
		if raw, err := json.Marshal(v); err == nil {
			return clip(string(raw), shownLength)
		}
	}
	return fmt.Sprint(value)
}

// shownLength is how much of a long text a line of the timeline shows, in characters.
const shownLength = 300

package i18n

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Locale is one reader's language, time zone and the catalogue: what a page
// needs to speak. It is small and copied freely. The zero value speaks English
// in UTC and knows no messages.
type Locale struct {
	Lang    Lang
	Zone    *time.Location // nil is UTC
	catalog *Catalog
}

// Locale is the catalogue as read in lang by someone in zone (nil is UTC).
func (c *Catalog) Locale(lang Lang, zone *time.Location) Locale {
	return Locale{Lang: lang, Zone: zone, catalog: c}
}

// With is the same reader's locale in another language.
func (l Locale) With(lang Lang) Locale {
	l.Lang = lang
	return l
}

// Has reports whether T would find the key.
func (l Locale) Has(key string) bool { return l.catalog != nil && l.catalog.Has(key) }

// Dir is the writing direction: "rtl" or "ltr".
func (l Locale) Dir() string { return l.Lang.Dir() }

// T is the message of the key in the reader's language. Arguments come as name
// and value in turn:
//
//	l.T("leads.imported", "n", 3, "file", "may.csv")
//
// Numbers are written in the reader's digits, times as dates, durations in
// words, and text of the other direction is isolated. The argument named n chooses between key.one and
// key.other. An unknown key comes back as ⟦key⟧, so that a test can catch it.
func (l Locale) T(key string, args ...any) string {
	text, ok := l.find(key, args)
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", l.show(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (l Locale) find(key string, args []any) (string, bool) {
	if l.catalog == nil {
		return "", false
	}
	if m, ok := l.catalog.messages[key]; ok {
		return m.text[l.lang()], true
	}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "n" && fmt.Sprint(args[i+1]) == "1" {
			if m := l.catalog.messages[key+one]; m.text[l.lang()] != "" {
				return m.text[l.lang()], true
			}
		}
	}
	m, ok := l.catalog.messages[key+other]
	return m.text[l.lang()], ok
}

func (l Locale) show(value any) string {
	switch v := value.(type) {
	case time.Time:
		return l.Date(v)
	case time.Duration:
		return l.Span(v)
	case Text:
		return l.isolateForeign(v.In(l.lang()))
	case fmt.Stringer:
		return l.isolateForeign(v.String())
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		return l.isolateForeign(v.String())
	}
	return l.Num(value)
}

func (l Locale) lang() Lang {
	if l.Lang == Persian {
		return Persian
	}
	return English
}

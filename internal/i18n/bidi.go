package i18n

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

const (
	firstStrong = "\u2068"
	popIsolate  = "\u2069"
)

// Iso wraps text in Unicode isolates, so that an e-mail address in a Persian
// line, or a Persian name in an English one, does not reorder its neighbours.
func (l Locale) Iso(text string) string {
	if text == "" {
		return ""
	}
	return firstStrong + text + popIsolate
}

// isolateForeign isolates text only where its direction differs from the
// page's, so that most messages stay free of invisible characters. Groups of
// digits, as of a telephone number, are read from left to right everywhere.
func (l Locale) isolateForeign(text string) string {
	dir := Direction(text)
	if dir == "" && strings.ContainsAny(text, "+-() ") && !strings.ContainsFunc(text, notOfNumber) {
		dir = "ltr"
	}
	if dir != "" && dir != l.Dir() {
		return l.Iso(text)
	}
	return text
}

// notOfNumber says that a letter is none of a telephone number.
func notOfNumber(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune("+-()./ ", r) }

// Direction is "rtl" or "ltr" after the first letter that has one, "" when no
// letter has. A form field or a quoted reply takes its dir attribute from it.
func Direction(text string) string {
	for _, r := range text {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L:
			return "ltr"
		case bidi.R, bidi.AL:
			return "rtl"
		}
	}
	return ""
}

package i18n

import (
	"strings"

	"golang.org/x/text/language"
)

// Lang is a language that Sarnakh speaks.
type Lang string

const (
	Persian Lang = "fa"
	English Lang = "en"
)

// Langs lists every language, in the order in which switches show them.
var Langs = []Lang{Persian, English}

// Parse accepts "fa", "en" and tags that begin with them ("fa-IR", "en_GB") in
// any case. It reports false for anything else.
func Parse(s string) (Lang, bool) {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"), "-")
	for _, lang := range Langs {
		if strings.EqualFold(base, string(lang)) {
			return lang, true
		}
	}
	return "", false
}

// Name is the language's name in itself, as a language switch shows it.
func (l Lang) Name() string {
	if l == Persian {
		return "فارسی"
	}
	return "English"
}

// Dir is the writing direction: "rtl" or "ltr".
func (l Lang) Dir() string {
	if l == Persian {
		return "rtl"
	}
	return "ltr"
}

var matchTags = []language.Tag{language.Persian, language.English}

// Negotiate picks the language for an Accept-Language header: the reader's most
// wanted one among ours, def when none is wanted or the header makes no sense.
func Negotiate(acceptLanguage string, def Lang) Lang {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return def
	}
	_, index, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return def
	}
	lang, ok := Parse(matchTags[index].String())
	if !ok {
		return def
	}
	return lang
}

var matcher = language.NewMatcher(matchTags)

package leads

import (
	"encoding/json"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// parse turns what somebody typed, or what a file holds, into a value of the field's
// type. message is empty, or the catalogue key of what is wrong. Nothing typed is no
// value: nil.
func (f *Field) parse(raw string) (value any, message string) {
	if strings.ContainsRune(raw, 0) || !utf8.ValidString(raw) {
		return nil, "errors.characters"
	}
	raw = visible(strings.ReplaceAll(raw, "\r\n", "\n"))
	if raw == "" {
		return nil, ""
	}
	switch f.Type {
	case FieldNumber:
		return f.parseNumber(raw)
	case FieldYesNo:
		return parseYesNo(raw)
	case FieldDate:
		return parseDate(raw)
	case FieldChoice:
		o, ok := f.option(raw)
		if !ok {
			return nil, "errors.choice"
		}
		return o.Value, ""
	case FieldChoices:
		return f.choose(splitChoices(f, raw))
	}
	if n := f.maxLength(); utf8.RuneCountInString(raw) > n {
		return nil, "errors.max=" + strconv.Itoa(n)
	}
	if f.Type == FieldURL {
		u, err := url.Parse(raw)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, "errors.url"
		}
	}
	return raw, ""
}

// check brings a value of JSON to the field's type: texts are read as if they were
// typed. nil and empty are no value.
func (f *Field) check(value any) (any, string) {
	switch v := value.(type) {
	case nil:
		return nil, ""
	case string:
		return f.parse(v)
	case bool:
		if f.Type == FieldYesNo {
			return v, ""
		}
	case float64:
		return f.checkNumber(v)
	case int:
		return f.checkNumber(float64(v))
	case int64:
		return f.checkNumber(float64(v))
	case json.Number:
		return f.parse(v.String())
	case []string:
		if f.Type == FieldChoices {
			return f.choose(v)
		}
	case []any:
		if f.Type != FieldChoices {
			break
		}
		texts := make([]string, len(v))
		for i, element := range v {
			text, ok := element.(string)
			if !ok {
				return nil, "errors.type"
			}
			texts[i] = text
		}
		return f.choose(texts)
	}
	return nil, "errors.type"
}

// checkNumber takes a number where it is one, or can stand for a choice or a text.
func (f *Field) checkNumber(n float64) (any, string) {
	switch f.Type {
	case FieldNumber:
		return f.bound(n)
	case FieldText, FieldChoice:
		return f.parse(strconv.FormatFloat(n, 'f', -1, 64))
	case FieldYesNo:
		if n == 0 || n == 1 {
			return n == 1, ""
		}
	}
	return nil, "errors.type"
}

// choose returns the options of these texts, each once and in the field's own order.
func (f *Field) choose(texts []string) (any, string) {
	chosen := map[string]bool{}
	for _, text := range texts {
		if visible(text) == "" {
			continue
		}
		o, ok := f.option(visible(text))
		if !ok {
			return nil, "errors.choice"
		}
		chosen[o.Value] = true
	}
	var values []any
	for _, o := range f.Options {
		if chosen[o.Value] {
			values = append(values, o.Value)
		}
	}
	if values == nil {
		return nil, ""
	}
	return values, ""
}

// splitChoices takes what stands between semicolons, bars and line breaks, or commas
// where the whole is no option itself.
func splitChoices(f *Field, raw string) []string {
	if _, whole := f.option(raw); whole {
		return []string{raw}
	}
	marks := ",،"
	if strings.ContainsAny(raw, ";|\n؛") {
		marks = ";|\n؛"
	}
	return strings.FieldsFunc(raw, func(r rune) bool { return strings.ContainsRune(marks, r) })
}

// grouped is a number whose thousands are marked off, and nothing else with commas: in
// "1,5" nobody can know what the comma means.
var grouped = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$`)

// plainNumber is a number as people write it: no "inf", no "0x1p-2".
var plainNumber = regexp.MustCompile(`^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$`)

// parseNumber takes digits of any script with either script's decimal point and
// thousands marks.
func (f *Field) parseNumber(raw string) (any, string) {
	ascii := strings.NewReplacer("٫", ".", "٬", ",", "−", "-", " ", "").Replace(i18n.ASCIIDigits(raw))
	if grouped.MatchString(ascii) {
		ascii = strings.ReplaceAll(ascii, ",", "")
	}
	n, err := strconv.ParseFloat(ascii, 64)
	if err != nil || !plainNumber.MatchString(ascii) {
		return nil, "errors.number"
	}
	return f.bound(n)
}

// largest is the greatest number taken: up to it every whole number is exact.
const largest = 1e15

func (f *Field) bound(n float64) (any, string) {
	switch {
	case math.IsNaN(n) || math.Abs(n) > largest:
		return nil, "errors.number"
	case f.Min != nil && n < *f.Min:
		return nil, "errors.gte=" + strconv.FormatFloat(*f.Min, 'f', -1, 64)
	case f.Max != nil && n > *f.Max:
		return nil, "errors.lte=" + strconv.FormatFloat(*f.Max, 'f', -1, 64)
	}
	return n + 0, "" // no -0
}

// The words of a yes and of a no, folded.
var (
	yesWords = []string{"yes", "y", "true", "t", "on", "1", "x", "بله", "بلی", "آری", "آره", "دارد", "هست", "درست", "✓", "✔"}
	noWords  = []string{"no", "n", "false", "f", "off", "0", "خیر", "نه", "نخیر", "ندارد", "نیست", "نادرست", "✗", "✘"}
)

func parseYesNo(raw string) (any, string) {
	is := func(word string) bool { return i18n.Fold(word) == i18n.Fold(raw) }
	switch {
	case slices.ContainsFunc(yesWords, is):
		return true, ""
	case slices.ContainsFunc(noWords, is):
		return false, ""
	}
	return nil, "errors.yes_no"
}

// visible is a text without what changes the direction of its surroundings, without
// control characters and without blanks around it. One of invisible characters only is
// empty. The joiners that Persian words need stay.
func visible(raw string) string {
	raw = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\ufeff':
			return -1
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			return -1
		}
		return r
	}, raw))
	if strings.IndexFunc(raw, func(r rune) bool { return !unicode.Is(unicode.Cf, r) && !unicode.IsSpace(r) }) < 0 {
		return ""
	}
	return raw
}

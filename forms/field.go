package forms

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/sarnakh/sarnakh/internal/calendar"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
)

// Field is one question. Its answer becomes the lead's field of the same name
// (email, first_name, last_name, phone) or an attribute.
type Field struct {
	Name     string    `json:"name" yaml:"name" validate:"required"`
	Type     string    `json:"type" yaml:"type" validate:"required,oneof=text textarea email phone number choice checkbox url date"`
	Label    i18n.Text `json:"label" yaml:"label" validate:"required"`
	Hint     i18n.Text `json:"hint,omitempty" yaml:"hint,omitempty"`
	Required bool      `json:"required,omitempty" yaml:"required,omitempty"`
	// MaxLength is the longest answer, in characters. Min and Max bound a number.
	MaxLength int      `json:"max_length,omitempty" yaml:"max_length,omitempty" validate:"omitempty,min=1,max=10000"`
	Min       *float64 `json:"min,omitempty" yaml:"min,omitempty"`
	Max       *float64 `json:"max,omitempty" yaml:"max,omitempty"`
	Options   []Option `json:"options,omitempty" yaml:"options,omitempty" validate:"dive"`
}

// Option is one answer of a choice.
type Option struct {
	Value string    `json:"value" yaml:"value" validate:"required,max=100"`
	Label i18n.Text `json:"label" yaml:"label" validate:"required"`
}

var check = validator.New()

// maxLength is the longest answer in characters when the form does not say.
func (f Field) maxLength() int {
	switch {
	case f.MaxLength > 0:
		return f.MaxLength
	case f.Type == "textarea":
		return 4000
	case f.Type == "email":
		return 254
	case f.Type == "url":
		return 2000
	}
	return 200
}

// parse turns what a visitor typed into a value of the field's type: a string, a
// float64, a bool. message is empty, or the catalogue key of what is wrong.
func (f Field) parse(raw string) (value any, message string) {
	if strings.ContainsRune(raw, 0) || !utf8.ValidString(raw) {
		return nil, "errors.characters"
	}
	raw = visible(strings.ReplaceAll(raw, "\r\n", "\n"))
	if f.Type == "checkbox" {
		return f.parseCheckbox(raw)
	}
	if raw == "" {
		if f.Required {
			return nil, "errors.required"
		}
		return nil, ""
	}
	if utf8.RuneCountInString(raw) > f.maxLength() {
		return nil, "errors.max=" + strconv.Itoa(f.maxLength())
	}
	switch f.Type {
	case "email":
		// As it will be written to: what cannot be delivered to is not an answer.
		address := i18n.ASCIIDigits(raw)
		if check.Var(address, "email") != nil || mail.CheckAddress(address) != nil {
			return nil, "errors.email"
		}
		return address, ""
	case "phone":
		return parsePhone(raw)
	case "number":
		return f.parseNumber(raw)
	case "url":
		u, err := url.Parse(raw)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, "errors.url"
		}
	case "date":
		return parseDate(raw)
	case "choice":
		if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == raw }) {
			return nil, "errors.choice"
		}
	case "text":
		if strings.ContainsRune(raw, '\n') {
			return nil, "errors.characters"
		}
	}
	return raw, ""
}

func (f Field) parseCheckbox(raw string) (any, string) {
	switch raw {
	case "", "0", "false", "off", "no":
		if f.Required {
			return nil, "errors.required"
		}
		return false, ""
	case "1", "true", "on", "yes":
		return true, ""
	}
	return nil, "errors.type"
}

// parsePhone takes 5 to 15 digits, in any script, with a plus, spaces, dashes and
// brackets; it keeps plus and digits.
func parsePhone(raw string) (any, string) {
	var out strings.Builder
	for i, r := range i18n.ASCIIDigits(raw) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			out.WriteRune(r)
		case strings.ContainsRune(" -().\u200c\u200e\u200f", r):
		default:
			return nil, "errors.phone"
		}
	}
	if n := len(strings.TrimPrefix(out.String(), "+")); n < 5 || n > 15 {
		return nil, "errors.phone"
	}
	return out.String(), ""
}

// grouped is a number whose thousands are marked off, and nothing else with commas: in
// "1,5" nobody can know what the comma means.
var grouped = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$`)

// parseNumber takes digits of any script with either script's decimal point and
// thousands marks.
func (f Field) parseNumber(raw string) (any, string) {
	ascii := strings.NewReplacer("٫", ".", "٬", ",", "−", "-").Replace(i18n.ASCIIDigits(raw))
	if grouped.MatchString(ascii) {
		ascii = strings.ReplaceAll(ascii, ",", "")
	}
	n, err := strconv.ParseFloat(ascii, 64)
	if err != nil || n != n || n > 1e15 || n < -1e15 {
		return nil, "errors.number"
	}
	if f.Min != nil && n < *f.Min {
		return nil, "errors.gte=" + strconv.FormatFloat(*f.Min, 'f', -1, 64)
	}
	if f.Max != nil && n > *f.Max {
		return nil, "errors.lte=" + strconv.FormatFloat(*f.Max, 'f', -1, 64)
	}
	return n, ""
}

// firstGregorian is the year from which a date is taken for Gregorian. A Jalali year is
// far below it.
const firstGregorian = 1700

// parseDate takes 2026-11-21 and, Jalali, ۱۴۰۵/۰۸/۳۰; it keeps the Gregorian day.
func parseDate(raw string) (any, string) {
	parts := strings.FieldsFunc(i18n.ASCIIDigits(raw), func(r rune) bool { return r == '-' || r == '/' })
	var n [3]int
	for i, part := range parts {
		v, err := strconv.Atoi(part)
		if err != nil || len(parts) != 3 {
			return nil, "errors.date"
		}
		n[i] = v
	}
	day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if n[0] < firstGregorian {
		jalali, err := calendar.NewJalali(n[0], n[1], n[2])
		if err != nil {
			return nil, "errors.date"
		}
		day = jalali.Time(time.UTC)
	} else if day.Month() != time.Month(n[1]) || day.Day() != n[2] {
		return nil, "errors.date"
	}
	return day.Format(time.DateOnly), ""
}

// visible is an answer without what changes the direction of its surroundings, and
// without blanks around it. One of invisible characters only is empty. The joiners that
// Persian words need stay.
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

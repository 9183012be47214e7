package forms

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Field is one question. Its answer becomes the lead's field of the same name
// (email, first_name, last_name, phone) or an attribute.
type Field struct {
	Name     string    `json:"name" yaml:"name" validate:"required"`
	Type     string    `json:"type" yaml:"type" validate:"required,oneof=text textarea email phone number choice checkbox url date"`
	Label    i18n.Text `json:"label" yaml:"label" validate:"required"`
	Hint     i18n.Text `json:"hint,omitempty" yaml:"hint,omitempty"`
	Required bool      `json:"required,omitempty" yaml:"required,omitempty"`
	Max      int       `json:"max,omitempty" yaml:"max,omitempty" validate:"omitempty,min=1,max=10000"` // longest answer, in characters
	Options  []Option  `json:"options,omitempty" yaml:"options,omitempty" validate:"dive"`
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
	case f.Max > 0:
		return f.Max
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
	raw = strings.TrimSpace(strings.ReplaceAll(raw, "\r\n", "\n"))
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
		if check.Var(i18n.ASCIIDigits(raw), "email") != nil {
			return nil, "errors.email"
		}
	case "phone":
		return parsePhone(raw)
	case "number":
		return parseNumber(raw)
	case "url":
		u, err := url.Parse(raw)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, "errors.url"
		}
	case "date":
		ascii := i18n.ASCIIDigits(raw)
		if _, err := time.Parse(time.DateOnly, ascii); err != nil {
			return nil, "errors.date"
		}
		return ascii, ""
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

// parseNumber takes digits of any script with either script's decimal point and
// thousands marks.
func parseNumber(raw string) (any, string) {
	ascii := strings.NewReplacer("٫", ".", "٬", "", ",", "", "−", "-").Replace(i18n.ASCIIDigits(raw))
	n, err := strconv.ParseFloat(ascii, 64)
	if err != nil || n != n || n > 1e15 || n < -1e15 {
		return nil, "errors.number"
	}
	return n, ""
}

package leads

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// The types of a field.
const (
	FieldText    = "text"    // a string
	FieldNumber  = "number"  // a float64
	FieldYesNo   = "yes_no"  // a bool
	FieldDate    = "date"    // a civil date, "2006-01-02"
	FieldChoice  = "choice"  // the value of one option
	FieldChoices = "choices" // a list of values of options
	FieldURL     = "url"     // an address that begins with http:// or https://
)

// FieldTypes are all types of a field, in the order in which people are offered them.
var FieldTypes = []string{FieldText, FieldNumber, FieldYesNo, FieldDate, FieldChoice, FieldChoices, FieldURL}

// Field is something that a team keeps about its leads besides what every lead has: a
// document of the kind "field". Its key is the name of the lead's attribute, and the
// name that conditions and imports use.
type Field struct {
	Kind  string    `json:"kind" yaml:"kind" validate:"required"`
	Key   string    `json:"key" yaml:"key" validate:"required"`
	Label i18n.Text `json:"label" yaml:"label" validate:"required"`
	Type  string    `json:"type" yaml:"type" validate:"required,oneof=text number yes_no date choice choices url"`
	// Description tells the team what belongs in the field.
	Description i18n.Text `json:"description,omitempty" yaml:"description,omitempty"`
	Options     []Option  `json:"options,omitempty" yaml:"options,omitempty" validate:"dive"`
	// MaxLength is the longest text, in characters. Min and Max bound a number.
	MaxLength int      `json:"max_length,omitempty" yaml:"max_length,omitempty" validate:"omitempty,min=1,max=10000"`
	Min       *float64 `json:"min,omitempty" yaml:"min,omitempty"`
	Max       *float64 `json:"max,omitempty" yaml:"max,omitempty"`
	// Group is the heading under which the field stands with others of its kind; Order
	// puts the lesser first, and fields of the same order in the order of their keys.
	Group i18n.Text `json:"group,omitempty" yaml:"group,omitempty"`
	Order int       `json:"order,omitempty" yaml:"order,omitempty"`
	// Archived fields are asked for no more; what leads have of them stays.
	Archived bool `json:"archived,omitempty" yaml:"archived,omitempty"`
}

// Option is one of the values that a choice can have.
type Option struct {
	Value string    `json:"value" yaml:"value" validate:"required,max=100"`
	Label i18n.Text `json:"label" yaml:"label" validate:"required"`
}

// FieldName is the form that a field's key has: small letters, digits and underscores,
// a letter first.
var FieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

const (
	fieldNameLength = 60
	fieldOptions    = 200
	textLength      = 500 // of a text whose field does not say, in characters
	urlLength       = 2000
)

// Meta is the document's head.
func (f *Field) Meta() *manifest.Head { return &manifest.Head{Kind: f.Kind, Key: f.Key} }

// Refs is nothing: a field names no other document.
func (f *Field) Refs() []manifest.Ref { return nil }

// Check says what no tag can.
func (f *Field) Check() error {
	bad := errs.Fields{}
	switch {
	case !FieldName.MatchString(f.Key) || len(f.Key) > fieldNameLength:
		bad["key"] = fmt.Sprintf("write small letters, digits and underscores, a letter first, %d characters at the most", fieldNameLength)
	case slices.Contains(BuiltIn, f.Key):
		bad["key"] = "is a field that every lead has"
	}
	if f.isChoice() {
		f.checkOptions(bad)
	} else if len(f.Options) > 0 {
		bad["options"] = "only a choice has options"
	}
	if f.MaxLength > 0 && f.Type != FieldText {
		bad["max_length"] = "only a text has a length"
	}
	if f.Type != FieldNumber && f.Min != nil {
		bad["min"] = "only a number has bounds"
	}
	if f.Type != FieldNumber && f.Max != nil {
		bad["max"] = "only a number has bounds"
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		bad["max"] = "must not be less than min"
	}
	return bad.OrNil()
}

func (f *Field) checkOptions(bad errs.Fields) {
	if len(f.Options) == 0 {
		bad["options"] = "is needed: what can be chosen"
	}
	if len(f.Options) > fieldOptions {
		bad["options"] = fmt.Sprintf("at most %d", fieldOptions)
	}
	seen := map[string]bool{}
	for i, o := range f.Options {
		fold := i18n.Fold(o.Value)
		if fold == "" || strings.ContainsAny(o.Value, "\n|;") {
			bad[fmt.Sprintf("options[%d].value", i)] = "write a word without line breaks, | and ;"
		}
		if seen[fold] {
			bad[fmt.Sprintf("options[%d].value", i)] = "stands here twice"
		}
		seen[fold] = true
	}
}

func (f *Field) isChoice() bool { return f.Type == FieldChoice || f.Type == FieldChoices }

// maxLength is the longest text that the field takes, in characters.
func (f *Field) maxLength() int {
	switch {
	case f.MaxLength > 0:
		return f.MaxLength
	case f.Type == FieldURL:
		return urlLength
	}
	return textLength
}

// option is the option of this value, however its letters and digits are written, or
// of this label in either language.
func (f *Field) option(said string) (Option, bool) {
	fold := i18n.Fold(said)
	for _, o := range f.Options {
		if i18n.Fold(o.Value) == fold {
			return o, true
		}
	}
	for _, o := range f.Options {
		for _, label := range o.Label {
			if fold != "" && i18n.Fold(label) == fold {
				return o, true
			}
		}
	}
	return Option{}, false
}

package conditions

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// Test is what is asked of one value. Exactly one of its fields is set, except that
// AtLeast and AtMost go together. Text is compared folded: case, Arabic and Persian
// letters and digits make no difference. Of a list one element that passes is enough.
type Test struct {
	Is         any    `json:"is,omitzero" yaml:"is,omitzero"` // a text, a number, true or false
	OneOf      []any  `json:"one_of,omitzero" yaml:"one_of,omitzero"`
	Contains   string `json:"contains,omitempty" yaml:"contains,omitzero"`
	StartsWith string `json:"starts_with,omitempty" yaml:"starts_with,omitzero"`
	Known      *bool  `json:"known,omitempty" yaml:"known,omitzero"` // whether there is any value

	// AtLeast and AtMost are a number, a date ("2026-03-21") or an RFC 3339 time, and
	// hold for values of their kind alone. A date is a whole day in the time zone of
	// the workspace.
	AtLeast any `json:"at_least,omitzero" yaml:"at_least,omitzero"`
	AtMost  any `json:"at_most,omitzero" yaml:"at_most,omitzero"`

	// Within holds when the value is a date or a time that lies within this time
	// until now. What is yet to come is not.
	Within period.Period `json:"within,omitzero" yaml:"within,omitzero"`
}

// What a test may be at most.
const (
	maxOneOf  = 1000
	maxWithin = period.Period(100 * 365 * 24 * time.Hour)
)

// count is the number of tests that are set.
func (t Test) count() (n int) {
	for _, set := range []bool{
		t.Is != nil, t.OneOf != nil, t.Contains != "", t.StartsWith != "", t.Known != nil,
		t.AtLeast != nil || t.AtMost != nil, t.Within != 0,
	} {
		if set {
			n++
		}
	}
	return n
}

const testNames = "is, one_of, contains, starts_with, known, at_least, at_most and within"

func (t Test) check() error {
	if t.count() != 1 {
		return refuse("one_test", "needs exactly one of "+testNames+"; only at_least and at_most go together")
	}
	switch {
	case t.Is != nil:
		return checkScalar("is", t.Is)
	case len(t.OneOf) > maxOneOf:
		return refuse("values", "one_of: %d values are too many, %d is the most; a tag or a segment says it shorter", len(t.OneOf), maxOneOf)
	case t.OneOf != nil:
		for i, v := range t.OneOf {
			if err := checkScalar(fmt.Sprintf("one_of[%d]", i), v); err != nil {
				return err
			}
		}
	case t.Contains != "":
		return checkScalar("contains", t.Contains)
	case t.StartsWith != "":
		return checkScalar("starts_with", t.StartsWith)
	case t.Within != 0:
		return checkWithin(t.Within)
	case t.AtLeast != nil || t.AtMost != nil:
		return t.checkLimits()
	}
	return nil
}

func checkWithin(p period.Period) error {
	if p < 0 || p > maxWithin {
		return refuse("within", "within: 100 years are the most")
	}
	return nil
}

func checkScalar(name string, v any) error {
	switch p := plain(v).(type) {
	case string, float64, bool:
		text := foldValue(v)
		if text == "" {
			return refuse("empty", "%s: an empty value: to ask whether there is none, write known: false", name)
		}
		if s, ok := p.(string); ok && len(i18n.Fold(s)) > maxText {
			return refuse("long", "%s: longer than %d bytes", name, maxText)
		}
		return nil
	}
	return refuse("scalar", "%s: takes one text, one number, true or false; for several values there is one_of", name)
}

func (t Test) checkLimits() error {
	var limits []limit
	for _, end := range []struct {
		name  string
		value any
	}{{"at_least", t.AtLeast}, {"at_most", t.AtMost}} {
		if end.value == nil {
			continue
		}
		l, ok := readLimit(end.value)
		if !ok {
			return refuse("limit", "%s: %v is neither a number nor a date: write 4, 2026-03-21 or 2026-03-21T09:00:00Z", end.name, end.value)
		}
		limits = append(limits, l)
	}
	if len(limits) == 2 && (limits[0].kind == limitNumber) != (limits[1].kind == limitNumber) {
		return refuse("limits", "at_least and at_most are not of one kind: both are numbers or both are dates")
	}
	return nil
}

// limit is an end of a range.
type limit struct {
	kind   limitKind
	number float64
	day    int64
	at     time.Time
}

type limitKind uint8

const (
	limitNone limitKind = iota
	limitNumber
	limitDay
	limitInstant
)

func readLimit(v any) (limit, bool) {
	switch v := plain(v).(type) {
	case float64:
		return limit{kind: limitNumber, number: v + 0}, numberText(v) != ""
	case string:
		if day, ok := parseDay(v); ok {
			return limit{kind: limitDay, day: day}, true
		}
		if at, ok := parseInstant(v); ok {
			return limit{kind: limitInstant, at: at}, true
		}
		// What came from a form, or was written with Persian digits.
		number, err := strconv.ParseFloat(tidy(v), 64)
		if err == nil && numberText(number) != "" && !strings.ContainsAny(v, "xX_") {
			return limit{kind: limitNumber, number: number + 0}, true
		}
	}
	return limit{}, false
}

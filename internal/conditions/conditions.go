// Package conditions is the one language in which a marketer says which people
// something is for: who they are, what they did, how many points they have.
package conditions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// Condition is a tree: exactly one of All, Any, Not, Field, Event or Points is set.
// The zero Condition holds for everybody.
type Condition struct {
	All []Condition `json:"all,omitempty" yaml:"all,omitempty"`
	Any []Condition `json:"any,omitempty" yaml:"any,omitempty"`
	Not *Condition  `json:"not,omitempty" yaml:"not,omitempty"`

	// Field is email, first_name, last_name, phone, language or an attribute.
	// One of Is, OneOf, Contains or Known says what about it.
	Field    string `json:"field,omitempty" yaml:"field,omitempty"`
	Is       any    `json:"is,omitempty" yaml:"is,omitempty"`
	OneOf    []any  `json:"one_of,omitempty" yaml:"one_of,omitempty"`
	Contains string `json:"contains,omitempty" yaml:"contains,omitempty"`
	Known    *bool  `json:"known,omitempty" yaml:"known,omitempty"`

	// Event holds when it happened at least Times times (once when zero), with all
	// the properties of Where, within the given time until now (ever when zero, as far
	// back as the facts go: see leads.Service.Facts).
	Event  string         `json:"event,omitempty" yaml:"event,omitempty"`
	Where  map[string]any `json:"where,omitempty" yaml:"where,omitempty"`
	Times  int            `json:"times,omitempty" yaml:"times,omitempty"`
	Within period.Period  `json:"within,omitzero" yaml:"within,omitempty"`

	// Points holds from this balance on.
	Points *int64 `json:"points,omitempty" yaml:"points,omitempty"`
}

// Facts are what is known about one person when a condition is asked.
type Facts struct {
	Fields map[string]any
	Events []Event
	Points int64
}

// Event is something the person did.
type Event struct {
	Name       string
	Properties map[string]any
	At         time.Time
}

// Check says, naming the place, what is wrong with the way a condition is written.
func (c Condition) Check() error {
	return c.check("condition")
}

func (c Condition) check(at string) error {
	kinds := 0
	for _, set := range []bool{c.All != nil, c.Any != nil, c.Not != nil, c.Field != "", c.Event != "", c.Points != nil} {
		if set {
			kinds++
		}
	}
	if kinds > 1 {
		return fmt.Errorf("%s: only one of all, any, not, field, event and points can stand here", at)
	}
	if c.Field == "" && (c.Is != nil || c.OneOf != nil || c.Contains != "" || c.Known != nil) {
		return fmt.Errorf("%s: is, one_of, contains and known need a field", at)
	}
	if c.Event == "" && (c.Where != nil || c.Times != 0 || c.Within != 0) {
		return fmt.Errorf("%s: where, times and within need an event", at)
	}
	if c.Times < 0 {
		return fmt.Errorf("%s: times cannot be negative", at)
	}
	if c.Field != "" {
		tests := 0
		for _, set := range []bool{c.Is != nil, c.OneOf != nil, c.Contains != "", c.Known != nil} {
			if set {
				tests++
			}
		}
		if tests != 1 {
			return fmt.Errorf("%s: field %s needs exactly one of is, one_of, contains and known", at, c.Field)
		}
	}
	for i, sub := range c.All {
		if err := sub.check(fmt.Sprintf("%s.all[%d]", at, i)); err != nil {
			return err
		}
	}
	for i, sub := range c.Any {
		if err := sub.check(fmt.Sprintf("%s.any[%d]", at, i)); err != nil {
			return err
		}
	}
	if c.Not != nil {
		return c.Not.check(at + ".not")
	}
	return nil
}

// Match says whether the condition holds for a person at the time now. Text is
// compared folded: case, Arabic and Persian letters and digits make no difference.
func (c Condition) Match(f Facts, now time.Time) bool {
	holds := func(sub Condition) bool { return sub.Match(f, now) }
	switch {
	case c.All != nil:
		return !slices.ContainsFunc(c.All, func(sub Condition) bool { return !holds(sub) })
	case c.Any != nil:
		return slices.ContainsFunc(c.Any, holds)
	case c.Not != nil:
		return !holds(*c.Not)
	case c.Field != "":
		return c.matchField(f.Fields[c.Field])
	case c.Event != "":
		return c.matchEvents(f.Events, now)
	case c.Points != nil:
		return f.Points >= *c.Points
	}
	return true
}

func (c Condition) matchField(value any) bool {
	text := folded(value)
	switch {
	case c.Known != nil:
		return (text != "") == *c.Known
	case c.Contains != "":
		return strings.Contains(text, folded(c.Contains))
	case c.OneOf != nil:
		return slices.ContainsFunc(c.OneOf, func(want any) bool { return text == folded(want) })
	}
	return text == folded(c.Is)
}

func (c Condition) matchEvents(events []Event, now time.Time) bool {
	need, seen := max(c.Times, 1), 0
	for _, e := range events {
		if e.Name != c.Event || e.At.After(now) {
			continue
		}
		if c.Within > 0 && e.At.Before(now.Add(-c.Within.Duration())) {
			continue
		}
		if MatchProperties(c.Where, e.Properties) {
			seen++
		}
	}
	return seen >= need
}

// MatchProperties says whether every property of where has the same value in have.
func MatchProperties(where, have map[string]any) bool {
	for name, want := range where {
		if folded(have[name]) != folded(want) {
			return false
		}
	}
	return true
}

func folded(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return i18n.Fold(v)
	case *string:
		if v == nil {
			return ""
		}
		return i18n.Fold(*v)
	case float64: // a number from JSON: 1000000, not 1e+06, so that it equals the one from YAML
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return i18n.Fold(fmt.Sprint(v))
}

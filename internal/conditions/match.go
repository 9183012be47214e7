package conditions

import (
	"slices"
	"strings"
	"time"
)

// Match says whether the condition holds for a person at the time now, whose zone
// says when a day begins. Compile once to ask it of many.
func (c Condition) Match(f Facts, now time.Time) bool { return Compile(c).Match(&f, now) }

// Match says whether the condition holds for a person at the time now.
func (m *Matcher) Match(f *Facts, now time.Time) bool { return m.root.holds(f, moment(now)) }

func (n *node) holds(f *Facts, now time.Time) bool {
	switch n.kind {
	case all:
		for i := range n.parts {
			if !n.parts[i].holds(f, now) {
				return false
			}
		}
		return true
	case anyOf:
		for i := range n.parts {
			if n.parts[i].holds(f, now) {
				return true
			}
		}
		return false
	case not:
		return !n.parts[0].holds(f, now)
	case field:
		return n.test.passes(f.Fields, n.name, now)
	case event:
		return n.happened(f.Events, now)
	case member:
		return f.Sets[n.name][n.in]
	case figure:
		return f.Numbers[n.name] >= n.least
	}
	return true
}

// happened says whether the event took place often enough.
func (n *node) happened(events []Event, now time.Time) bool {
	seen := 0
	for i := range events {
		if n.counts(&events[i], now) {
			if seen++; seen >= n.times {
				return true
			}
		}
	}
	return false
}

// counts says whether an event is one that is asked for.
func (n *node) counts(e *Event, now time.Time) bool {
	return e.Name == n.name && !e.At.After(now) && (n.within == 0 || !e.At.Before(now.Add(-n.within))) && n.fits(e, now)
}

// fits says whether an event has all the properties asked for.
func (n *node) fits(e *Event, now time.Time) bool {
	for i := range n.props {
		if !n.props[i].test.passes(e.Folds, n.props[i].name, now) {
			return false
		}
	}
	return true
}

// passes asks the test of the value of this name.
func (t *test) passes(folds map[string]any, name string, now time.Time) bool {
	switch t.op {
	case opNever:
		return false
	case opBetween, opWithin:
		w := t.window(now)
		return w.contains(folds, t)
	}
	switch v := folds[name].(type) {
	case string:
		return t.passesText(v)
	case []any:
		for _, element := range v {
			if text, ok := element.(string); ok && t.passesText(text) {
				return true
			}
		}
		return false
	}
	return t.op == opUnknown
}

// passesText asks the test of a text that is there.
func (t *test) passesText(text string) bool {
	switch t.op {
	case opIs:
		return text == t.text
	case opOneOf:
		_, found := slices.BinarySearch(t.texts, text)
		return found
	case opContains:
		return strings.Contains(text, t.text)
	case opStartsWith:
		return strings.HasPrefix(text, t.text)
	}
	return t.op == opKnown
}

// MatchProperties says whether properties, as they came, pass what where asks of
// them: plain values or tests. What where cannot mean holds for nothing.
func MatchProperties(where, properties map[string]any) bool {
	for name, want := range where {
		property, err := readProperty(want)
		if err != nil || !foldable(name) {
			return false
		}
		asked := make(map[string]any, 2)
		put(asked, name, properties[name])
		t := compileTest(name, Test(property))
		if !t.passes(asked, name, time.Time{}) {
			return false
		}
	}
	return true
}

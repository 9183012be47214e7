package conditions

import (
	"maps"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Matcher is a condition made ready for being asked of many people: its texts are
// folded and its dates are read. It may be used by many at once.
type Matcher struct {
	root node
}

// Compile makes a condition ready. What Check refuses compiles too: a test that
// makes no sense holds for nobody.
func Compile(c Condition) *Matcher { return &Matcher{compile(c)} }

type nodeKind uint8

const (
	everybody nodeKind = iota
	all
	anyOf
	not
	field
	event
	member
	figure
)

// node is one condition of the tree.
type node struct {
	kind   nodeKind
	parts  []node
	name   string        // of the field, the event, the set or the number
	test   test          // field
	props  []prop        // event
	times  int           // event
	within time.Duration // event, 0 is ever
	in     string        // member
	least  float64       // figure
}

// prop is a property of an event with its test.
type prop struct {
	name string
	test test
}

type testKind uint8

const (
	opNever testKind = iota
	opIs
	opOneOf
	opContains
	opStartsWith
	opKnown
	opUnknown
	opBetween
	opWithin
)

// test is a Test of one field, compiled.
type test struct {
	op                   testKind
	text                 string
	texts                []string
	least, most          limit
	within               time.Duration
	number, day, instant string // where the forms stand that are compared by size
}

func compile(c Condition) node {
	switch {
	case c.All != nil:
		return node{kind: all, parts: compileParts(c.All)}
	case c.Any != nil:
		return node{kind: anyOf, parts: compileParts(c.Any)}
	case c.Not != nil:
		return node{kind: not, parts: []node{compile(*c.Not)}}
	case c.Field != "":
		return node{kind: field, name: c.Field, test: compileTest(c.Field, c.Test)}
	case c.Event != "":
		return node{
			kind: event, name: c.Event, props: compileProperties(c.Properties), times: max(c.Times, 1), within: c.Within.Duration(),
		}
	}
	if set, name := c.membership(); set != "" {
		return node{kind: member, name: set, in: name}
	}
	if number, least := c.figure(); number != "" {
		return node{kind: figure, name: number, least: least}
	}
	return node{kind: everybody}
}

func compileParts(parts []Condition) []node {
	out := make([]node, len(parts))
	for i, p := range parts {
		out[i] = compile(p)
	}
	return out
}

func compileProperties(p Properties) []prop {
	if len(p) == 0 {
		return nil
	}
	out := make([]prop, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, prop{name, compileTest(name, Test(p[name]))})
	}
	return out
}

func compileTest(name string, t Test) test {
	switch {
	case t.Is != nil:
		if text := foldValue(t.Is); text != "" {
			return test{op: opIs, text: text}
		}
	case t.OneOf != nil:
		out := test{op: opOneOf}
		for _, v := range t.OneOf {
			if text := foldValue(v); text != "" {
				out.texts = append(out.texts, text)
			}
		}
		slices.Sort(out.texts)
		out.texts = slices.Compact(out.texts)
		return out
	case t.Contains != "":
		if text := i18n.Fold(t.Contains); text != "" {
			return test{op: opContains, text: text}
		}
	case t.StartsWith != "":
		if text := i18n.Fold(t.StartsWith); text != "" {
			return test{op: opStartsWith, text: text}
		}
	case t.Known != nil && *t.Known:
		return test{op: opKnown}
	case t.Known != nil:
		return test{op: opUnknown}
	case t.AtLeast != nil || t.AtMost != nil:
		out := test{op: opBetween, number: asNumber + name, day: asDay + name, instant: asInstant + name}
		var ok bool
		if t.AtLeast != nil {
			if out.least, ok = readLimit(t.AtLeast); !ok {
				return test{}
			}
		}
		if t.AtMost != nil {
			if out.most, ok = readLimit(t.AtMost); !ok {
				return test{}
			}
		}
		return out
	case t.Within > 0:
		return test{op: opWithin, within: t.Within.Duration(), day: asDay + name, instant: asInstant + name}
	}
	return test{}
}

package segments

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// part is a row of the builder, or a group of rows: a condition as a form holds it, so
// that it may also be half written. Names of its inputs begin with its Path.
type part struct {
	Path  string // "c0-2"
	Kind  string // a kind of row, or partGroup
	Mode  string // of a group
	Parts []*part
	Not   bool // of a row: the opposite
	Name  string
	ask           // of a field
	Times string  // of an event: at least so often
	Span  span    // of an event: within the last …
	Props []*prop // of an event
	Error string  // what is missing, as a key of the catalogue

	dress
}

// prop is what one property of an event must be.
type prop struct {
	Path string
	Name string
	ask
	Error string

	dress
}

// ask is a test of one value.
type ask struct {
	Op          string
	Value, High string
	Values      []string // ticked choices
	Ago         span     // opWithin
}

// span is a length of time, as a number and a unit.
type span struct {
	N, Unit string
}

// The kinds of rows, in the order in which they are offered.
const (
	partField   = "field"
	partEvent   = "event"
	partTag     = "tag"
	partConsent = "consent"
	partSegment = "segment"
	partPoints  = "points"
	partScore   = "score"
	partGrade   = "grade"
	partVariant = "variant"
	partGroup   = "group"
)

// How the rows of a group go together.
const (
	modeAll    = "all"
	modeAny    = "any"
	modeNone   = "none"
	modeNotAll = "not_all"
)

var modes = []string{modeAll, modeAny, modeNone, modeNotAll}

// What can be asked of a value.
const (
	opIs         = "is"
	opOneOf      = "one_of"
	opContains   = "contains"
	opStartsWith = "starts_with"
	opAtLeast    = "at_least"
	opAtMost     = "at_most"
	opBetween    = "between"
	opWithin     = "within"
	opKnown      = "known"
	opUnknown    = "unknown"
)

var ops = []string{opIs, opOneOf, opContains, opStartsWith, opAtLeast, opAtMost, opBetween, opWithin, opKnown, opUnknown}

// The bounds of what a form may hold, whoever sent it: more than a condition may, so
// that nothing of one gets lost.
const (
	deepest  = 16
	mostRows = 1500
	mostAdd  = 100 // rows that one can add up to
)

// partOf is the group that a condition looks like in the builder. What stands alone
// becomes a group of one.
func partOf(c conditions.Condition) *part {
	root := partFrom(c, "c0")
	if root.Kind != partGroup {
		root = &part{Kind: partGroup, Mode: modeAll, Parts: []*part{root}}
	}
	root.number("c0")
	return root
}

func partFrom(c conditions.Condition, path string) *part {
	switch {
	case c.Not != nil && c.Not.Not != nil: // twice the opposite
		return partFrom(*c.Not.Not, path)
	case c.Not != nil:
		p := partFrom(*c.Not, path)
		if p.Kind == partGroup {
			p.Mode = opposite[p.Mode]
		} else {
			p.Not = !p.Not
		}
		return p
	case c.Any != nil:
		return group(modeAny, c.Any, path)
	case c.All != nil:
		return group(modeAll, c.All, path)
	case c.Field != "":
		return &part{Kind: partField, Name: c.Field, ask: askOf(c.Test)}
	case c.Event != "":
		p := &part{Kind: partEvent, Name: c.Event, Span: spanOf(c.Within)}
		if c.Times > 1 {
			p.Times = strconv.Itoa(c.Times)
		}
		for _, name := range sortedKeys(c.Properties) {
			p.Props = append(p.Props, &prop{Name: name, ask: askOf(conditions.Test(c.Properties[name]))})
		}
		return p
	case c.Tag != "":
		return &part{Kind: partTag, Name: c.Tag}
	case c.Consent != "":
		return &part{Kind: partConsent, Name: c.Consent}
	case c.Segment != "":
		return &part{Kind: partSegment, Name: c.Segment}
	case c.Grade != "":
		return &part{Kind: partGrade, Name: c.Grade}
	case c.Variant != "":
		return &part{Kind: partVariant, Name: c.Variant}
	case c.Points != nil:
		return &part{Kind: partPoints, Name: strconv.FormatInt(*c.Points, 10)}
	case c.Score != nil:
		return &part{Kind: partScore, Name: strconv.FormatInt(*c.Score, 10)}
	}
	return group(modeAll, nil, path) // everybody
}

var opposite = map[string]string{modeAll: modeNotAll, modeNotAll: modeAll, modeAny: modeNone, modeNone: modeAny}

func group(mode string, parts []conditions.Condition, path string) *part {
	p := &part{Kind: partGroup, Mode: mode}
	for i, c := range parts {
		p.Parts = append(p.Parts, partFrom(c, fmt.Sprintf("%s-%d", path, i)))
	}
	return p
}

// number gives each part the path at which it stands.
func (p *part) number(path string) {
	p.Path = path
	for i, sub := range p.Parts {
		sub.number(fmt.Sprintf("%s-%d", path, i))
	}
	for i, sub := range p.Props {
		sub.Path = fmt.Sprintf("%s.w%d", path, i)
	}
}

// readParts reads the builder out of a posted form.
func readParts(form url.Values) *part {
	rows := 0
	root := readPart(form, "c0", 1, &rows)
	if root == nil || root.Kind != partGroup {
		root = &part{Kind: partGroup, Mode: modeAll}
	}
	root.number("c0")
	return root
}

func readPart(form url.Values, path string, depth int, rows *int) *part {
	kind := form.Get(path + ".kind")
	if kind == "" || depth > deepest || *rows >= mostRows {
		return nil
	}
	*rows++
	get := func(name string) string { return strings.TrimSpace(form.Get(path + "." + name)) }
	p := &part{Path: path, Kind: kind, Not: get("not") != "", Name: get("name"), Times: get("times"), Span: readSpan(form, path+".span")}
	switch kind {
	case partGroup:
		p.Mode = get("mode")
		if !slices.Contains(modes, p.Mode) {
			p.Mode = modeAll
		}
		for i := 0; ; i++ {
			sub := readPart(form, fmt.Sprintf("%s-%d", path, i), depth+1, rows)
			if sub == nil {
				return p
			}
			p.Parts = append(p.Parts, sub)
		}
	case partField:
		p.ask = readAsk(form, path)
	case partEvent:
		for i := 0; i < mostAdd && form.Has(fmt.Sprintf("%s.w%d.name", path, i)); i++ {
			at := fmt.Sprintf("%s.w%d", path, i)
			p.Props = append(p.Props, &prop{Path: at, Name: strings.TrimSpace(form.Get(at + ".name")), ask: readAsk(form, at)})
		}
	case partTag, partConsent, partSegment, partPoints, partScore, partGrade, partVariant:
	default:
		return nil
	}
	return p
}

func readAsk(form url.Values, path string) ask {
	a := ask{
		Op: form.Get(path + ".op"), Value: strings.TrimSpace(form.Get(path + ".value")), High: strings.TrimSpace(form.Get(path + ".high")),
		Ago: readSpan(form, path+".ago"),
	}
	if !slices.Contains(ops, a.Op) {
		a.Op = opIs
	}
	for _, v := range form[path+".values"] {
		if v != "" {
			a.Values = append(a.Values, v)
		}
	}
	return a
}

func readSpan(form url.Values, path string) span {
	return span{strings.TrimSpace(i18n.ASCIIDigits(form.Get(path))), form.Get(path + ".unit")}
}

// do does what a button of the builder says, "add:c0:event" for example, and reports
// whether it is one of the builder's.
func (p *part) do(button string, form url.Values) bool {
	verb, at, _ := strings.Cut(button, ":")
	at, rest, _ := strings.Cut(at, ":")
	switch verb {
	case "add":
		if g := p.find(at); g != nil && g.Kind == partGroup && p.rows() < mostAdd {
			g.Parts = append(g.Parts, newPart(form.Get(at+".add")))
		}
	case "remove":
		p.remove(at)
	case "where":
		if e := p.find(at); e != nil && e.Kind == partEvent && len(e.Props) < 20 {
			e.Props = append(e.Props, &prop{ask: ask{Op: opIs}})
		}
	case "unwhere":
		if e, i := p.find(at), atoi(rest); e != nil && i >= 0 && i < len(e.Props) {
			e.Props = slices.Delete(e.Props, i, i+1)
		}
	default:
		return false
	}
	p.number("c0")
	return true
}

func newPart(kind string) *part {
	switch kind {
	case partGroup:
		return &part{Kind: partGroup, Mode: modeAny}
	case partEvent:
		return &part{Kind: partEvent}
	case partTag, partConsent, partSegment, partPoints, partScore, partGrade, partVariant:
		return &part{Kind: kind}
	}
	return &part{Kind: partField, ask: ask{Op: opIs}}
}

func (p *part) find(path string) *part {
	if p.Path == path {
		return p
	}
	for _, sub := range p.Parts {
		if found := sub.find(path); found != nil {
			return found
		}
	}
	return nil
}

func (p *part) remove(path string) {
	p.Parts = slices.DeleteFunc(p.Parts, func(sub *part) bool { return sub.Path == path })
	for _, sub := range p.Parts {
		sub.remove(path)
	}
}

func (p *part) rows() int {
	n := 1
	for _, sub := range p.Parts {
		n += sub.rows()
	}
	return n
}

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

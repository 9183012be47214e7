package segments

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

// condition is what the builder says. Rows that are not complete get their Error, and
// ok is false.
func (p *part) condition(fields leads.Catalogue) (c conditions.Condition, ok bool) {
	c, ok = p.build(fields)
	if len(c.All) == 1 && ok { // a group of one is that one
		c = c.All[0]
	}
	if p.Mode == modeAll && len(p.Parts) == 0 {
		c = conditions.Condition{}
	}
	return c, ok
}

func (p *part) build(fields leads.Catalogue) (c conditions.Condition, ok bool) {
	if p.Kind == partGroup {
		return p.buildGroup(fields)
	}
	if p.Name = strings.TrimSpace(p.Name); p.Name == "" {
		p.Error = "segments.error.choose"
		return c, false
	}
	switch p.Kind {
	case partField:
		c.Field = p.Name
		c.Test, p.Error = p.test(fields, p.Name)
	case partEvent:
		c = p.buildEvent()
	case partTag:
		c.Tag = p.Name
	case partConsent:
		c.Consent = p.Name
	case partSegment:
		c.Segment = p.Name
	case partGrade:
		c.Grade = p.Name
	case partVariant:
		c.Variant = p.Name
	case partPoints, partScore:
		n, err := strconv.ParseInt(i18n.ASCIIDigits(p.Name), 10, 64)
		if err != nil {
			p.Error = "segments.error.number"
		}
		if c.Points = &n; p.Kind == partScore {
			c.Points, c.Score = nil, &n
		}
	}
	if p.Error == "" && c.Check() != nil {
		p.Error = "segments.error.odd"
	}
	if p.Not {
		inner := c // c is what is returned: it cannot point to itself
		return conditions.Condition{Not: &inner}, p.Error == ""
	}
	return c, p.Error == ""
}

func (p *part) buildGroup(fields leads.Catalogue) (c conditions.Condition, ok bool) {
	parts, ok := make([]conditions.Condition, 0, len(p.Parts)), true
	for _, sub := range p.Parts {
		one, fine := sub.build(fields)
		ok = ok && fine
		parts = append(parts, one)
	}
	switch p.Mode {
	case modeAny:
		return conditions.Condition{Any: parts}, ok
	case modeNone:
		return conditions.Condition{Not: &conditions.Condition{Any: parts}}, ok
	case modeNotAll:
		return conditions.Condition{Not: &conditions.Condition{All: parts}}, ok
	}
	return conditions.Condition{All: parts}, ok
}

func (p *part) buildEvent() (c conditions.Condition) {
	c.Event = p.Name
	if p.Times != "" {
		if c.Times = atoi(i18n.ASCIIDigits(p.Times)); c.Times < 1 {
			p.Error = "segments.error.times"
		}
		if c.Times == 1 {
			c.Times = 0
		}
	}
	if p.Span.N != "" {
		var ok bool
		if c.Within, ok = p.Span.period(); !ok {
			p.Error = "segments.error.span"
		}
	}
	for _, sub := range p.Props {
		if sub.Name == "" {
			sub.Error = "segments.error.choose"
		}
		var t conditions.Test
		if t, sub.Error = sub.test(leads.Catalogue{}, sub.Name); sub.Name == "" {
			sub.Error = "segments.error.choose"
		}
		if sub.Error != "" {
			p.Error = "segments.error.where"
			continue
		}
		if c.Properties == nil {
			c.Properties = conditions.Properties{}
		}
		c.Properties[sub.Name] = conditions.Property(t)
	}
	return c
}

// test is what is asked, or the key of what is wrong with it.
func (a *ask) test(fields leads.Catalogue, name string) (t conditions.Test, wrong string) {
	one := func(raw string) any {
		v, said := value(fields, name, raw)
		if wrong == "" {
			wrong = said
		}
		return v
	}
	yes, no := true, false
	switch a.Op {
	case opKnown:
		t.Known = &yes
	case opUnknown:
		t.Known = &no
	case opWithin:
		var ok bool
		if t.Within, ok = a.Ago.period(); !ok {
			wrong = "segments.error.span"
		}
	case opContains:
		t.Contains = a.Value
	case opStartsWith:
		t.StartsWith = a.Value
	case opAtLeast:
		t.AtLeast = one(a.Value)
	case opAtMost:
		t.AtMost = one(a.Value)
	case opBetween:
		t.AtLeast, t.AtMost = one(a.Value), one(a.High)
	case opOneOf:
		raw := a.Values
		if len(raw) == 0 {
			raw = splitList(a.Value)
		}
		for _, v := range raw {
			t.OneOf = append(t.OneOf, one(v))
		}
		if len(raw) == 0 {
			wrong = "segments.error.value"
		}
	default:
		t.Is = one(a.Value)
	}
	if (a.Op == opContains || a.Op == opStartsWith) && i18n.Fold(a.Value) == "" {
		wrong = "segments.error.value"
	}
	return t, wrong
}

// value reads what was typed, as the field's type wants it; of a field that nobody
// declared, what looks like a number is one.
func value(fields leads.Catalogue, name, raw string) (any, string) {
	if raw == "" {
		return nil, "segments.error.value"
	}
	if f, ok := fields.Find(name); ok {
		v, err := fields.Parse(name, raw)
		if err != nil || v == nil {
			return nil, "segments.error.type." + f.Type
		}
		if list, ok := v.([]any); ok && len(list) == 1 { // one of many choices
			return list[0], ""
		}
		return v, ""
	}
	if raw == "true" || raw == "false" {
		return raw == "true", ""
	}
	raw = isoDate(raw)
	if n, err := strconv.ParseFloat(plainNumber(raw), 64); err == nil && strconv.FormatFloat(n, 'f', -1, 64) == plainNumber(raw) {
		return n, ""
	}
	return raw, ""
}

// askOf is a test as the form holds it.
func askOf(t conditions.Test) ask {
	switch {
	case t.OneOf != nil:
		a := ask{Op: opOneOf}
		for _, v := range t.OneOf {
			a.Values = append(a.Values, typed(v))
		}
		a.Value = joinList(a.Values)
		return a
	case t.Contains != "":
		return ask{Op: opContains, Value: t.Contains}
	case t.StartsWith != "":
		return ask{Op: opStartsWith, Value: t.StartsWith}
	case t.Known != nil && *t.Known:
		return ask{Op: opKnown}
	case t.Known != nil:
		return ask{Op: opUnknown}
	case t.AtLeast != nil && t.AtMost != nil:
		return ask{Op: opBetween, Value: typed(t.AtLeast), High: typed(t.AtMost)}
	case t.AtLeast != nil:
		return ask{Op: opAtLeast, Value: typed(t.AtLeast)}
	case t.AtMost != nil:
		return ask{Op: opAtMost, Value: typed(t.AtMost)}
	case t.Within != 0:
		return ask{Op: opWithin, Ago: spanOf(t.Within)}
	}
	return ask{Op: opIs, Value: typed(t.Is)}
}

// typed is a value as somebody would type it.
func typed(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case int:
		return strconv.Itoa(v)
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return ""
}

var units = []string{"d", "w", "h", "m", "s"}

func (s span) period() (period.Period, bool) {
	if !slices.Contains(units, s.Unit) || s.N == "" {
		return 0, false
	}
	p, err := period.Parse(s.N + s.Unit)
	return p, err == nil
}

// spanOf is a period in the unit that a person would choose.
func spanOf(p period.Period) span {
	d := p.Duration()
	if d == 0 {
		return span{Unit: "d"}
	}
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if d%u.size == 0 {
			return span{strconv.FormatInt(int64(d/u.size), 10), u.name}
		}
	}
	return span{strconv.FormatInt(int64(d/time.Second), 10), "s"}
}

// splitList reads values with commas between; one that has a comma itself stands in
// quotation marks.
func splitList(text string) (out []string) {
	var one strings.Builder
	quoted := false
	end := func() {
		if v := strings.TrimSpace(one.String()); v != "" {
			out = append(out, v)
		}
		one.Reset()
	}
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ',' || r == '،' || r == '\n'):
			end()
		default:
			one.WriteRune(r)
		}
	}
	end()
	return out
}

func joinList(values []string) string {
	out := slices.Clone(values)
	for i, v := range out {
		if strings.ContainsAny(v, ",،") {
			out[i] = `"` + v + `"`
		}
	}
	return strings.Join(out, ", ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// plainNumber is a number that was typed with Persian digits and their decimal point.
func plainNumber(text string) string { return strings.ReplaceAll(i18n.ASCIIDigits(text), "٫", ".") }

package conditions

import (
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Explanation says of a condition, and of each part of it, whether it held for a
// person and what was seen: the answer to "why is this one in, or not?".
type Explanation struct {
	Condition Condition     `json:"condition"`
	Held      bool          `json:"held"`
	Parts     []Explanation `json:"parts,omitempty"`

	// What was seen, for a single condition. Which of them says something depends on
	// its kind: the value of a field as it is folded (nil when there is none), how
	// many events counted and when the last of them was, how many points.
	Value  any       `json:"value,omitempty"`
	Count  int       `json:"count,omitempty"`
	Last   time.Time `json:"last,omitzero"`
	Number float64   `json:"number,omitempty"`
}

// Explain asks every part of the condition, also where the answer is clear before.
func (c Condition) Explain(f Facts, now time.Time) Explanation {
	return explain(c, &f, moment(now))
}

func explain(c Condition, f *Facts, now time.Time) Explanation {
	n := compile(c)
	e := Explanation{Condition: c, Held: n.holds(f, now)}
	parts := c.parts()
	if none(c) {
		parts = c.Not.Any
	}
	for _, part := range parts {
		e.Parts = append(e.Parts, explain(part, f, now))
	}
	switch n.kind {
	case field:
		e.Value = f.Fields[n.name]
	case event:
		e.Count, e.Last = n.counted(f.Events, now)
	case figure:
		e.Number = f.Numbers[n.name]
	}
	return e
}

// none says whether a condition is that none of several holds: said in one.
func none(c Condition) bool { return c.Not != nil && len(c.Not.Any) > 0 }

// Say says what is asked here; of all, any and not without their parts.
func (e Explanation) Say(l i18n.Locale, names Names) string {
	c := e.Condition
	switch {
	case len(c.All) > 0:
		return l.T("conditions.explain.all", "n", len(c.All))
	case len(c.Any) > 0:
		return l.T("conditions.explain.any")
	case none(c):
		return l.T("conditions.explain.none")
	case c.Not != nil:
		return l.T("conditions.explain.not")
	}
	return c.SayWith(l, names)
}

// Seen says what was seen; it is empty where there is nothing to see.
func (e Explanation) Seen(l i18n.Locale) string {
	s, c := speaker{Locale: l}, e.Condition
	set, _ := c.membership()
	switch {
	case len(e.Parts) > 0 || c.All != nil || c.Any != nil:
		return ""
	case c.Field != "" && e.Value == nil:
		return l.T("conditions.seen.nothing")
	case c.Field != "":
		return l.T("conditions.seen.value", "value", s.seen(c.Field, e.Value))
	case c.Event != "" && e.Count == 0:
		return l.T("conditions.seen.never")
	case c.Event != "":
		return l.T("conditions.seen.events", "n", e.Count, "last", l.DateTime(e.Last))
	case c.Points != nil:
		return l.T("conditions.seen.points", "n", int64(e.Number))
	case c.Score != nil:
		return l.T("conditions.seen.score", "value", l.Num(e.Number))
	case set != "" && e.Held:
		return l.T("conditions.seen.in")
	case set != "":
		return l.T("conditions.seen.out")
	}
	return ""
}

// seen says a folded value, each of a list.
func (s speaker) seen(field string, value any) string {
	list, ok := value.([]any)
	if !ok {
		return s.value(field, value)
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = s.value(field, v)
	}
	return strings.Join(words, s.T("conditions.comma"))
}

// counted returns how many events count, and when the last of them was.
func (n *node) counted(events []Event, now time.Time) (count int, last time.Time) {
	for i := range events {
		if e := &events[i]; n.counts(e, now) {
			count++
			if e.At.After(last) {
				last = e.At
			}
		}
	}
	return count, last
}

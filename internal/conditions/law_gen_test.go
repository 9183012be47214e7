package conditions_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// The words of the small world in which both evaluators are compared: few enough
// that conditions and people often meet, and every one of them awkward.
var (
	attributes = []string{"city", "cups", "born", "likes", "a&b", "شهر", "x.y'z%_?[0]", "never"}
	texts      = []string{
		"Tehran", "كرج", "کرج", "سرنخ‌ها", "[vip]", `["a"]`, `["a","b"]`, "[", "a", "b", "a_b", "a%b", "axb", "50%", "!x", `"q"`, `\`, `c:\d`,
		"4", "4.0", "۴", "true", "<b>&", "\u2028", "null", "{}", "İ", "ı", "ß", "ir", "IR", "fa", "$", "?", "x?y", "o'clock", "long " + long,
	}
	numbers = []float64{4, 4.5, -3, 0, 1, 100, 1e6, 0.1, 1e-7, 5e-324, 1e20, 1e21, 1e300, -1e300, 1 << 53, 1<<62 + 1024, 1.7976931348623157e308}
	zones   = []string{"UTC", "Asia/Tehran", "America/New_York", "America/St_Johns", "Pacific/Kiritimati", "Asia/Beirut"}
	spans   = []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
	// Two of these days are those on which clocks in Tehran and Beirut jump over midnight.
	moments = []string{"2026-11-21T09:00:00.123456Z", "2022-03-22T00:30:00+04:30", "2022-03-28T00:30:00+03:00", "2026-01-01T00:00:00Z", "2026-03-08T03:00:00-04:00"}
	events  = []string{"Order Completed", "Page Viewed", "It's ?", "Never"}
	members = map[string][]string{
		conditions.SetTag: {"VIP", "همکار", "o'tag"}, conditions.SetSegment: {"loyal", "new"},
		conditions.SetConsent: {"marketing", "marketing/email"}, conditions.SetGrade: {"A", "B"}, conditions.SetVariant: {"page/a", "page/b"},
	}
	sets    = slices.Sorted(maps.Keys(members))
	columns = map[string][]string{"country": {"IR", "DE", ""}, "language": {"fa", "en", ""}, "email": {"a@example.com", "b_b@example.com", ""}}
)

var long = strings.Repeat("ب ", 300)

// drawNow draws a present with the zone of a workspace.
func drawNow(t *rapid.T) time.Time {
	zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339Nano, rapid.SampledFrom(moments).Draw(t, "now"))
	if err != nil {
		t.Fatal(err)
	}
	return at.In(zone)
}

// drawMoment draws a time on, just before, just after or far from the border of a window.
func drawMoment(t *rapid.T, now time.Time) time.Time {
	off := rapid.SampledFrom([]time.Duration{0, time.Microsecond, -time.Microsecond, time.Second, -time.Second, 26 * time.Hour}).Draw(t, "off")
	back := rapid.SampledFrom(append(spans, 0, -time.Hour, 400*24*time.Hour)).Draw(t, "back")
	return now.Add(-back + off).UTC().Truncate(time.Microsecond)
}

func drawValue(t *rapid.T, now time.Time) any {
	switch rapid.SampledFrom([]string{"text", "text", "number", "number", "bool", "list", "day", "instant", "nothing"}).Draw(t, "kind") {
	case "text":
		return rapid.SampledFrom(texts).Draw(t, "text")
	case "number":
		return rapid.SampledFrom(numbers).Draw(t, "number")
	case "bool":
		return rapid.Bool().Draw(t, "bool")
	case "list":
		return rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(texts).AsAny(), rapid.SampledFrom(numbers).AsAny()), 0, 3).Draw(t, "list")
	case "day":
		return drawMoment(t, now).In(now.Location()).Format(time.DateOnly)
	case "instant":
		return drawMoment(t, now).Format(time.RFC3339Nano)
	}
	return rapid.SampledFrom([]any{nil, "", map[string]any{"deep": 1}}).Draw(t, "nothing")
}

func drawProperties(t *rapid.T, now time.Time) map[string]any {
	out := map[string]any{}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(attributes[:len(attributes)-1]), 0, 4, rapid.ID).Draw(t, "names") {
		out[name] = drawValue(t, now)
	}
	return out
}

// drawTest draws what is asked of a value. It may make no sense: then Check says so.
func drawTest(t *rapid.T, now time.Time) (test conditions.Test) {
	text := func() string {
		s := []rune(rapid.SampledFrom(texts).Draw(t, "text"))
		n := rapid.IntRange(1, len(s)).Draw(t, "cut")
		return string(s[:n])
	}
	limit := func() any {
		at := drawMoment(t, now)
		return rapid.SampledFrom([]any{
			rapid.SampledFrom(numbers).Draw(t, "limit"), "۴", at.In(now.Location()).Format(time.DateOnly), at.Format(time.RFC3339Nano),
		}).Draw(t, "limit")
	}
	scalar := func() any {
		return rapid.OneOf(rapid.SampledFrom(texts).AsAny(), rapid.SampledFrom(numbers).AsAny(), rapid.Bool().AsAny()).Draw(t, "value")
	}
	switch rapid.SampledFrom([]string{"is", "one_of", "contains", "starts", "known", "least", "most", "both", "within"}).Draw(t, "test") {
	case "is":
		test.Is = scalar()
	case "one_of":
		test.OneOf = []any{}
		for range rapid.IntRange(0, 3).Draw(t, "many") {
			test.OneOf = append(test.OneOf, scalar())
		}
	case "contains":
		test.Contains = text()
	case "starts":
		test.StartsWith = text()
	case "known":
		test.Known = new(rapid.Bool().Draw(t, "known"))
	case "least":
		test.AtLeast = limit()
	case "most":
		test.AtMost = limit()
	case "both":
		test.AtLeast, test.AtMost = limit(), limit()
	case "within":
		test.Within = drawSpan(t)
	}
	return test
}

func drawSpan(t *rapid.T) period.Period {
	return period.Period(rapid.SampledFrom(spans).Draw(t, "within"))
}

// drawCondition draws a tree.
func drawCondition(t *rapid.T, now time.Time, depth int) (c conditions.Condition) {
	kinds := []string{"field", "field", "column", "event", "event", "set", "number", "everybody"}
	if depth > 0 {
		kinds = append(kinds, "all", "any", "not", "all", "any", "not")
	}
	parts := func() []conditions.Condition {
		out := make([]conditions.Condition, rapid.IntRange(0, 3).Draw(t, "parts"))
		for i := range out {
			out[i] = drawCondition(t, now, depth-1)
		}
		return out
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "field":
		c.Field, c.Test = rapid.SampledFrom(attributes).Draw(t, "field"), drawTest(t, now)
	case "column":
		c.Field, c.Test = rapid.SampledFrom([]string{"country", "language", "email"}).Draw(t, "column"), drawTest(t, now)
		if rapid.Bool().Draw(t, "likely") {
			value := rapid.SampledFrom(columns[c.Field][:2]).Draw(t, "value")
			c.Test = rapid.SampledFrom([]conditions.Test{{Is: value}, {OneOf: []any{value, "xx"}}, {StartsWith: value[:1]}, {Contains: value[1:]}}).Draw(t, "test")
		}
	case "event":
		c.Event, c.Times = rapid.SampledFrom(events).Draw(t, "event"), rapid.IntRange(0, 3).Draw(t, "times")
		if rapid.Bool().Draw(t, "lately") {
			c.Within = drawSpan(t)
		}
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "where") {
			if c.Properties == nil {
				c.Properties = conditions.Properties{}
			}
			c.Properties[rapid.SampledFrom(attributes).Draw(t, "property")] = conditions.Property(drawTest(t, now))
		}
	case "set":
		set := rapid.SampledFrom(sets).Draw(t, "set")
		name := rapid.SampledFrom(members[set]).Draw(t, "name")
		switch set {
		case conditions.SetTag:
			c.Tag = name
		case conditions.SetSegment:
			c.Segment = name
		case conditions.SetConsent:
			c.Consent = name
		case conditions.SetGrade:
			c.Grade = name
		case conditions.SetVariant:
			c.Variant = name
		}
	case "number":
		n := rapid.Int64Range(-2, 12).Draw(t, "least")
		if c.Points = &n; rapid.Bool().Draw(t, "score") {
			c.Points, c.Score = nil, &n
		}
	case "all":
		c.All = parts()
	case "any":
		c.Any = parts()
	case "not":
		part := drawCondition(t, now, depth-1)
		c.Not = &part
	}
	return c
}

// person is a lead as drawn: what the database holds and the facts that it means.
type person struct {
	country, language, email string
	unfolded                 bool // a row without folds
	events                   []happening
	points, score            *int64
	facts                    conditions.Facts
}

type happening struct {
	name  string
	at    time.Time
	folds map[string]any // nil: a row without folds
}

func drawPerson(t *rapid.T, now time.Time) *person {
	p := &person{}
	raw := drawProperties(t, now)
	if p.unfolded = rapid.IntRange(0, 19).Draw(t, "unfolded") == 0; p.unfolded {
		raw = map[string]any{}
	} else {
		p.country = rapid.SampledFrom(columns["country"]).Draw(t, "country")
		p.language = rapid.SampledFrom(columns["language"]).Draw(t, "language")
		p.email = rapid.SampledFrom(columns["email"]).Draw(t, "email")
		raw["country"], raw["language"], raw["email"] = p.country, p.language, p.email
	}
	p.facts.Fields = conditions.Fold(raw)
	for range rapid.IntRange(0, 5).Draw(t, "events") {
		h := happening{name: rapid.SampledFrom(events[:3]).Draw(t, "event"), at: drawMoment(t, now)}
		if rapid.IntRange(0, 9).Draw(t, "folded") > 0 {
			h.folds = conditions.Fold(drawProperties(t, now))
		}
		p.events = append(p.events, h)
		p.facts.Events = append(p.facts.Events, conditions.Event{Name: h.name, Folds: h.folds, At: h.at})
	}
	figure := func(name string) *int64 {
		if !rapid.Bool().Draw(t, name) {
			return nil
		}
		n := rapid.Int64Range(-3, 12).Draw(t, name)
		p.facts.SetNumber(name, float64(n))
		return &n
	}
	p.points, p.score = figure(conditions.NumberPoints), figure(conditions.NumberScore)
	for _, set := range sets {
		for _, name := range members[set] {
			if rapid.IntRange(0, 2).Draw(t, set) == 0 {
				if set == conditions.SetTag {
					name = i18n.Fold(name)
				}
				p.facts.Join(set, name)
			}
		}
	}
	return p
}

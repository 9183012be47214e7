package conditions_test

import (
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/period"
)

// What random draws seldom bring together: each awkward value, alone and in a list,
// against each test of each awkward value.
func TestMatchAndWhereAgreeOnEveryAwkwardValue(t *testing.T) {
	eachBase(t, func(t *testing.T, b base) {
		now := time.Date(2026, 11, 21, 12, 30, 0, 0, time.FixedZone("", 3*3600+1800))
		const name = "x.y'z%_?[0]&"
		var people []*person
		add := func(value any, country string) {
			p := &person{country: country}
			raw := map[string]any{name: value, "country": country, "language": ""}
			p.facts.Fields = conditions.Fold(raw)
			people = append(people, p)
		}
		var values []any
		for i, text := range texts {
			add(text, "I")
			add([]any{text, texts[(i+1)%len(texts)]}, "IR")
			add([]any{text}, "")
			values = append(values, text)
		}
		for _, n := range numbers {
			add(n, "DE")
			values = append(values, n, -n)
		}
		add(true, "")
		add(nil, "")
		b.fill(t, people)

		ask := func(test conditions.Test) {
			for _, field := range []string{name, "country"} {
				if c := (conditions.Condition{Field: field, Test: test}); c.Check() == nil {
					b.agree(t, c, people, now)
					b.agree(t, conditions.Condition{Not: &c}, people, now)
				}
			}
		}
		for _, v := range values {
			ask(conditions.Test{Is: v})
			ask(conditions.Test{OneOf: []any{v, "a"}})
			if text, ok := v.(string); ok {
				ask(conditions.Test{Contains: text})
				ask(conditions.Test{StartsWith: text})
				first := string([]rune(text)[:1])
				ask(conditions.Test{Contains: first})
				ask(conditions.Test{StartsWith: first})
				continue
			}
			ask(conditions.Test{AtLeast: v})
			ask(conditions.Test{AtMost: v})
			ask(conditions.Test{AtLeast: v, AtMost: v})
		}
		ask(conditions.Test{Known: new(true)})
		ask(conditions.Test{Known: new(false)})
	})
}

// Days and times round the borders of days, in zones where the clocks jump over
// midnight too.
func TestMatchAndWhereAgreeOnEveryBorderOfADay(t *testing.T) {
	eachBase(t, func(t *testing.T, b base) {
		for i, zone := range zones {
			place, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339Nano, moments[i%len(moments)])
			if err != nil {
				t.Fatal(err)
			}
			now := at.In(place)
			var people []*person
			var limits []any
			add := func(text string) {
				people = append(people, &person{facts: conditions.Facts{Fields: conditions.Fold(map[string]any{"born": text, "country": "", "language": ""})}})
				limits = append(limits, text)
			}
			for days := -8; days <= 1; days++ {
				day := now.AddDate(0, 0, days)
				add(day.Format(time.DateOnly))
				if days < -2 && days > -7 {
					continue
				}
				midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, place)
				for _, off := range []time.Duration{-time.Second, 0, time.Second, time.Hour} {
					add(midnight.Add(off).Format(time.RFC3339))
				}
				add(day.Format(time.RFC3339Nano))
				add(day.Add(time.Second).UTC().Format(time.RFC3339))
				add(day.Add(-time.Second).UTC().Format(time.RFC3339))
			}
			b.fill(t, people)
			for _, limit := range limits {
				for _, test := range []conditions.Test{{AtLeast: limit}, {AtMost: limit}, {AtLeast: limit, AtMost: limit}} {
					b.agree(t, conditions.Condition{Field: "born", Test: test}, people, now)
				}
			}
			for _, span := range spans {
				c := conditions.Condition{Field: "born", Test: conditions.Test{Within: period.Period(span)}}
				b.agree(t, c, people, now)
				b.agree(t, conditions.Condition{Not: &c}, people, now)
			}
		}
	})
}

package conditions

import (
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("Tehran", 3*3600+1800))

func person() Facts {
	f := Facts{
		Fields: Fold(map[string]any{
			"language": "fa", "city": "كرج", "cups": 4.0, "vip": true, "empty": "", "likes": []any{"Moka", "موکا"},
			"born": "1990-03-21", "visit": "2026-11-20T22:00:00Z", "ends": "2026-11-14",
		}),
		Events: []Event{
			{Name: "Order Completed", Folds: Fold(map[string]any{"sku": "kilo", "n": 1000000.0, "total": 150}), At: now.AddDate(0, 0, -3)},
			{Name: "Order Completed", Folds: Fold(map[string]any{"sku": "bag", "total": "150"}), At: now.AddDate(0, 0, -40)},
			{Name: "Order Completed", Folds: Fold(map[string]any{"sku": "kilo"}), At: now.Add(time.Hour)}, // a clock in the future
		},
	}
	f.SetNumber(NumberPoints, 35)
	f.SetNumber(NumberScore, 7.5)
	for set, name := range map[string]string{SetTag: "همکار", SetSegment: "loyal", SetConsent: "marketing/email", SetGrade: "A", SetVariant: "page/b"} {
		f.Join(set, name)
	}
	return f
}

func TestConditionsReadAsTheyAreWritten(t *testing.T) {
	facts := person()
	for text, want := range map[string]bool{
		"{}":                               true,
		"{field: language, is: fa}":        true,
		"{field: language, is: en}":        false,
		"{field: city, is: کرج}":           true,
		"{field: cups, is: 4}":             true,
		"{field: cups, is: ۴}":             true,
		"{field: cups, one_of: [1, 2, 4]}": true,
		"{field: cups, one_of: []}":        false,
		"{field: vip, is: true}":           true,
		"{field: nothing, is: x}":          false,
		"{not: {field: nothing, is: x}}":   true,
		"{field: nothing, known: false}":   true,
		"{field: empty, known: true}":      false,
		"{field: city, contains: کر}":      true,
		"{field: city, starts_with: کر}":   true,
		"{field: city, starts_with: رج}":   false,
		"{field: likes, is: MOKA}":         true,
		"{field: likes, contains: وکا}":    true,
		"{field: likes, known: true}":      true,
		"{field: likes, one_of: [v60]}":    false,

		"{field: cups, at_least: 4}":                              true,
		"{field: cups, at_least: 4.1}":                            false,
		"{field: cups, at_least: 1, at_most: ۴}":                  true,
		"{field: city, at_least: 1}":                              false,
		"{field: born, at_most: 1990-03-21}":                      true,
		"{field: born, at_least: 1990-03-22}":                     false,
		"{field: born, at_least: 4}":                              false,
		"{field: visit, at_least: 2026-11-21}":                    true, // it was 1:30 at night in Tehran
		"{field: visit, at_most: 2026-11-20}":                     false,
		"{field: visit, at_most: 2026-11-21}":                     true,
		"{field: visit, at_least: \"2026-11-21T02:00:00+03:30\"}": false,
		"{field: visit, within: 8h}":                              true,
		"{field: visit, within: 7h}":                              false,
		"{field: ends, within: 1w}":                               false, // that day began nine hours before the week
		"{field: ends, within: 8d}":                               true,

		"{event: Order Completed}":                                                    true,
		"{event: Order Completed, times: 2}":                                          true,
		"{event: Order Completed, times: 3}":                                          false,
		"{event: Order Completed, within: 1w}":                                        true,
		"{event: Order Completed, within: 3d}":                                        true,
		"{event: Order Completed, within: 71h}":                                       false,
		"{event: Order Completed, times: 2, within: 1w}":                              false,
		"{event: Order Completed, where: {sku: bag}}":                                 true,
		"{event: Order Completed, where: {sku: bag}, within: 30d}":                    false,
		"{event: Order Completed, where: {sku: {one_of: [bag, kilo]}}, times: 2}":     true,
		"{event: Order Completed, where: {n: 1000000}}":                               true,
		"{event: Order Completed, where: {total: {at_least: 100}}}":                   true,
		"{event: Order Completed, where: {total: {at_least: 100}}, times: 2}":         false, // the other total is a text
		"{event: Order Completed, where: {total: 150}, times: 2}":                     true,
		"{event: Order Completed, where: {sku: {starts_with: k}, n: {known: false}}}": false,
		"{event: Nothing}": false,

		"{points: 35}":                       true,
		"{points: 36}":                       false,
		"{score: 7}":                         true,
		"{score: 8}":                         false,
		"{tag: همكار}":                       true,
		"{tag: other}":                       false,
		"{segment: loyal}":                   true,
		"{consent: marketing/email}":         true,
		"{consent: marketing}":               false,
		"{grade: A}":                         true,
		"{variant: page/b}":                  true,
		"{not: {variant: page/a}}":           true,
		"{all: [{points: 1}, {tag: همکار}]}": true,

		"{all: [{points: 1}, {field: cups, is: 4}]}":  true,
		"{all: [{points: 1}, {field: cups, is: 5}]}":  false,
		"{any: [{points: 99}, {field: cups, is: 4}]}": true,
		"{any: []}": false,
		"{all: []}": true,
	} {
		var c Condition
		if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := c.Match(facts, now); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestTheZoneSaysWhenADayBegins(t *testing.T) {
	c := Condition{Field: "visit", Test: Test{AtLeast: "2026-11-21"}}
	if facts := person(); !c.Match(facts, now) || c.Match(facts, now.UTC()) {
		t.Error("22:00 in London is the next day in Tehran, and only there")
	}
}

func TestFactsWithMoreLeaveTheOthersAlone(t *testing.T) {
	facts := person()
	if more := facts.With(NumberPoints, 5); more.Numbers[NumberPoints] != 40 || facts.Numbers[NumberPoints] != 35 {
		t.Errorf("%v, %v", more.Numbers, facts.Numbers)
	}
	if more := (Facts{}).With(NumberPoints, 5); more.Numbers[NumberPoints] != 5 {
		t.Errorf("%v", more.Numbers)
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	c, f, now := typical()
	m := Compile(c)
	if n := testing.AllocsPerRun(100, func() { m.Match(f, now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWhatATriggerWaitsForIsATestToo(t *testing.T) {
	order := map[string]any{"sku": "KILO", "total": 150.0, "gift": nil}
	for _, c := range []struct {
		where map[string]any
		want  bool
	}{
		{nil, true},
		{map[string]any{"sku": "kilo"}, true},
		{map[string]any{"sku": "kilo", "total": 150}, true},
		{map[string]any{"sku": "bag"}, false},
		{map[string]any{"total": map[string]any{"at_least": 100}}, true},
		{map[string]any{"total": map[string]any{"at_least": 200}}, false},
		{map[string]any{"gift": map[string]any{"known": false}}, true},
		{map[string]any{"total": map[string]any{"about": 200}}, false},
		{map[string]any{"sku": []any{"kilo"}}, false},
		{map[string]any{"#total": 150}, false},
	} {
		if got := MatchProperties(c.where, order); got != c.want {
			t.Errorf("%v is %v", c.where, got)
		}
	}
	for _, where := range []map[string]any{
		{"a": nil}, {"a": []any{1}}, {"a": map[string]any{}}, {"a": map[string]any{"about": 1}}, {"a": ""}, {"#a": 1},
		{"a": map[string]any{"within": "2d"}},
	} {
		if CheckProperties(where) == nil {
			t.Errorf("%v is taken", where)
		}
	}
	if err := CheckProperties(map[string]any{"a": 1, "b": map[string]any{"one_of": []any{1, "x"}}}); err != nil {
		t.Error(err)
	}
}

package conditions

import (
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestConditionsReadAsTheyAreWritten(t *testing.T) {
	facts := Facts{
		Fields: Fold(map[string]any{"language": "fa", "city": "كرج", "cups": 4.0, "vip": true, "empty": ""}),
		Events: []Event{
			{Name: "Order Completed", Folds: Fold(map[string]any{"sku": "kilo", "n": 1000000.0}), At: now.AddDate(0, 0, -3)},
			{Name: "Order Completed", Folds: Fold(map[string]any{"sku": "bag"}), At: now.AddDate(0, 0, -40)},
			{Name: "Order Completed", Folds: Fold(map[string]any{"sku": "kilo"}), At: now.Add(time.Hour)}, // a clock in the future
		},
		Numbers: map[string]float64{"points": 35},
	}
	for text, want := range map[string]bool{
		"{}":                                                       true,
		"{field: language, is: fa}":                                true,
		"{field: language, is: en}":                                false,
		"{field: city, is: کرج}":                                   true,
		"{field: cups, is: 4}":                                     true,
		"{field: cups, one_of: [1, 2, 4]}":                         true,
		"{field: cups, one_of: []}":                                false,
		"{field: vip, is: true}":                                   true,
		"{field: nothing, is: x}":                                  false,
		"{not: {field: nothing, is: x}}":                           true,
		"{field: nothing, known: false}":                           true,
		"{field: empty, known: true}":                              false,
		"{field: city, contains: کر}":                              true,
		"{event: Order Completed}":                                 true,
		"{event: Order Completed, times: 2}":                       true,
		"{event: Order Completed, times: 3}":                       false,
		"{event: Order Completed, within: 1w}":                     true,
		"{event: Order Completed, times: 2, within: 1w}":           false,
		"{event: Order Completed, where: {sku: bag}}":              true,
		"{event: Order Completed, where: {sku: bag}, within: 30d}": false,
		"{event: Order Completed, where: {n: 1000000}}":            true,
		"{event: Nothing}":                                         false,
		"{points: 35}":                                             true,
		"{points: 36}":                                             false,
		"{all: [{points: 1}, {field: cups, is: 4}]}":               true,
		"{all: [{points: 1}, {field: cups, is: 5}]}":               false,
		"{any: [{points: 99}, {field: cups, is: 4}]}":              true,
		"{any: []}": false,
		"{all: []}": true,
	} {
		var c Condition
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
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

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	for _, text := range []string{
		"{field: a}", "{is: a}", "{field: a, is: b, contains: c}", "{field: a, is: b, event: c}", "{times: 2}",
		"{where: {a: b}}", "{within: 2d}", "{event: a, times: -1}", "{all: [{is: x}]}", "{not: {any: [{field: a}]}}",
		"{points: 1, field: a, is: b}",
	} {
		var c Condition
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if c.Check() == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

package conditions

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func TestWhatMakesNoSenseIsRefusedWithItsPlace(t *testing.T) {
	deep := strings.Repeat("{not: ", 12) + "{tag: a}" + strings.Repeat("}", 12)
	many := "{any: [" + strings.Repeat("{tag: a}, ", 101) + "]}"
	long := strings.Repeat("x", 501)
	for text, want := range map[string]string{
		"{field: a}":                               "condition: field a: needs exactly one of",
		"{is: a}":                                  "condition: is, one_of, contains, starts_with, known, at_least and at_most need a field",
		"{within: 2d}":                             "condition: within needs a field or an event",
		"{field: a, is: b, contains: c}":           "exactly one of",
		"{field: a, is: b, at_least: 3}":           "exactly one of",
		"{field: a, is: b, event: c}":              "only one of",
		"{event: c, is: b}":                        "need a field",
		"{tag: a, segment: b}":                     "only one of",
		"{tag: a, is: b}":                          "need a field",
		"{tag: a, within: 2d}":                     "within needs",
		"{points: 1, score: 2}":                    "only one of",
		"{points: 1, field: a, is: b}":             "only one of",
		"{times: 2}":                               "where and times need an event",
		"{where: {a: b}}":                          "where and times need an event",
		"{event: a, times: -1}":                    "times cannot be negative",
		"{event: a, times: 10001}":                 "10000 is the most",
		"{event: " + long + "}":                    "no event has such a name",
		"{event: a, where: {b: {}}}":               "condition: where.b: needs exactly one of",
		"{event: a, where: {\"#b\": 1}}":           "where.\"#b\": no property has such a name",
		"{event: a, where: {b: {at_least: soon}}}": "where.b: at_least: soon is neither a number nor a date",
		"{all: [{is: x}]}":                         "condition.all[0]: is, one_of",
		"{not: {any: [{tag: a}, {field: a}]}}":     "condition.not.any[1]: field a",
		"{field: \"@a\", is: 1}":                   "no field has such a name",
		"{field: " + long + ", is: 1}":             "no field has such a name",
		"{field: a, is: \"\"}":                     "known: false",
		"{field: a, is: \"\\u200c\"}":              "known: false",
		"{field: a, is: " + long + "}":             "longer than 500",
		"{field: a, contains: " + long + "}":       "longer than 500",
		"{field: a, is: [b]}":                      "there is one_of",
		"{field: a, is: {b: c}}":                   "there is one_of",
		"{field: a, one_of: [b, \"\"]}":            "one_of[1]",
		"{field: a, one_of: [" + strings.Repeat("b, ", 1001) + "]}": "1000 is the most",
		"{field: a, starts_with: \" \"}":                            "starts_with: an empty value",
		"{field: a, at_least: true}":                                "neither a number nor a date",
		"{field: a, at_most: 2026-02-30}":                           "at_most: 2026-02-30 is neither",
		"{field: a, at_least: 2026-03-21T25:00:00Z}":                "neither",
		"{field: a, at_least: \"0x10\"}":                            "neither",
		"{field: a, at_least: .nan}":                                "neither",
		"{field: a, at_least: 1, at_most: 2026-01-01}":              "not of one kind",
		"{field: a, within: 5300w}":                                 "100 years",
		"{tag: \" \"}":                                              "no tag has such a name",
		"{segment: \" a\"}":                                         "segment's key",
		"{grade: \"A \"}":                                           "one grade",
		"{consent: Marketing}":                                      "marketing or marketing/email",
		"{consent: marketing/}":                                     "marketing or marketing/email",
		"{consent: a/b/c}":                                          "marketing or marketing/email",
		"{variant: page}":                                           "summer-page/b",
		"{variant: \"/b\"}":                                         "summer-page/b",
		"{variant: \"\"}":                                           "condition: variant: nothing is written here",
		"{variant: }":                                               "condition: variant: nothing is written here",
		"{tag: ''}":                                                 "condition: tag: nothing is written here",
		"{event: \"\", within: 2d}":                                 "condition: event: nothing is written here",
		"{segment: &a \"\"}":                                        "condition: segment: nothing is written here",
		"{consent: \"\"}":                                           "condition: consent: nothing is written here",
		"{grade: null}":                                             "condition: grade: nothing is written here",
		"{points: null}":                                            "condition: points: nothing is written here",
		"{field: \"\"}":                                             "condition: field: nothing is written here",
		"{field: a, is: null}":                                      "condition: is: nothing is written here",
		"{field: a, contains: \"\"}":                                "condition: contains: nothing is written here",
		"{tag: a, variant: \"\"}":                                   "condition: variant: nothing is written here",
		"{not: null}":                                               "condition: not: nothing is written here",
		"{any: null}":                                               "condition: any: nothing is written here",
		"{all: [{tag: a}, {tag: \"\"}]}":                            "condition.all[1]: tag: nothing",
		"{all: [{tag: a}, {}]}":                                     "condition.all[1]: asks for nothing",
		"{all: [null]}":                                             "condition.all[0]: asks for nothing",
		"{not: {}}":                                                 "condition.not: asks for nothing",
		deep:                                                        "nested more than 12 deep",
		many:                                                        "more than 100 single conditions",
	} {
		var c Condition
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			t.Errorf("%.60s: %v", text, err)
			continue
		}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v\nwant %s", text, err, want)
		}
		if _, _, err := c.Where(Schema{}, now); err == nil {
			t.Errorf("%.60s becomes SQL", text)
		}
		c.Match(person(), now) // and does not break
		inJSON, err := yaml.YAMLToJSON([]byte(text))
		if err != nil || strings.Contains(text, ".nan") { // which JSON does not know
			continue
		}
		var same Condition
		if err := json.Unmarshal(inJSON, &same); err != nil {
			t.Errorf("%.60s: %v", inJSON, err)
		} else if err := same.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v\nwant %s", inJSON, err, want)
		}
	}
}

// Reading each level once more for the one above it must not become a way to keep a
// server busy.
func TestWhatIsNestedWithoutEndIsNotEvenRead(t *testing.T) {
	var c Condition
	err := json.Unmarshal([]byte(strings.Repeat(`{"not":`, 5000)+`{"tag":"a"}`+strings.Repeat("}", 5000)), &c)
	if err == nil || !strings.Contains(err.Error(), "nested more than 12 deep") {
		t.Error(err)
	}
}

func TestTwelveDeepAndAHundredSingleOnesAreTaken(t *testing.T) {
	deep := strings.Repeat("{not: ", 11) + "{tag: a}" + strings.Repeat("}", 11)
	many := "{any: [" + strings.Repeat("{tag: a}, ", 100) + "]}"
	for _, text := range []string{deep, many} {
		var c Condition
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		if err := c.Check(); err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func TestConditionsSurviveBeingStored(t *testing.T) {
	for _, text := range []string{
		"{}", "{all: []}", "{any: []}", "{field: a, one_of: []}", "{field: a, is: false}", "{field: a, is: 0}", "{field: a, at_least: 0}",
		"{field: a, known: false}", "{field: a, within: 2d}", "{points: 0}", "{score: 0}", "{not: {all: []}}",
		"{event: A, times: 2, within: 1w, where: {a: 1, b: false, c: {one_of: []}, d: {at_least: 1, at_most: 3}, e: {known: false}}}",
		"{tag: a}", "{segment: a}", "{consent: a/b}", "{grade: A}", "{variant: a/b}",
	} {
		var c, fromJSON, fromYAML Condition
		if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		written, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &fromJSON); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if err := yaml.UnmarshalWithOptions(written, &fromYAML, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		again, err := json.Marshal(fromJSON)
		if err != nil {
			t.Fatal(err)
		}
		fromFile, err := json.Marshal(fromYAML)
		if err != nil {
			t.Fatal(err)
		}
		if string(again) != string(raw) || string(fromFile) != string(raw) {
			t.Errorf("%s\nis stored as %s\nread back as %s\nin a file %s\nread back as %s", text, raw, again, written, fromFile)
		}
	}
	var c Condition
	if err := json.Unmarshal([]byte(`{"event":"A","where":{"a":{"about":1}}}`), &c); err == nil {
		t.Error("an unknown test is taken")
	}
	if err := yaml.Unmarshal([]byte("{event: A, where: {a: [1]}}"), &c); err == nil || !strings.Contains(err.Error(), "[1:") {
		t.Errorf("a list where one value belongs: %v", err)
	}
}

// The demo's files are written in the language of today.
func TestTheSampleFilesAreUnderstood(t *testing.T) {
	names, err := filepath.Glob("../../sample/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	found := 0
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range strings.Split(string(raw), "\n---") {
			var d struct {
				Condition *Condition
				Where     map[string]any
			}
			if err := yaml.Unmarshal([]byte(doc), &d); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d.Condition != nil {
				found++
				if err := d.Condition.Check(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := CheckProperties(d.Where); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if found == 0 {
		t.Error("no sample has a condition")
	}
}

func TestNeedsAreWhatAllTheConditionsAskFor(t *testing.T) {
	var c, d Condition
	for text, into := range map[string]*Condition{
		`{all: [{event: A, within: 7d}, {event: A, within: 2d}, {event: B, within: 2d}, {tag: VIP}, {not: {segment: b}}, {points: 1}, {field: city, is: x}]}`: &c,
		`{any: [{event: B}, {tag: كرج}, {segment: a}, {score: 3}, {event: C, where: {at: {within: 1d}}}]}`:                                                    &d,
	} {
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	want := Need{
		Events: map[string]time.Duration{"A": 7 * 24 * time.Hour, "B": 0, "C": 0},
		Sets:   map[string][]string{SetTag: {"vip", "کرج"}, SetSegment: {"a", "b"}}, Numbers: []string{"points", "score"}, Fields: []string{"city"},
	}
	if diff := cmp.Diff(want, Needs(c, d)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b"}, c.Segments()); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]bool{
		"{tag: a}": false, "{event: A}": false, "{not: {all: [{tag: a}, {event: A, within: 1d}]}}": true, "{field: a, within: 1d}": true,
		"{event: A, where: {at: {within: 1d}}}": true, "{field: a, at_least: 2026-01-01}": false,
	} {
		var c Condition
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		if c.TimeDependent() != want {
			t.Errorf("%s depends on time: %v", text, !want)
		}
	}
}

func FuzzConditionsAreReadAndChecked(f *testing.F) {
	for _, seed := range []string{
		`{"field":"a","is":"b"}`, `{"all":[{"event":"A","where":{"a":{"at_least":"2026-01-01"}},"within":"2d"},{"not":{"points":3}}]}`,
		`{"any":[{"consent":"a/b"},{"variant":"a/b"},{"tag":"x"}]}`, `{"field":"a","one_of":[1,true,"x",null]}`, `{"event":"A","where":{"a":[]}}`,
		`{"field":"a","at_least":"1e999","at_most":"0x1p4"}`, "field: a\nis: ۴", "all:\n- &a {tag: x}\n- *a",
	} {
		f.Add([]byte(seed))
	}
	facts := person()
	f.Fuzz(func(t *testing.T, raw []byte) {
		var fromYAML Condition
		if yaml.Unmarshal(raw, &fromYAML) == nil {
			_ = fromYAML.Check()
		}
		var c Condition
		if json.Unmarshal(raw, &c) != nil {
			return
		}
		held := c.Match(facts, now)
		if c.Check() != nil {
			return
		}
		stored, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var again Condition
		if err := json.Unmarshal(stored, &again); err != nil {
			t.Fatalf("%s: %v", stored, err)
		}
		if err := again.Check(); err != nil || again.Match(facts, now) != held {
			t.Fatalf("%s is another condition when read back: %v", stored, err)
		}
		for _, few := range []bool{false, true} {
			query, args, err := c.Where(everything(few), now)
			if err != nil {
				t.Fatalf("%s: %v", stored, err)
			}
			if n := strings.Count(query, "?"); n != len(args) {
				t.Fatalf("%s: %d arguments for %d places in %s", stored, len(args), n, query)
			}
		}
	})
}

// everything is a schema that knows all there is to ask for.
func everything(few bool) Schema {
	s := Schema{Lead: "lead", Folds: "folds", Events: "events", Few: few, Sets: map[string]Set{}, Numbers: map[string]Number{}}
	for _, set := range []string{SetTag, SetSegment, SetConsent, SetGrade, SetVariant} {
		s.Sets[set] = SetQuery("SELECT lead_id FROM members WHERE name = ?")
	}
	for _, number := range []string{NumberPoints, NumberScore} {
		s.Numbers[number] = Number{Table: "figures", Column: "figure"}
	}
	return s
}

func TestWhatTheSchemaDoesNotKnowCannotBeAsked(t *testing.T) {
	for _, c := range []Condition{{Tag: "a"}, {Points: new(int64(1))}, {Any: []Condition{{Field: "a", Test: Test{Is: 1}}, {Not: &Condition{Segment: "a"}}}}} {
		if _, _, err := c.Where(Schema{Lead: "lead", Folds: "folds", Events: "events"}, now); err == nil {
			t.Errorf("%+v becomes SQL", c)
		}
	}
}

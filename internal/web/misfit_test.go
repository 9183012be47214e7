package web

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/period"
)

type basket struct {
	stamped
	Name  string         `json:"name"`
	Lines []*basketLine  `json:"lines"`
	First basketLine     `json:"first"`
	More  map[string]any `json:"more"`
	In    *basket        `json:"in"`
}

type stamped struct {
	At time.Time `json:"at"`
}

type basketLine struct {
	Count int             `json:"count"`
	Keeps period.Period   `json:"keeps"`
	Parts map[string]int8 `json:"parts"`
}

func TestAMisfitIsNamedByItsWholePath(t *testing.T) {
	const kind, unknown, length = "errors.type", "errors.unknown_field", "errors.period"
	for body, want := range map[string]errs.Fields{
		`{"lines":[{"count":1},{"keeps":"soon"}]}`:    {"lines[1].keeps": length},
		`{"lines":[{"keeps":14},{"count":"one"}]}`:    {"lines[0].keeps": length, "lines[1].count": kind},
		`{"lines":[{"parts":{"a":1,"b":1000}}]}`:      {"lines[0].parts.b": kind},
		`{"first":{"parts":[1]},"name":1}`:            {"first.parts": kind, "name": kind},
		`{"more":[],"at":"yesterday"}`:                {"more": kind, "at": kind},
		`{"lines":[{"colour":"red"}],"colour":"red"}`: {"lines[0].colour": unknown, "colour": unknown},
		`{"lines":{}}`: {"lines": kind},
		`{"in":{"in":{"lines":[null,{"count":1.5}]}}}`: {"in.in.lines[1].count": kind},
		`{"Name":"x","LINES":[{"COUNT":true}]}`:        {"LINES[0].COUNT": kind},
		`[]`:                                           {"body": kind},
		`{"name":"a"`:                                  {"body": "errors.json"},
		`{"name":"a"} {}`:                              {"body": "errors.json"},
		strings.Repeat(`{"in":`, 40) + `{"name":1}` + strings.Repeat("}", 40): {strings.TrimPrefix(strings.Repeat(".in", 32), "."): kind},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		var b basket
		got, _ := errs.AsFields(ReadJSON(r, &b))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.60s: %s", body, diff)
		}
	}
	var any map[string]json.RawMessage
	r := httptest.NewRequest("POST", "/", strings.NewReader(`[1]`))
	r.Header.Set("Content-Type", "application/json")
	if got, _ := errs.AsFields(ReadJSON(r, &any)); got["body"] != kind {
		t.Errorf("a list for a map: %v", got)
	}
}

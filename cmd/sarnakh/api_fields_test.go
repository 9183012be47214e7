package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEveryFieldOfTheAPIIsDescribed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var d struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Ref, Name, In, Description string }
		}
		Components struct {
			Schemas map[string]struct{ Properties map[string]json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(h.send("GET", "/api/openapi.json", "").body), &d); err != nil {
		t.Fatal(err)
	}
	words, err := apiFields()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for name, schema := range d.Components.Schemas {
		for field, raw := range schema.Properties {
			if !strings.Contains(string(raw), `"description":`) {
				t.Errorf("%s.%s has no description: write one in api_fields.yaml", name, field)
			}
			plain := strings.TrimSuffix(strings.TrimSuffix(name, "Input"), "Answer")
			for _, key := range []string{name + "." + field, plain + "." + field, field} {
				if words[key] != "" {
					used[key] = true
				}
			}
		}
	}
	for path, calls := range d.Paths {
		for method, call := range calls {
			for _, p := range call.Parameters {
				if p.In == "path" {
					used["{"+p.Name+"}"] = true
				}
				if p.In != "" && p.Description == "" {
					t.Errorf("%s %s: %s has no description", method, path, p.Name)
				}
			}
		}
	}
	for key := range words {
		if !used[key] {
			t.Errorf("%s is described and stands nowhere", key)
		}
	}
}

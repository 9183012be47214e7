package main

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/web"
)

func TestEveryRuleOfABodyHasWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	catalog := h.kit.Templates.Catalog()
	seen := map[reflect.Type]bool{}
	var walk func(where string, of reflect.Type)
	walk = func(where string, of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || seen[of] {
			return
		}
		seen[of] = true
		for i := range of.NumField() {
			f := of.Field(i)
			for rule := range strings.SplitSeq(f.Tag.Get("validate"), ",") {
				word, _, _ := strings.Cut(rule, "=")
				if word != "" && word != "omitempty" && word != "dive" && !catalog.Has("errors."+word) {
					t.Errorf("%s: %s.%s must be %q, and the catalogue has no errors.%s to say so", where, of, f.Name, rule, word)
				}
			}
			walk(where, f.Type)
		}
	}
	for _, r := range h.mux.Routes() {
		if r.Doc != nil && r.Doc.Body != nil {
			walk(r.Pattern, reflect.TypeOf(r.Doc.Body))
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d bodies have been looked at", len(seen))
	}
}

func TestEveryScopeOpensSomething(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, r := range newHouse(t).mux.Routes() {
		used[r.Scope] = true
	}
	for _, scope := range access.KnownScopes() {
		if !used[scope] {
			t.Errorf("keys can be given the scope %s, which opens nothing", scope)
		}
	}
}

func TestAKeyForTheMetricsSeesNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, key, err := h.access.CreateKey(t.Context(), "prometheus", "test", web.Scopes{"metrics:read"})
	if err != nil {
		t.Fatal(err)
	}
	if a := h.send("GET", "/metrics", "", "Authorization: Bearer "+key); a.StatusCode != 200 || !strings.Contains(a.body, "sarnakh_outbox_jobs") {
		t.Errorf("the metrics: %d %.200s", a.StatusCode, a.body)
	}
	for _, path := range []string{"/api/v1/leads", "/leads", "/", "/settings/keys", "/dev/mailbox.json"} {
		if a := h.send("GET", path, "", "Authorization: Bearer "+key, "Accept: application/json"); a.StatusCode != 403 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
		h.tellsNothing(t, h.send("GET", path, "", "Authorization: Bearer "+key))
	}
}

func TestTheGuideNamesEveryCallAndItsScope(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../doc/api.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	for _, r := range newHouse(t).mux.Routes() {
		if _, path, _ := strings.Cut(r.Pattern, " "); !strings.HasPrefix(path, "/api/v1/") {
			continue
		}
		i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "`"+r.Pattern+"`") })
		if i < 0 {
			t.Errorf("doc/api.md does not name `%s`", r.Pattern)
		} else if !strings.Contains(lines[i], "`"+r.Scope+"`") {
			t.Errorf("doc/api.md does not say that `%s` needs %s", r.Pattern, r.Scope)
		}
	}
}

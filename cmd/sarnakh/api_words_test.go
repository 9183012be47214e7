package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestEveryRuleOfABodyHasWords(t *testing.T) {
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

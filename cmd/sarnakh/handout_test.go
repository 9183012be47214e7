package main

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatIsHandedOutHasWordsForEveryTableAndColumn(t *testing.T) {
	// The numbers by which rows know each other, and what the program carries along to
	// work with: the page leaves them out, the file has them.
	inner := []string{"id", "entry", "context", "body", "round", "attempt", "tries", "next_at", "lease_until"}
	// What the page tells in words of its own.
	told := []string{"events", "leads"}
	eachHousehold(t, func(t *testing.T, w household) {
		words := w.kit.Templates.Catalog()
		columns := w.columns()
		for _, h := range w.leads.Holdings() {
			if slices.Contains(told, h.Table) {
				continue
			}
			if !words.Has("privacy.table." + h.Table) {
				t.Errorf("%s has no name in the catalogue: privacy.table.%s", h.Table, h.Table)
			}
			for _, name := range columns {
				table, column, _ := strings.Cut(name, ".")
				if table != h.Table || slices.Contains(h.Hide, column) || slices.Contains(inner, column) {
					continue
				}
				number := strings.HasSuffix(column, "_id") && column != "visitor_id" && column != "order_id"
				if number && h.Names[column] != "" {
					column, number = strings.TrimSuffix(column, "_id"), false
				}
				if !number && column != "at" && !words.Has("handout.column."+column) {
					t.Errorf("%s.%s has no words: handout.column.%s", h.Table, column, column)
				}
			}
			for pointer := range h.Names {
				if !slices.Contains(columns, h.Table+"."+pointer) {
					t.Errorf("%s names %s, which it has not", h.Table, pointer)
				}
			}
		}
	})
}

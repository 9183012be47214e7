package web

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/period"
)

// deepestMisfit bounds how far a misfit is looked for: each level is read once more for the
// one above it.
const deepestMisfit = 32

// misfits names every value of a JSON body that does not fit the type it is read into, by
// its path, as in "goals[1].window". The reader itself knows no indexes, stops at the first,
// and of a type that reads its own JSON, as a time does, not even the field.
func misfits(bad errs.Fields, path string, raw json.RawMessage, t reflect.Type, depth int) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if strictly(raw, reflect.New(t).Interface()) == nil {
		return
	}
	before := len(bad)
	if depth < deepestMisfit {
		within(raw, t, func(step, unknown string, inner json.RawMessage, of reflect.Type) {
			at := strings.TrimPrefix(path+step, ".")
			if of == nil {
				bad[at] = unknown
				return
			}
			misfits(bad, at, inner, of, depth+1)
		})
	}
	if len(bad) > before {
		return
	}
	if bad[named(path)] = "errors.type"; t == reflect.TypeFor[period.Period]() {
		bad[named(path)] = "errors.period"
	}
}

// within visits the parts of a value, as far as it has the parts of its type; of what the
// type does not have, of is nil and unknown says so.
func within(raw json.RawMessage, t reflect.Type, visit func(step, unknown string, inner json.RawMessage, of reflect.Type)) {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for i, one := range list {
				visit(fmt.Sprintf("[%d]", i), "", one, t.Elem())
			}
		}
	case reflect.Struct, reflect.Map:
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			return
		}
		for name, one := range fields {
			of, unknown := part(t, name)
			visit("."+name, unknown, one, of)
		}
	}
}

// part is the type of a field of a struct, or of the values of a map.
func part(t reflect.Type, name string) (of reflect.Type, unknown string) {
	if t.Kind() == reflect.Map {
		return t.Elem(), ""
	}
	for _, f := range reflect.VisibleFields(t) {
		known, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || known == "-" || known == "" && f.Anonymous {
			continue
		}
		if known == "" {
			known = f.Name
		}
		if strings.EqualFold(known, name) {
			return f.Type, ""
		}
	}
	return nil, "errors.unknown_field"
}

package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Words say what the fields of the API hold: "Lead.channel" for the field of one type,
// "channel" for it wherever it stands, and "{id}" for a part of an address. A type that
// is told apart by its use, as LeadInput from Lead, shares the words of the plain one.
type Words map[string]string

// of is what a field of a schema holds, and under which name that stands.
func (w Words) of(schema, field string) (text, key string) {
	for _, key := range []string{
		schema + "." + field, strings.TrimSuffix(strings.TrimSuffix(schema, "Input"), "Answer") + "." + field, field,
	} {
		if w[key] != "" {
			return w[key], key
		}
	}
	return "", ""
}

// describe puts the words into the schemas. What a type says of itself stays behind them.
func (w Words) describe(schemas jsonschema.Definitions) {
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		properties := schemas[name].Properties
		if properties == nil {
			continue
		}
		for pair := properties.Oldest(); pair != nil; pair = pair.Next() {
			text, _ := w.of(name, pair.Key)
			if text == "" {
				continue
			}
			var property jsonschema.Schema // anything at all: true may not carry words
			if pair.Value != jsonschema.TrueSchema {
				property = *pair.Value
			}
			property.Description = strings.TrimSpace(text + " " + property.Description)
			pair.Value = &property
		}
	}
}

package manifest

import (
	"encoding/json"
	"path"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// Schema is the JSON Schema (draft 2020-12) of the files, for editors: it completes
// names and marks what is misspelt while one writes.
func Schema(kinds []Kind) ([]byte, error) {
	types := map[string]reflect.Type{}
	r := &jsonschema.Reflector{FieldNameTag: "yaml", Anonymous: true, Mapper: scalar, Namer: func(t reflect.Type) string {
		types[name(t)] = t
		return name(t)
	}}
	root := &jsonschema.Schema{
		Version: jsonschema.Version, Title: "Sarnakh campaign files",
		Definitions: jsonschema.Definitions{},
	}
	for _, k := range kinds {
		one := r.Reflect(k.New())
		for name, def := range one.Definitions {
			root.Definitions[name] = def
		}
		doc := root.Definitions[name(reflect.TypeOf(k.New()).Elem())]
		if kind, ok := doc.Properties.Get("kind"); ok {
			kind.Const = k.Name()
		}
		root.OneOf = append(root.OneOf, &jsonschema.Schema{Ref: one.Ref})
	}
	for name, def := range root.Definitions {
		if t, ok := types[name]; ok && t.Kind() == reflect.Struct {
			choices(def, t)
		}
	}
	raw, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(raw, '\n'), nil
}

// name keeps types of different features apart: "forms.Field". A list or a pointer
// has none.
func name(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	return path.Base(t.PkgPath()) + "." + t.Name()
}

// choices tells an editor which words a field takes, from its validate tag.
func choices(def *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		property, ok := def.Properties.Get(key)
		_, words, found := strings.Cut(f.Tag.Get("validate"), "oneof=")
		if !ok || !found {
			continue
		}
		words, _, _ = strings.Cut(words, ",")
		for word := range strings.FieldsSeq(words) {
			property.Enum = append(property.Enum, word)
		}
	}
}

// scalar writes down the types whose YAML form is not that of their Go struct.
func scalar(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[i18n.Text]():
		properties := jsonschema.NewProperties()
		for _, l := range i18n.Langs {
			properties.Set(string(l), &jsonschema.Schema{Type: "string"})
		}
		return &jsonschema.Schema{
			Description: "One text for all languages, or one for each.",
			OneOf: []*jsonschema.Schema{
				{Type: "string"},
				{Type: "object", Properties: properties, AdditionalProperties: jsonschema.FalseSchema},
			},
		}
	case reflect.TypeFor[period.Period]():
		return &jsonschema.Schema{Type: "string", Pattern: `^(\d+[wdhms])+$`, Description: "A length of time: 30m, 12h, 2d, 1w."}
	}
	return nil
}

package manifest

import (
	"encoding/json"
	"path"
	"reflect"

	"github.com/sarnakh/sarnakh/internal/jsonschema"
)

// Schema is the JSON Schema (draft 2020-12) of the files, for editors: it completes
// names and marks what is misspelt while one writes.
func Schema(kinds []Kind) ([]byte, error) {
	set := jsonschema.NewSet(jsonschema.File, name)
	root := &jsonschema.Schema{Version: jsonschema.Version, Title: "Sarnakh campaign files"}
	for _, k := range kinds {
		one, err := set.Add(k.New())
		if err != nil {
			return nil, err
		}
		doc := set.Definitions()[name(reflect.TypeOf(k.New()).Elem())]
		if kind, ok := doc.Properties.Get("kind"); ok {
			kind.Const = k.Name()
		}
		root.OneOf = append(root.OneOf, &jsonschema.Schema{Ref: one.Ref})
	}
	root.Definitions = set.Definitions()
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

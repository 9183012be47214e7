package conditions_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/jsonschema"
)

// Editors and callers of the API learn the language from its schema.
func TestTheLanguageIsDescribedForEditorsAndScripts(t *testing.T) {
	for _, use := range []jsonschema.Use{jsonschema.File, jsonschema.Body, jsonschema.Answer} {
		set := jsonschema.NewSet(use, func(t reflect.Type) string { return t.Name() })
		if _, err := set.Add(conditions.Condition{}); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(set.Definitions())
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{`"starts_with"`, `"at_least"`, `"segment"`, `"What the property is, or a test of it."`} {
			if !strings.Contains(string(raw), word) {
				t.Errorf("%s is missing in %s", word, raw)
			}
		}
	}
}

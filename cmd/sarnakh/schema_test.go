package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"io/fs"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sarnakh/sarnakh/sample"
)

var update = flag.Bool("update", false, "write the generated files anew")

const schemaFile = "../../sample/sarnakh.schema.json"

func schema(t *testing.T) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"schema"}, &out, &errs); code != 0 {
		t.Fatalf("schema: %d %s", code, errs.String())
	}
	return out.Bytes()
}

func TestTheSchemaFileIsUpToDate(t *testing.T) {
	want := schema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("sample/sarnakh.schema.json is not what `sarnakh schema` prints (%v): run go test ./cmd/sarnakh -run Schema -update", err)
	}
}

func TestTheSchemaTakesTheSampleAndRefusesMistakes(t *testing.T) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema(t)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("sarnakh.json", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile("sarnakh.json")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(sample.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range names {
		raw, err := fs.ReadFile(sample.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range documents(t, raw) {
			seen++
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if m, ok := doc.(map[string]any); ok {
				m["colour"] = "red"
				if s.Validate(m) == nil {
					t.Errorf("%s: a field that does not exist is taken", name)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d documents in the sample", seen)
	}
}

// documents reads YAML as the JSON values that a schema speaks of.
func documents(t *testing.T, raw []byte) []any {
	t.Helper()
	var docs []any
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	for {
		var doc any
		err := decoder.Decode(&doc)
		if err == io.EOF {
			return docs
		}
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, value)
	}
}

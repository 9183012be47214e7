package jsonschema

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// Schema is a JSON Schema.
type Schema = jsonschema.Schema

// Definitions are schemas by the name under which others refer to them:
// "#/$defs/" and the name.
type Definitions = jsonschema.Definitions

// Version is the dialect that the schemas are written in.
var Version = jsonschema.Version

// Use is what a type is described for: it decides which fields are required.
type Use int

// The uses.
const (
	File   Use = iota // YAML that people write: fields without omitempty are required
	Body              // JSON that we read: fields validated as required are required
	Answer            // JSON that we write: fields without omitempty or omitzero are always there
)

// Set describes types for one use and collects the definitions that they share.
type Set struct {
	use         Use
	open        bool
	name        func(reflect.Type) string
	types       map[string]reflect.Type
	definitions Definitions
	flaws       []error
}

// NewSet returns an empty Set. name gives each struct its name among the
// definitions, always the same one; a type without a name of its own gets "".
func NewSet(use Use, name func(reflect.Type) string) *Set {
	return &Set{use: use, name: name, types: map[string]reflect.Type{}, definitions: Definitions{}}
}

// Open lets the structs have other fields than those described, and returns the Set.
func (s *Set) Open() *Set {
	s.open = true
	return s
}

// Add describes the type of v. A struct becomes a reference to its definition. A type
// that writes its JSON itself must say how, by a method JSONSchema() string, or be a
// text.
func (s *Set) Add(v any) (*Schema, error) {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	r := &jsonschema.Reflector{
		FieldNameTag: s.tag(), Anonymous: true, RequiredFromJSONSchemaTags: s.use == Body,
		AllowAdditionalProperties: s.open, Mapper: s.own,
		Namer: func(t reflect.Type) string {
			name := s.name(t)
			if name != "" {
				s.types[name] = t
			}
			return name
		},
	}
	one := r.ReflectFromType(t)
	for name, def := range one.Definitions {
		if s.definitions[name] != nil {
			continue
		}
		if t := s.types[name]; t != nil && t.Kind() == reflect.Struct {
			s.describe(def, t)
		}
		s.definitions[name] = def
	}
	if len(s.flaws) > 0 {
		return nil, errors.Join(s.flaws...)
	}
	one.Version, one.Definitions = "", nil
	return one, nil
}

// Definitions returns what the schemas so far refer to.
func (s *Set) Definitions() Definitions { return s.definitions }

func (s *Set) tag() string {
	if s.use == File {
		return "yaml"
	}
	return "json"
}

var (
	writesJSON = reflect.TypeFor[json.Marshaler]()
	writesText = reflect.TypeFor[encoding.TextMarshaler]()
	describes  = reflect.TypeFor[interface{ JSONSchema() string }]()
	// plain are types whose own way of writing the reflector knows.
	plain = map[reflect.Type]bool{reflect.TypeFor[time.Time](): true, reflect.TypeFor[json.RawMessage](): true}
)

// own describes the types whose form is not that of their Go type.
func (s *Set) own(t reflect.Type) *Schema {
	switch t {
	case reflect.TypeFor[i18n.Text]():
		return text()
	case reflect.TypeFor[period.Period]():
		return &Schema{Type: "string", Pattern: `^(\d+[wdhms])+$`, Description: "A length of time: 30m, 12h, 2d, 1w."}
	}
	switch {
	case t.Implements(describes):
		schema := new(Schema)
		own := reflect.Zero(t).Interface().(interface{ JSONSchema() string }).JSONSchema()
		if err := json.Unmarshal([]byte(own), schema); err != nil {
			s.flaws = append(s.flaws, fmt.Errorf("%s: its own schema: %w", t, err))
		}
		return schema
	case s.use == File || plain[t]:
		return nil
	case t.Implements(writesJSON):
		s.flaws = append(s.flaws, fmt.Errorf("%s writes its own JSON and has no method JSONSchema() string to describe it", t))
	case t.Implements(writesText):
		return &Schema{Type: "string"}
	}
	return nil
}

// text is copy in one language or in each.
func text() *Schema {
	properties := jsonschema.NewProperties()
	for _, l := range i18n.Langs {
		properties.Set(string(l), &Schema{Type: "string"})
	}
	return &Schema{
		Description: "One text for all languages, or one for each.",
		OneOf: []*Schema{
			{Type: "string"},
			{Type: "object", Properties: properties, AdditionalProperties: jsonschema.FalseSchema},
		},
	}
}

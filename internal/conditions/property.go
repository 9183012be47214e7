package conditions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Properties are what an event must have: each property named here passes its test.
type Properties map[string]Property

// Property is the test of one property. It is written as the value that the property
// is, or as a Test:
//
//	where: {sku: kilo, total: {at_least: 100}}
type Property Test

// ReadProperties reads what other documents keep untyped. An error names the property.
func ReadProperties(where map[string]any) (Properties, error) {
	if where == nil {
		return nil, nil
	}
	out := make(Properties, len(where))
	for _, name := range slices.Sorted(maps.Keys(where)) {
		p, err := readProperty(where[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = p
	}
	return out, nil
}

// Check says what is wrong, naming the property.
func (p Properties) Check() error {
	if len(p) > maxProperties {
		return refuse("properties", "%d properties are too many, %d is the most", len(p), maxProperties)
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !foldable(name) {
			return refuse("property", "%q: no property has such a name", name)
		}
		if err := Test(p[name]).check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// CheckProperties is Check for what other documents keep untyped and hand to
// MatchProperties, which knows no present: within is refused.
func CheckProperties(where map[string]any) error {
	p, err := ReadProperties(where)
	if err != nil {
		return err
	}
	for name, property := range p {
		if property.Within != 0 {
			return fmt.Errorf("%s: %w", name, refuse("within_property", "within can stand in a condition only"))
		}
	}
	return p.Check()
}

const maxProperties = 20

func readProperty(v any) (Property, error) {
	switch v := v.(type) {
	case Property:
		return v, nil
	case Test:
		return Property(v), nil
	case map[string]any:
		raw, err := json.Marshal(v)
		if err != nil {
			return Property{}, err
		}
		return decodeTest(raw)
	case []any, nil:
		return Property{}, refuse("property_value", "takes one value or a test (%s)", testNames)
	}
	return Property{Is: v}, nil
}

func decodeTest(raw []byte) (Property, error) {
	var t Test
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(&t)
	return Property(t), err
}

// short is the plain value of a property that is written as one.
func (p Property) short() (any, bool) {
	if p.Is == nil || Test(p).count() != 1 {
		return nil, false
	}
	switch plain(p.Is).(type) {
	case string, float64, bool:
		return p.Is, true
	}
	return nil, false
}

// MarshalJSON writes a plain value where there is no more to it.
func (p Property) MarshalJSON() ([]byte, error) {
	if v, ok := p.short(); ok {
		return json.Marshal(v)
	}
	return json.Marshal(Test(p))
}

// UnmarshalJSON reads a value or a Test.
func (p *Property) UnmarshalJSON(raw []byte) error {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' {
		read, err := decodeTest(raw)
		*p = read
		return err
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	read, err := readProperty(v)
	*p = read
	return err
}

// MarshalYAML writes a plain value where there is no more to it.
func (p Property) MarshalYAML() (any, error) {
	if v, ok := p.short(); ok {
		return v, nil
	}
	return Test(p), nil
}

// UnmarshalYAML reads a value or a Test; its error knows the place.
func (p *Property) UnmarshalYAML(node ast.Node) error {
	if node.Type() == ast.MappingType || node.Type() == ast.MappingValueType {
		var t Test
		if err := yaml.NodeToValue(node, &t, yaml.Strict()); err != nil {
			return err
		}
		*p = Property(t)
		return nil
	}
	var v any
	if err := yaml.NodeToValue(node, &v); err != nil {
		return err
	}
	read, err := readProperty(v)
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	*p = read
	return nil
}

// JSONSchema describes both ways of writing a property.
func (Property) JSONSchema() string {
	const (
		scalar = `{"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}`
		end    = `{"anyOf": [{"type": "string"}, {"type": "number"}]}`
	)
	return `{"description": "What the property is, or a test of it.", "anyOf": [` + scalar + `,
		{"type": "object", "additionalProperties": false, "properties": {
			"is": ` + scalar + `, "one_of": {"type": "array", "items": ` + scalar + `},
			"contains": {"type": "string"}, "starts_with": {"type": "string"}, "known": {"type": "boolean"},
			"at_least": ` + end + `, "at_most": ` + end + `,
			"within": {"type": "string", "pattern": "^(\\d+[wdhms])+$"}
		}}
	]}`
}

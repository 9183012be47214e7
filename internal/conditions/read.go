package conditions

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// read is a Condition without its own ways of being read.
type read Condition

// UnmarshalJSON reads a condition and keeps in Blank what was written without a value: such
// a field is not an absent one, and must not widen the condition to everybody.
func (c *Condition) UnmarshalJSON(raw []byte) error {
	if tooDeep(raw) {
		return refuse("deep", "nested more than %d deep", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode((*read)(c)); err != nil {
		return err
	}
	return c.mark(func(fields *map[string]filled) error {
		if bytes.Equal(raw, []byte("null")) {
			return nil
		}
		return json.Unmarshal(raw, fields)
	})
}

// UnmarshalYAML is UnmarshalJSON for files.
func (c *Condition) UnmarshalYAML(unmarshal func(any) error) error {
	if err := unmarshal((*read)(c)); err != nil {
		return err
	}
	return c.mark(func(fields *map[string]filled) error { return unmarshal(fields) })
}

// mark keeps the first field, by name, that was written without a value.
func (c *Condition) mark(unmarshal func(*map[string]filled) error) error {
	var fields map[string]filled
	if err := unmarshal(&fields); err != nil {
		return err
	}
	var blank []string
	for name, is := range fields {
		if !is && (name != "is" || c.Is == nil) { // of an empty text, checkScalar has more to say
			blank = append(blank, name)
		}
	}
	if c.Blank = ""; len(blank) > 0 {
		c.Blank = slices.Min(blank)
	}
	return nil
}

// filled says of a field whether it has a value: not nothing, and no empty text.
type filled bool

// UnmarshalJSON looks at the value and reads nothing of it.
func (f *filled) UnmarshalJSON(raw []byte) error {
	*f = filled(!bytes.Equal(raw, []byte("null")) && !bytes.Equal(raw, []byte(`""`)))
	return nil
}

// UnmarshalYAML looks at the value and reads nothing of it. What is null does not come here.
func (f *filled) UnmarshalYAML(node ast.Node) error {
	if anchor, ok := node.(*ast.AnchorNode); ok {
		node = anchor.Value
	}
	text, ok := node.(*ast.StringNode)
	*f = filled(!ok || text.Value != "")
	return nil
}

// tooDeep says of JSON that it nests far beyond what Check lets pass. Each level is read
// once more for the one above it, so that bounds keep the reading short.
func tooDeep(raw []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > 4*maxDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

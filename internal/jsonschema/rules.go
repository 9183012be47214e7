package jsonschema

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// describe adds to the definition of a struct what its tags say: what may be null,
// what is required of whoever writes it, and what its values may be.
func (s *Set) describe(def *Schema, t reflect.Type) {
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get(s.tag()), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		property, ok := def.Properties.Get(name)
		if !ok {
			continue
		}
		rules, ofItems := rulesOf(f)
		if s.use == Body && slices.Contains(rules, "required") && !slices.Contains(def.Required, name) {
			def.Required = append(def.Required, name)
		}
		if property.Ref == "" {
			s.bound(property, f.Type, rules)
			if len(ofItems) > 0 && property.Items != nil && property.Items.Ref == "" {
				s.bound(property.Items, f.Type.Elem(), ofItems)
			}
		}
		sometimes := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if f.Type.Kind() == reflect.Pointer && (s.use == Body || s.use == Answer && !sometimes) {
			def.Properties.Set(name, &Schema{AnyOf: []*Schema{property, {Type: "null"}}})
		}
	}
}

// rulesOf are the words of a field's validate tag, those for the field and those for
// the entries of a list.
func rulesOf(f reflect.StructField) (own, ofItems []string) {
	tag := f.Tag.Get("validate")
	if tag == "" {
		return nil, nil
	}
	all := strings.Split(tag, ",")
	if i := slices.Index(all, "dive"); i >= 0 {
		return all[:i], all[i+1:]
	}
	return all, nil
}

// keyForm is what the rule "key" asks for.
const keyForm = `^[a-z0-9]+(-[a-z0-9]+)*$`

// bound writes rules as keywords. An empty value that is as good as none is held to
// nothing where we may write it.
func (s *Set) bound(p *Schema, t reflect.Type, rules []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	emptyToo := s.use == Answer && slices.Contains(rules, "omitempty")
	for _, rule := range rules {
		word, arg, _ := strings.Cut(rule, "=")
		switch word {
		case "oneof":
			for value := range strings.FieldsSeq(arg) {
				p.Enum = append(p.Enum, value)
			}
			if emptyToo {
				p.Enum = append(p.Enum, "")
			}
		case "required":
			if p.Type == "string" && p.Format == "" && s.use == Body {
				p.MinLength = number("1")
			}
		case "email", "uri":
			if !emptyToo && s.use != File {
				p.Format = word
			}
		case "key":
			if !emptyToo {
				p.Pattern, p.MaxLength = keyForm, number("64")
			}
		case "min", "max", "gt", "gte", "lt", "lte", "len":
			if !emptyToo || word == "max" || word == "lte" {
				limit(p, t.Kind(), word, arg)
			}
		}
	}
}

// limit writes one bound: of a number itself, of a text's letters, of a list's entries.
func limit(p *Schema, kind reflect.Kind, word, arg string) {
	switch kind {
	case reflect.String:
		switch word {
		case "min", "gte":
			p.MinLength = number(arg)
		case "max", "lte":
			p.MaxLength = number(arg)
		case "len":
			p.MinLength, p.MaxLength = number(arg), number(arg)
		}
	case reflect.Slice, reflect.Array:
		switch word {
		case "min", "gte":
			p.MinItems = number(arg)
		case "max", "lte":
			p.MaxItems = number(arg)
		case "len":
			p.MinItems, p.MaxItems = number(arg), number(arg)
		}
	case reflect.Map, reflect.Struct, reflect.Interface, reflect.Bool:
	default:
		if p.Type != "integer" && p.Type != "number" {
			return // a number that is written as something else, as a period is
		}
		switch word {
		case "min", "gte":
			p.Minimum = json.Number(arg)
		case "max", "lte":
			p.Maximum = json.Number(arg)
		case "gt":
			p.ExclusiveMinimum = json.Number(arg)
		case "lt":
			p.ExclusiveMaximum = json.Number(arg)
		}
	}
}

func number(text string) *uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

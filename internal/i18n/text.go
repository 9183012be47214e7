package i18n

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Text is copy that a marketer wrote, in one language or in each. In YAML and
// JSON it is a plain string, which then serves every language, or a mapping
// {fa: …, en: …} of those that exist.
type Text map[Lang]string

// Plain is the same text in every language.
func Plain(s string) Text {
	t := Text{}
	for _, lang := range Langs {
		t[lang] = s
	}
	return t
}

// In is the text in lang, else in a language that has some, else "".
func (t Text) In(lang Lang) string {
	if s := t[lang]; s != "" {
		return s
	}
	for _, l := range Langs {
		if s := t[l]; s != "" {
			return s
		}
	}
	return ""
}

// Empty reports whether no language has any text.
func (t Text) Empty() bool { return t.In("") == "" }

// MarshalJSON writes a plain string where all languages agree or none has any text, else a
// mapping.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.plainOrMap()) }

// MarshalYAML writes what MarshalJSON writes.
func (t Text) MarshalYAML() (any, error) { return t.plainOrMap(), nil }

// UnmarshalJSON reads both forms. A language we do not speak is an error.
func (t *Text) UnmarshalJSON(data []byte) error {
	return t.read(func(v any) error { return json.Unmarshal(data, v) })
}

// UnmarshalYAML reads both forms. A language we do not speak is an error.
// The error knows its place in the file.
func (t *Text) UnmarshalYAML(node ast.Node) error {
	err := t.read(func(into any) error { return yaml.NodeToValue(node, into) })
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

func (t Text) plainOrMap() any {
	if t == nil {
		return ""
	}
	first := t[Langs[0]]
	if len(t) == len(Langs) && !slices.ContainsFunc(Langs, func(l Lang) bool { return t[l] != first }) {
		return first
	}
	return map[Lang]string(t)
}

func (t *Text) read(into func(any) error) error {
	var byLang map[string]string
	if into(&byLang) != nil {
		var plain string
		if err := into(&plain); err != nil {
			return fmt.Errorf("text: want a string or {fa: …, en: …}: %w", err)
		}
		if *t = nil; plain != "" {
			*t = Plain(plain)
		}
		return nil
	}
	if byLang == nil {
		*t = nil
		return nil
	}
	read := Text{}
	for name, s := range byLang {
		if !slices.Contains(Langs, Lang(name)) {
			return fmt.Errorf("text: %q is not a language; use fa or en", name)
		}
		read[Lang(name)] = s
	}
	*t = read
	return nil
}

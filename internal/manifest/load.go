package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Problem is one thing that is wrong in a file.
type Problem struct {
	File    string
	Line    int
	Path    string // within the document: "fields[1].name"
	Message string
}

// Error reads like a compiler's: file, line, what and why.
func (p Problem) Error() string {
	at := fmt.Sprintf("%s:%d: ", p.File, p.Line)
	if p.Path != "" {
		at += p.Path + ": "
	}
	return at + p.Message
}

// Problems are all that is wrong, in the order of the files; errors of kind Invalid.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.Is(p, errs.Invalid) true.
func (p Problems) Unwrap() error { return errs.Invalid }

// entry is one document with where it stands.
type entry struct {
	file string
	body ast.Node
	kind Kind
	doc  Doc
}

// Bundle is what a set of files says, read and checked.
type Bundle struct {
	entries []entry
}

// Docs are the documents, in the order in which they are applied. Whoever changes
// one changes what is applied.
func (b *Bundle) Docs() []Doc {
	docs := make([]Doc, len(b.entries))
	for i, e := range b.entries {
		docs[i] = e.doc
	}
	return docs
}

// Load reads the named files of fsys and checks each document by itself. Everything
// that is wrong is reported at once, as Problems.
func Load(fsys fs.FS, names []string, kinds []Kind) (*Bundle, error) {
	var b Bundle
	var problems Problems
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		entries, bad := read(name, raw, kinds)
		b.entries = append(b.entries, entries...)
		problems = append(problems, bad...)
	}
	seen := map[Head]entry{}
	for _, e := range b.entries {
		head := *e.doc.Meta()
		if first, twice := seen[head]; twice {
			problems = append(problems, e.problem("key", fmt.Sprintf("%s %q stands in %s:%d already", head.Kind, head.Key, first.file, line(first.body, "key"))))
		}
		seen[head] = e
	}
	if len(problems) > 0 {
		return nil, problems
	}
	// What others refer to comes first: the order of the kinds.
	rank := map[string]int{}
	for i, k := range kinds {
		rank[k.Name()] = i
	}
	slices.SortStableFunc(b.entries, func(x, y entry) int { return rank[x.kind.Name()] - rank[y.kind.Name()] })
	return &b, nil
}

func read(name string, raw []byte, kinds []Kind) (entries []entry, problems Problems) {
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, Problems{syntax(name, err)}
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.NullType {
			continue
		}
		e := entry{file: name, body: doc.Body}
		if bad := e.decode(kinds); len(bad) > 0 {
			problems = append(problems, bad...)
			continue
		}
		entries = append(entries, e)
	}
	return entries, problems
}

func (e *entry) decode(kinds []Kind) Problems {
	var head struct {
		Kind string `yaml:"kind"`
	}
	if err := yaml.NodeToValue(e.body, &head); err != nil {
		return Problems{syntax(e.file, err)}
	}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name())
		if k.Name() == head.Kind {
			e.kind = k
		}
	}
	if e.kind == nil {
		return Problems{e.problem("kind", fmt.Sprintf("%q is not a kind of document; write one of %s", head.Kind, strings.Join(names, ", ")))}
	}
	e.doc = e.kind.New()
	if err := yaml.NodeToValue(e.body, e.doc, yaml.Strict()); err != nil {
		return Problems{syntax(e.file, err)}
	}
	bad := invalid(e.doc)
	if len(bad) == 0 {
		if err := e.doc.Check(); err != nil {
			fields, ok := errs.AsFields(err)
			if !ok {
				return Problems{e.problem("", err.Error())}
			}
			bad = fields
		}
	}
	var problems Problems
	for _, path := range slices.Sorted(maps.Keys(bad)) {
		problems = append(problems, e.problem(path, bad[path]))
	}
	return problems
}

var position = regexp.MustCompile(`^\[(\d+):\d+\] `)

// syntax turns the YAML reader's complaint into a Problem.
func syntax(file string, err error) Problem {
	message, _, _ := strings.Cut(err.Error(), "\n")
	p := Problem{File: file, Line: 1, Message: message}
	var with yaml.Error
	if errors.As(err, &with) {
		if t := with.GetToken(); t != nil && t.Position != nil {
			p.Line = t.Position.Line
		}
		p.Message = with.GetMessage()
	}
	p.Message = position.ReplaceAllString(p.Message, "")
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) {
		p.Message = "the value here must be " + plainType(wrong.DstType)
	}
	return p
}

// plainType is a Go type as somebody who writes YAML thinks of it.
func plainType(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint64, reflect.Uint:
		return "a whole number"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a mapping of names to values"
}

func (e entry) problem(path, message string) Problem {
	return Problem{File: e.file, Line: line(e.body, path), Path: path, Message: message}
}

// line finds where path stands in the document; of what is missing, its nearest
// ancestor's line.
func line(body ast.Node, path string) int {
	for ; path != ""; path = parent(path) {
		p, err := yaml.PathString("$." + path)
		if err != nil {
			continue
		}
		node, err := p.FilterNode(body)
		if err == nil && node != nil && node.GetToken() != nil {
			return node.GetToken().Position.Line
		}
	}
	if m, ok := body.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken().Position.Line
	}
	return body.GetToken().Position.Line
}

func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

var keyPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

var validate = func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		return name
	})
	// A text that is empty in every language is not there.
	v.RegisterCustomTypeFunc(func(f reflect.Value) any {
		if t, ok := f.Interface().(i18n.Text); ok && !t.Empty() {
			return "text"
		}
		return ""
	}, i18n.Text{})
	// Cannot fail: the name and the function are there.
	_ = v.RegisterValidation("key", func(f validator.FieldLevel) bool {
		s := f.Field().String()
		return len(s) <= 64 && keyPattern.MatchString(s)
	})
	return v
}()

// said puts the validator's tags into words.
var said = map[string]string{
	"required": "is needed",
	"key":      "write small letters, digits and single dashes, 64 characters at the most",
	"oneof":    "must be one of %s",
	"min":      "at least %s",
	"max":      "at most %s",
	"gt":       "must be more than %s",
	"gte":      "must be at least %s",
	"lt":       "must be less than %s",
	"lte":      "must be at most %s",
	"email":    "is not an e-mail address",
	"url":      "is not a web address",
}

func invalid(doc Doc) errs.Fields {
	err := validate.Struct(doc)
	var bad validator.ValidationErrors
	if !errors.As(err, &bad) {
		return nil
	}
	fields := errs.Fields{}
	for _, b := range bad {
		// The namespace begins with the struct's name and names the embedded head.
		_, path, _ := strings.Cut(b.Namespace(), ".")
		path = strings.TrimPrefix(strings.ReplaceAll(path, "Head.", ""), ".")
		message, ok := said[b.Tag()]
		if !ok {
			message = "does not hold: " + b.Tag()
		}
		if strings.Contains(message, "%s") {
			message = fmt.Sprintf(message, b.Param())
		}
		fields[path] = message
	}
	return fields
}

// text is a document as canonical YAML, for comparing and for showing.
func text(d Doc) (string, error) {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out, yaml.Indent(2), yaml.UseLiteralStyleIfMultiline(true), yaml.AutoInt())
	if err := e.Encode(d); err != nil {
		return "", err
	}
	return out.String(), nil
}

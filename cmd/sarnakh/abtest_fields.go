package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// fields reads JSON whose every mistake is told by the path of its field, such as
// arms[1].conversions. The first mistake stands; what is read after it is zero.
type fields struct {
	root any
	err  error
}

func parseFields(data []byte) *fields {
	doc := new(fields)
	d := json.NewDecoder(bytes.NewReader(quoteWords(data)))
	d.UseNumber()
	if err := d.Decode(&doc.root); err != nil {
		doc.refuse("input", "is not JSON: %v", err)
	} else if _, err := d.Token(); err != io.EOF {
		doc.refuse("input", "goes on after the end of the JSON")
	}
	return doc
}

// quoteWords puts the NaN and Infinity that some programs write as if they were
// JSON into quotes, so that they are refused by the name of their field.
func quoteWords(data []byte) []byte {
	var out []byte
	quoted := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case quoted && c == '\\' && i+1 < len(data):
			out = append(out, c)
			i++
			c = data[i]
		case c == '"':
			quoted = !quoted
		case !quoted:
			if word := nonNumber(data[i:]); word != "" {
				out = strconv.AppendQuote(out, word)
				i += len(word) - 1
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

func nonNumber(data []byte) string {
	for _, word := range []string{"NaN", "-NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(data, []byte(word)) {
			return word
		}
	}
	return ""
}

func (doc *fields) refuse(path, format string, args ...any) {
	if doc.err == nil {
		doc.err = &stats.InputError{Field: path, Problem: fmt.Sprintf(format, args...)}
	}
}

// object is one JSON object whose fields are taken out one by one.
type object struct {
	doc  *fields
	path string // with the dot that goes before a field's name
	left map[string]any
}

func (doc *fields) object(path string, v any) *object {
	m, ok := v.(map[string]any)
	if !ok {
		name := "input"
		if path != "" {
			name = path[:len(path)-1]
		}
		doc.refuse(name, "is %s, not an object", kind(v))
	}
	return &object{doc, path, m}
}

// take returns a field and marks it as known; one that is null is not there.
func (o *object) take(name string) (any, bool) {
	v := o.left[name]
	delete(o.left, name)
	return v, v != nil
}

// end refuses the first field that nobody took.
func (o *object) end() {
	if names := slices.Sorted(maps.Keys(o.left)); len(names) > 0 {
		name := names[0]
		if plain := strconv.Quote(name); name == "" || plain != `"`+name+`"` {
			name = plain
		}
		o.doc.refuse(o.path+short(name), "there is no such field")
	}
}

func (o *object) needed(there bool, name string) {
	if !there {
		o.doc.refuse(o.path+name, "is missing")
	}
}

func (o *object) float(name string, into *float64) bool {
	v, ok := o.take(name)
	if ok {
		o.doc.float(o.path+name, v, into)
	}
	return ok
}

func (o *object) whole(name string, into *int64) bool {
	v, ok := o.take(name)
	if !ok {
		return false
	}
	if n, is := v.(json.Number); is {
		if i, err := n.Int64(); err == nil {
			*into = i
			return true
		}
		// 1e9 and 20000.0 are whole numbers too.
		switch f, err := n.Float64(); {
		case err != nil || math.Abs(f) >= 1<<63:
			o.doc.refuse(o.path+name, "%s is not a whole number that any count could be", kind(v))
		case f != math.Trunc(f):
			o.doc.refuse(o.path+name, "%s is not a whole number", kind(v))
		default:
			*into = int64(f)
		}
		return true
	}
	o.doc.refuse(o.path+name, "%s is not a whole number", kind(v))
	return true
}

func (o *object) text(name string, into *string) bool {
	v, ok := o.take(name)
	if !ok {
		return false
	}
	s, is := v.(string)
	if !is {
		o.doc.refuse(o.path+name, "%s is not a text", kind(v))
	}
	*into = s
	return true
}

func (o *object) flag(name string, into *bool) {
	v, ok := o.take(name)
	if !ok {
		return
	}
	b, is := v.(bool)
	if !is {
		o.doc.refuse(o.path+name, "%s is neither true nor false", kind(v))
		return
	}
	*into = b
}

func (o *object) list(name string) []any {
	v, ok := o.take(name)
	if !ok {
		return nil
	}
	return o.doc.list(o.path+name, v)
}

func (doc *fields) list(path string, v any) []any {
	list, is := v.([]any)
	if !is {
		doc.refuse(path, "is %s, not a list", kind(v))
	}
	return list
}

func (doc *fields) float(path string, v any, into *float64) {
	n, is := v.(json.Number)
	if !is {
		doc.refuse(path, "%s is not a number", kind(v))
		return
	}
	f, err := n.Float64()
	if err != nil {
		doc.refuse(path, "%s is beyond all numbers", kind(v))
		return
	}
	*into = f
}

// small narrows to an int that fits everywhere; stats refuses what is beyond sense.
func (doc *fields) small(path string, n int64) int {
	if n > math.MaxInt32 || n < math.MinInt32 {
		doc.refuse(path, "%d is beyond all sense", n)
		return 0
	}
	return int(n)
}

// kind says in words what a value is.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return short(strconv.Quote(v))
	case json.Number:
		return short(v.String())
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	}
	return "an object"
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

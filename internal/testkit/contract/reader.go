package contract

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reader finds its way in a document by JSON pointers, and notes what is wrong.
type reader struct {
	root     any
	compiler *jsonschema.Compiler
	flaws    []error
}

func escape(part string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
}

func (d *reader) fail(at, why string) { d.flaws = append(d.flaws, fmt.Errorf("%s: %s", at, why)) }

// at is the value at a pointer, or nil.
func (d *reader) at(pointer string) any {
	v := d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch in := v.(type) {
		case map[string]any:
			v = in[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// follow is the pointer itself, or where the reference that stands there leads.
func (d *reader) follow(pointer string) string {
	in, _ := d.at(pointer).(map[string]any)
	to, ok := in["$ref"].(string)
	if !ok {
		return pointer
	}
	to = strings.TrimPrefix(to, "#")
	if d.at(to) == nil {
		d.fail(pointer, "the reference "+to+" leads nowhere")
	}
	return to
}

// keys are those of the object at a pointer, in order.
func (d *reader) keys(pointer string) []string {
	in, _ := d.at(pointer).(map[string]any)
	return slices.Sorted(maps.Keys(in))
}

// schema compiles the schema at a pointer.
func (d *reader) schema(pointer string) *jsonschema.Schema {
	s, err := d.compiler.Compile(document + "#" + fragment(pointer))
	if err != nil {
		d.fail(pointer, err.Error())
	}
	return s
}

// fragment writes a pointer as it stands in an address.
func fragment(pointer string) string {
	return strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", " ", "%20").Replace(pointer)
}

var placeholder = regexp.MustCompile(`\\\{(\w+)\\\}`)

// call reads the operation at a pointer.
func (d *reader) call(path, method, at string) *call {
	pattern := placeholder.ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`)
	one := &call{
		name: strings.ToUpper(method) + " " + path, method: strings.ToUpper(method),
		path: regexp.MustCompile("^" + pattern + "$"), fixed: len(placeholder.ReplaceAllString(regexp.QuoteMeta(path), "")),
		query: map[string]param{}, responses: map[string]map[string]*jsonschema.Schema{},
	}
	missing := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(regexp.QuoteMeta(path), -1) {
		missing[m[1]] = true
	}
	list, _ := d.at(at + "/parameters").([]any)
	for i := range list {
		p := d.follow(fmt.Sprintf("%s/parameters/%d", at, i))
		name, _ := d.at(p + "/name").(string)
		required, _ := d.at(p + "/required").(bool)
		schema := d.schema(p + "/schema")
		switch d.at(p + "/in") {
		case "query":
			one.query[name] = param{required, schema}
		case "path":
			delete(missing, name)
		}
	}
	for name := range missing {
		d.fail(at, "the parameter "+name+" of the path is not described")
	}
	if d.at(at+"/requestBody") != nil {
		one.body = d.content(d.follow(at + "/requestBody"))
	}
	for _, status := range d.keys(at + "/responses") {
		response := d.follow(at + "/responses/" + status)
		if text, _ := d.at(response + "/description").(string); text == "" {
			d.fail(response, "has no description")
		}
		one.responses[status] = d.content(response)
	}
	return one
}

// content reads the schemas of a body by content type; nil when there is to be none.
func (d *reader) content(at string) map[string]*jsonschema.Schema {
	kinds := d.keys(at + "/content")
	if len(kinds) == 0 {
		return nil
	}
	out := map[string]*jsonschema.Schema{}
	for _, kind := range kinds {
		out[kind] = d.schema(at + "/content/" + escape(kind) + "/schema")
	}
	return out
}

// Package contract holds what the API answers against the document that describes it:
// a promise that is not checked is a wish.
package contract

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is where the compiler finds the document.
const document = "openapi.json"

// Contract is a document with what has been held against it.
type Contract struct {
	calls []*call

	mu   sync.Mutex
	kept map[string]bool // calls that succeeded as described
}

// call is one operation of the document.
type call struct {
	name      string // "GET /api/v1/leads/{id}"
	method    string
	path      *regexp.Regexp
	fixed     int // letters of the path that are no placeholder: the longest match wins
	query     map[string]param
	body      map[string]*jsonschema.Schema
	responses map[string]map[string]*jsonschema.Schema // by status, then by content type; nil: no body
}

type param struct {
	required bool
	schema   *jsonschema.Schema
}

// New reads an OpenAPI 3.1 document. A reference that leads nowhere, a schema that is
// none, an operation without an id of its own or without its path's parameters is an
// error.
func New(raw []byte) (*Contract, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("the document is no JSON: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(document, parsed); err != nil {
		return nil, err
	}
	d := reader{root: parsed, compiler: compiler}
	if version, _ := d.at("/openapi").(string); !strings.HasPrefix(version, "3.1.") {
		return nil, fmt.Errorf("the document is of OpenAPI %q, want 3.1", version)
	}
	c := &Contract{kept: map[string]bool{}}
	ids := map[any]bool{}
	for _, path := range d.keys("/paths") {
		for _, method := range d.keys("/paths/" + escape(path)) {
			at := "/paths/" + escape(path) + "/" + method
			one := d.call(path, method, at)
			if id := d.at(at + "/operationId"); id == nil || ids[id] {
				d.fail(at, fmt.Sprintf("the id %v is missing or taken", id))
			} else {
				ids[id] = true
			}
			c.calls = append(c.calls, one)
		}
	}
	for _, name := range d.keys("/components/schemas") {
		d.schema("/components/schemas/" + escape(name))
	}
	slices.SortFunc(c.calls, func(a, b *call) int { return strings.Compare(a.name, b.name) })
	return c, errors.Join(d.flaws...)
}

// find is the call that a request is, or nil.
func (c *Contract) find(method, path string) *call {
	var best *call
	for _, one := range c.calls {
		if one.method == method && one.path.MatchString(path) && (best == nil || one.fixed > best.fixed) {
			best = one
		}
	}
	return best
}

// Check says in what an exchange is not as described: an answer that is not, a
// request that should not have succeeded, a call that is not in the document and yet
// does something. Calls of other paths than the API's are none of its business.
func (c *Contract) Check(r *http.Request, sent []byte, status int, header http.Header, answer []byte) error {
	api := strings.HasPrefix(r.URL.Path, "/api/v1/") || strings.HasPrefix(r.URL.Path, "/v1/")
	if !api || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	one := c.find(r.Method, r.URL.Path)
	if one == nil {
		if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
			return nil
		}
		return fmt.Errorf("%s %s answers %d and is not in the document", r.Method, r.URL.Path, status)
	}
	var failed error
	well := status < 300
	if well {
		if err := errors.Join(one.checkQuery(r.URL.Query()), check(one.body, r.Header, sent)); err != nil {
			failed = fmt.Errorf("%s %s is answered %d, and the document forbids the request: %w\n%s", r.Method, r.URL, status, err, sent)
		}
	}
	described, ok := one.responses[strconv.Itoa(status)]
	if !ok && !well {
		described, ok = one.responses["default"]
	}
	if !ok {
		return errors.Join(failed, fmt.Errorf("%s %s answers %d, which the document does not know", r.Method, r.URL, status))
	}
	if err := check(described, header, answer); err != nil {
		return errors.Join(failed, fmt.Errorf("%s %s: the answer %d is not as described: %w\n%.4000s", r.Method, r.URL, status, err, answer))
	}
	if failed == nil && well {
		c.mu.Lock()
		c.kept[one.name] = true
		c.mu.Unlock()
	}
	return failed
}

// Operations are all calls of the document, as "GET /api/v1/leads".
func (c *Contract) Operations() []string {
	all := make([]string, len(c.calls))
	for i, one := range c.calls {
		all[i] = one.name
	}
	return all
}

// Unkept are the calls that have not yet been seen to succeed as described.
func (c *Contract) Unkept() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(c.Operations(), func(op string) bool { return c.kept[op] })
}

func (one *call) checkQuery(given url.Values) error {
	var failed []error
	for name, values := range given {
		p, ok := one.query[name]
		if !ok {
			failed = append(failed, fmt.Errorf("there is no parameter %s", name))
			continue
		}
		for _, v := range values {
			if err := p.takes(v); err != nil {
				failed = append(failed, fmt.Errorf("%s=%s: %w", name, v, err))
			}
		}
	}
	for name, p := range one.query {
		if p.required && !given.Has(name) {
			failed = append(failed, fmt.Errorf("the parameter %s is missing", name))
		}
	}
	return errors.Join(failed...)
}

// takes holds a parameter against its schema as the number or word that it may be.
func (p param) takes(text string) error {
	if v, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil && p.schema.Validate(v) == nil {
		return nil
	}
	return p.schema.Validate(text)
}

// check holds a body against what is described for its content type.
func check(described map[string]*jsonschema.Schema, header http.Header, body []byte) error {
	if described == nil {
		if len(bytes.TrimSpace(body)) > 0 {
			return errors.New("there is a body, and none is described")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type: %w", err)
	}
	schema, ok := described[kind]
	if !ok {
		return fmt.Errorf("the content type %s is not described", kind)
	}
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("this is no JSON: %w", err)
	}
	return schema.Validate(v)
}

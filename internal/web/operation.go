package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// Operation describes a call of the API to the people who write against it. The
// OpenAPI document is made of nothing else, and tests hold the answers against it.
type Operation struct {
	Summary string // what the call does, in a few words: "Award or redeem points"
	Text    string // what there is to know besides, in Markdown
	Tag     string // the heading it stands under: "Leads"
	Query   []Param
	// Body is a value of the Go type that the handler decodes the body into; nil when
	// the call takes none. Its json and validate tags become the schema.
	Body any
	// BodyTypes are the content types taken; application/json when empty. With
	// multipart/form-data the fields of Body are those of the form; of any other type
	// than these two the body is described as bytes.
	BodyTypes []string
	// Answer is a value of the Go type that the handler answers with; nil when the
	// answer is empty or not JSON. A List has its paging parameters described with it.
	Answer any
	// AnswerTypes are the content types answered with; application/json when empty.
	AnswerTypes []string
	Status      int  // of success; 200 when zero
	Makes       bool // it may make what it answers with: then it answers 201
	Basic       bool // the caller says who it is with Basic authorization, and the handler checks it
	Loose       bool // the body may have fields that are not described
	// Refusal is a value of the Go type that is answered instead of a problem document;
	// nil nearly everywhere.
	Refusal any
}

// Param is a parameter of the query. Type is a JSON Schema type, "date" or
// "date-time"; "string" when empty.
type Param struct {
	Name, Type, Text string
	Required         bool
	Enum             []string // the only values there are
}

// status is what success is answered with.
func (o *Operation) status() int {
	if o.Status == 0 {
		return http.StatusOK
	}
	return o.Status
}

// pages says whether the call answers with a List.
func (o *Operation) pages() bool {
	_, ok := o.Answer.(interface{ isList() })
	return ok
}

// takes says whether the query may have a parameter of this name.
func (o *Operation) takes(name string) bool {
	return name == "lang" || o.pages() && (name == "limit" || name == "after") ||
		slices.ContainsFunc(o.Query, func(p Param) bool { return p.Name == name })
}

// checkQuery refuses parameters that the call does not know: a misspelt filter would
// otherwise answer with everything.
func (o *Operation) checkQuery(r *http.Request) error {
	bad := errs.Fields{}
	for name := range r.URL.Query() {
		if !o.takes(name) {
			bad[name] = "errors.unknown_parameter"
		}
	}
	return bad.OrNil()
}

var scopePattern = regexp.MustCompile(`^[a-z]+:(read|write)$`)

// flaw says what keeps a route from being mounted, or "".
func (r Route) flaw() string {
	_, path, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		path = r.Pattern
	}
	switch api, documented := strings.HasPrefix(path, "/api/"), IsAPI(path); {
	case r.Access == 0 || r.Handle == nil:
		return "does not say who may use it, or has no handler"
	case !ok && (api || documented):
		return "is a call of the API and names no method"
	case r.Scope != "" && (r.Access != Staff || !scopePattern.MatchString(r.Scope)):
		return fmt.Sprintf("has the scope %q: write leads:read or leads:write, and only on routes for staff", r.Scope)
	case api && r.Access == Staff && r.Scope == "":
		return "does not say which scope an API key needs for it"
	case documented && (r.Doc == nil || r.Doc.Summary == "" || r.Doc.Tag == ""):
		return "is a call of the API and has no description with summary and tag"
	}
	return ""
}

// IsAPI says whether a path or the path of a pattern is one of those that scripts
// call and that the OpenAPI document describes.
func IsAPI(path string) bool {
	return strings.HasPrefix(path, "/api/v1/") || strings.HasPrefix(path, "/v1/")
}

package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/jsonschema"
)

// document is an OpenAPI 3.1 document, as much of it as we use.
type document struct {
	OpenAPI    string                           `json:"openapi"`
	Info       map[string]string                `json:"info"`
	Servers    []map[string]string              `json:"servers"`
	Tags       []map[string]string              `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components map[string]any                   `json:"components"`
}

type operation struct {
	ID          string                `json:"operationId"`
	Tags        []string              `json:"tags"`
	Summary     string                `json:"summary"`
	Description string                `json:"description,omitempty"`
	Security    []map[string][]string `json:"security"`
	Parameters  []any                 `json:"parameters,omitempty"`
	Body        *content              `json:"requestBody,omitempty"`
	Responses   map[string]any        `json:"responses"`
}

type parameter struct {
	Name        string             `json:"name"`
	In          string             `json:"in"`
	Description string             `json:"description,omitempty"`
	Required    bool               `json:"required,omitempty"`
	Schema      *jsonschema.Schema `json:"schema"`
}

// content is what a body or an answer holds, by content type.
type content struct {
	Description string               `json:"description,omitempty"`
	Required    bool                 `json:"required,omitempty"`
	Headers     map[string]any       `json:"headers,omitempty"`
	Content     map[string]mediaType `json:"content,omitempty"`
}

type mediaType struct {
	Schema *jsonschema.Schema `json:"schema"`
}

func ref(kind, name string) map[string]string {
	return map[string]string{"$ref": "#/components/" + kind + "/" + name}
}

// OpenAPI describes those of the routes that scripts call, as an OpenAPI 3.1 document
// in JSON, with words for their fields. A type that cannot be described is an error: a
// mistake in the program.
func OpenAPI(routes []Route, publicURL, version string, words Words) ([]byte, error) {
	names := newNames()
	answers := jsonschema.NewSet(jsonschema.Answer, names.of("Answer"))
	bodies := jsonschema.NewSet(jsonschema.Body, names.of("Input"))
	loose := jsonschema.NewSet(jsonschema.Body, names.of("Message")).Open()
	problems, err := answers.Add(problem{})
	if err != nil {
		return nil, err
	}
	d := document{
		OpenAPI: "3.1.0",
		Info: map[string]string{
			"title": "Sarnakh", "version": version,
			"description": "Leads, journeys, experiments, offers and points. A refusal is a problem document (RFC 9457).",
		},
		Servers: []map[string]string{{"url": publicURL}},
		Paths:   map[string]map[string]*operation{},
	}
	seen := map[string]bool{}
	for _, r := range routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if !IsAPI(path) || r.Doc == nil || method == http.MethodOptions {
			continue
		}
		read := bodies
		if r.Doc.Loose {
			read = loose
		}
		op, err := describe(r, method, path, answers, read, words)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", r.Pattern, err)
		}
		path = strings.ReplaceAll(strings.ReplaceAll(path, "...}", "}"), "{$}", "")
		if d.Paths[path] == nil {
			d.Paths[path] = map[string]*operation{}
		}
		d.Paths[path][strings.ToLower(method)] = op
		if !seen[r.Doc.Tag] {
			seen[r.Doc.Tag] = true
			d.Tags = append(d.Tags, map[string]string{"name": r.Doc.Tag})
		}
	}
	schemas := answers.Definitions()
	maps.Copy(schemas, bodies.Definitions())
	maps.Copy(schemas, loose.Definitions())
	words.describe(schemas)
	d.Components = components(schemas, problems)
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return []byte(strings.ReplaceAll(string(raw), `"#/$defs/`, `"#/components/schemas/`)), nil
}

// components are what the calls have in common.
func components(schemas jsonschema.Definitions, problems *jsonschema.Schema) map[string]any {
	responses := map[string]any{}
	for name, text := range refusals {
		c := content{Description: text, Content: map[string]mediaType{"application/problem+json": {problems}}}
		if name == "TooMany" || name == "Conflict" {
			c.Headers = map[string]any{"Retry-After": map[string]any{
				"description": "Seconds after which another try makes sense, where it does.", "schema": &jsonschema.Schema{Type: "integer"},
			}}
		}
		responses[name] = c
	}
	return map[string]any{
		"schemas": schemas, "responses": responses,
		"parameters": map[string]parameter{
			"Limit": {Name: "limit", In: "query", Description: "How many at the most; 50 if not said.", Schema: &jsonschema.Schema{Type: "integer", Minimum: "1"}},
			"After": {Name: "after", In: "query", Description: "The `next` of the page before.", Schema: &jsonschema.Schema{Type: "string"}},
			"Lang":  {Name: "lang", In: "query", Description: "The language of the messages.", Schema: &jsonschema.Schema{Type: "string", Enum: []any{"fa", "en"}}},
			"Idempotency": {Name: IdempotencyHeader, In: "header", Schema: &jsonschema.Schema{Type: "string", MaxLength: &mostKey},
				Description: "A word of your own that makes repeating the call harmless: for 24 hours the same key with the same body gets the same answer."},
		},
		"headers": map[string]any{"Replayed": map[string]any{
			"description": "true when the answer is that of an earlier call with the same Idempotency-Key.", "schema": &jsonschema.Schema{Type: "string", Enum: []any{"true"}},
		}},
		"securitySchemes": map[string]any{
			"key":   map[string]string{"type": "http", "scheme": "bearer", "description": "An API key, srk_…; its scopes say what it may do."},
			"basic": map[string]string{"type": "http", "scheme": "basic"},
		},
	}
}

// refusals are the answers of calls that failed, by their names among the components.
var refusals = map[string]string{
	"Unauthorized": "There is no valid API key.",
	"Forbidden":    "The key does not hold the scope.",
	"NotFound":     "There is no such thing.",
	"Conflict":     "It does not go together with what is there, or a call with the same Idempotency-Key is being answered.",
	"Unsupported":  "The body is of another content type.",
	"TooLarge":     "The body is too large.",
	"Invalid":      "Fields or parameters are not as they should be; `fields` names them.",
	"TooMany":      "Too many calls.",
	"Problem":      "The call failed.",
}

// describe is one call.
func describe(r Route, method, path string, answers, bodies *jsonschema.Set, words Words) (*operation, error) {
	doc := r.Doc
	op := &operation{
		ID: operationID(method, path), Tags: []string{doc.Tag}, Summary: doc.Summary, Description: doc.Text,
		Security: []map[string][]string{}, Responses: map[string]any{"default": ref("responses", "Problem")},
	}
	refuses := func(status int, name string) { op.Responses[strconv.Itoa(status)] = ref("responses", name) }
	switch {
	case r.Access == Staff:
		op.Security = append(op.Security, map[string][]string{"key": {r.Scope}})
		refuses(401, "Unauthorized")
		refuses(403, "Forbidden")
		refuses(429, "TooMany")
	case doc.Basic:
		op.Security = append(op.Security, map[string][]string{"basic": {}})
		refuses(401, "Unauthorized")
	}
	for _, name := range placeholder.FindAllStringSubmatch(path, -1) {
		schema := &jsonschema.Schema{Type: "string"}
		if name[1] == "id" {
			schema = &jsonschema.Schema{Type: "integer", Minimum: "1"}
		}
		op.Parameters = append(op.Parameters, parameter{Name: name[1], In: "path", Description: words["{"+name[1]+"}"], Required: true, Schema: schema})
		refuses(404, "NotFound")
	}
	for _, p := range doc.Query {
		op.Parameters = append(op.Parameters, parameter{Name: p.Name, In: "query", Description: p.Text, Required: p.Required, Schema: p.schema()})
	}
	if doc.pages() {
		op.Parameters = append(op.Parameters, ref("parameters", "Limit"), ref("parameters", "After"))
	}
	if strings.HasPrefix(path, "/api/v1/") {
		op.Parameters = append(op.Parameters, ref("parameters", "Lang"))
		refuses(422, "Invalid")
	}
	success := content{Description: "Done."}
	if repeatable(r, method) {
		op.Parameters = append(op.Parameters, ref("parameters", "Idempotency"))
		success.Headers = map[string]any{ReplayedHeader: ref("headers", "Replayed")}
		refuses(409, "Conflict")
	}
	var err error
	if doc.Body != nil || len(doc.BodyTypes) > 0 {
		op.Body = &content{Required: true}
		if op.Body.Content, err = media(bodies, doc.Body, doc.BodyTypes); err != nil {
			return nil, err
		}
		refuses(413, "TooLarge")
		refuses(415, "Unsupported")
		refuses(422, "Invalid")
	}
	if doc.Answer != nil || len(doc.AnswerTypes) > 0 {
		if success.Content, err = media(answers, doc.Answer, doc.AnswerTypes); err != nil {
			return nil, err
		}
	}
	if doc.Refusal != nil {
		refusal := content{Description: "The call was refused."}
		if refusal.Content, err = media(answers, doc.Refusal, nil); err != nil {
			return nil, err
		}
		op.Responses = map[string]any{"default": refusal}
	}
	op.Responses[strconv.Itoa(doc.status())] = success
	if doc.Makes {
		success.Description = "It was made by this call."
		op.Responses["201"] = success
	}
	return op, nil
}

// media describes a value under each of its content types: JSON and forms by its
// type, any other as bytes.
func media(set *jsonschema.Set, v any, types []string) (map[string]mediaType, error) {
	schema := new(jsonschema.Schema)
	if v != nil {
		var err error
		if schema, err = set.Add(v); err != nil {
			return nil, err
		}
	}
	if len(types) == 0 {
		types = []string{"application/json"}
	}
	out := map[string]mediaType{}
	for _, t := range types {
		if isJSON(t) || strings.HasPrefix(t, "multipart/") || t == "application/x-www-form-urlencoded" {
			out[t] = mediaType{schema}
		} else {
			out[t] = mediaType{new(jsonschema.Schema)}
		}
	}
	return out, nil
}

// isJSON says whether a content type is one JSON value.
func isJSON(kind string) bool { return kind == "application/json" || strings.HasSuffix(kind, "+json") }

func (p Param) schema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: p.Type}
	switch p.Type {
	case "":
		s.Type = "string"
	case "date", "date-time":
		s.Type, s.Format = "string", p.Type
	}
	for _, v := range p.Enum {
		s.Enum = append(s.Enum, v)
	}
	return s
}

var placeholder = regexp.MustCompile(`\{(\w+)(?:\.\.\.)?\}`)

// operationID is a call's name for generated clients: "getLeadsByIdEvents".
func operationID(method, path string) string {
	id := strings.ToLower(method)
	path = strings.NewReplacer("/api/v1/", "", "/v1/", "", "{$}", "", "...", "").Replace(path)
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/-_.", r) }) {
		if strings.HasPrefix(part, "{") {
			id += "By"
		}
		id += title(strings.Trim(part, "{}"))
	}
	return id
}

package contract

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const promised = `{
 "openapi": "3.1.0",
 "paths": {
  "/api/v1/teas": {
   "get": {"operationId": "list", "parameters": [{"$ref": "#/components/parameters/Limit"}, {"name": "kind", "in": "query", "required": true, "schema": {"enum": ["green", "black"]}}],
    "responses": {"200": {"description": "Teas.", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Tea"}}}}}, "default": {"$ref": "#/components/responses/Problem"}}},
   "post": {"operationId": "make", "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tea"}}}},
    "responses": {"201": {"description": "Made.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tea"}}}}, "default": {"$ref": "#/components/responses/Problem"}}}
  },
  "/api/v1/teas/{id}": {"delete": {"operationId": "drop", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}], "responses": {"204": {"description": "Gone."}}}},
  "/api/v1/teas/best": {"delete": {"operationId": "dropBest", "responses": {"204": {"description": "Gone."}}}}
 },
 "components": {
  "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}},
  "responses": {"Problem": {"description": "It failed.", "content": {"application/problem+json": {"schema": {"type": "object", "required": ["title"]}}}}},
  "schemas": {"Tea": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {"name": {"type": "string", "minLength": 1}, "next": {"$ref": "#/components/schemas/Tea"}}}}
 }
}`

func TestAnExchangeIsHeldAgainstTheDocument(t *testing.T) {
	const isJSON, isProblem = "application/json", "application/problem+json"
	for _, c := range []struct {
		method, path, sent string
		status             int
		kind, answer       string
		why                string // "" when it is as described
	}{
		{"GET", "/api/v1/teas?kind=green&limit=2", "", 200, isJSON, `[{"name":"a","next":{"name":"b"}}]`, ""},
		{"GET", "/api/v1/teas?kind=green", "", 200, isJSON, `[{"name":""}]`, "minLength"},
		{"GET", "/api/v1/teas?kind=green", "", 200, isJSON, `[{"name":"a","next":{}}]`, "missing"},
		{"GET", "/api/v1/teas?kind=green", "", 200, isJSON, `[{"name":"a","price":1}]`, "price"},
		{"GET", "/api/v1/teas?kind=green", "", 200, isJSON, `null`, "array"},
		{"GET", "/api/v1/teas?kind=green", "", 200, isJSON, `[`, "no JSON"},
		{"GET", "/api/v1/teas?kind=green", "", 200, "text/html", `[]`, "content type"},
		{"GET", "/api/v1/teas?kind=white", "", 200, isJSON, `[]`, "kind=white"},
		{"GET", "/api/v1/teas?kind=green&limit=0", "", 200, isJSON, `[]`, "limit=0"},
		{"GET", "/api/v1/teas?kind=green&limit=x", "", 200, isJSON, `[]`, "limit=x"},
		{"GET", "/api/v1/teas?kind=green&colour=x", "", 200, isJSON, `[]`, "no parameter colour"},
		{"GET", "/api/v1/teas", "", 200, isJSON, `[]`, "kind is missing"},
		{"GET", "/api/v1/teas", "", 422, isProblem, `{"title":"No"}`, ""}, // a bad request may be refused
		{"GET", "/api/v1/teas", "", 500, isProblem, `{}`, "missing"},
		{"GET", "/api/v1/teas", "", 500, isJSON, `{"title":"No"}`, "content type"},
		{"POST", "/api/v1/teas", `{"name":"a"}`, 201, isJSON, `{"name":"a"}`, ""},
		{"POST", "/api/v1/teas", `{"name":"a"}`, 200, isJSON, `{"name":"a"}`, "does not know"},
		{"POST", "/api/v1/teas", `{"naem":"a"}`, 201, isJSON, `{"name":"a"}`, "forbids the request"},
		{"DELETE", "/api/v1/teas/7", "", 204, "", "", ""},
		{"DELETE", "/api/v1/teas/7", "", 204, isJSON, "{}", "none is described"},
		{"DELETE", "/api/v1/teas/7", "", 404, isProblem, `{"title":"No"}`, "does not know"},
		{"GET", "/api/v1/coffees", "", 404, isProblem, `anything`, ""},
		{"GET", "/api/v1/coffees", "", 200, isJSON, `[]`, "not in the document"},
		{"PUT", "/api/v1/teas", "", 405, isProblem, `anything`, ""},
		{"GET", "/teas", "", 200, "text/html", `<html>`, ""},
	} {
		p, err := New([]byte(promised))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(c.method, c.path, nil)
		if c.sent != "" {
			r.Header.Set("Content-Type", isJSON)
		}
		err = p.Check(r, []byte(c.sent), c.status, http.Header{"Content-Type": {c.kind}}, []byte(c.answer))
		if c.why == "" && err != nil || c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why)) {
			t.Errorf("%s %s %d %s: %v, want %q", c.method, c.path, c.status, c.answer, err, c.why)
		}
	}
}

func TestACallIsKeptOnceItSucceedsAsDescribed(t *testing.T) {
	p, err := New([]byte(promised))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(httptest.NewRequest("DELETE", "/api/v1/teas/best", nil), nil, 204, http.Header{}, nil); err != nil {
		t.Fatal(err)
	}
	_ = p.Check(httptest.NewRequest("GET", "/api/v1/teas", nil), nil, 422, http.Header{"Content-Type": {"application/problem+json"}}, []byte(`{"title":"No"}`))
	if got := p.Unkept(); !slices.Equal(got, []string{"DELETE /api/v1/teas/{id}", "GET /api/v1/teas", "POST /api/v1/teas"}) {
		t.Errorf("%v", got)
	}
}

func TestADocumentWithHolesIsRefused(t *testing.T) {
	for find, put := range map[string]string{
		`"openapi": "3.1.0"`:                 `"openapi": "3.0.0"`,
		`"operationId": "drop"`:              `"operationId": "list"`,
		`"operationId": "make"`:              `"x": 1`,
		`{"name": "id", "in": "path"`:        `{"name": "id", "in": "query"`,
		`"minLength": 1`:                     `"minLength": "one"`,
		`"$ref": "#/components/schemas/Tea"`: `"$ref": "#/components/schemas/Coffee"`,
		`"#/components/parameters/Limit"`:    `"#/components/parameters/Most"`,
		`"description": "Gone."`:             `"x": 1`,
	} {
		if _, err := New([]byte(strings.Replace(promised, find, put, 1))); err == nil {
			t.Errorf("%s in place of %s is taken", put, find)
		}
	}
	if _, err := New([]byte(`{`)); err == nil {
		t.Error("half a document is taken")
	}
}

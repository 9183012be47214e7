package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit/contract"
	"github.com/sarnakh/sarnakh/internal/web"
)

type apiThing struct {
	ID     int64      `json:"id"`
	Name   i18n.Text  `json:"name"`
	Sold   *time.Time `json:"sold"`
	Scopes web.Scopes `json:"scopes,omitempty"`
}

type newThing struct {
	Name  i18n.Text `json:"name" validate:"required"`
	Price float64   `json:"price" validate:"gte=0"`
	Thing *apiThing `json:"thing"`
}

type refusal struct {
	Message string `json:"message"`
}

// things are calls of each kind.
var things = []web.Route{
	{Pattern: "GET /things", Access: web.Staff},
	{Pattern: "GET /api/v1/things", Access: web.Staff, Scope: "things:read", Doc: &web.Operation{
		Summary: "List", Tag: "Things", Answer: web.List[*apiThing]{},
		Query: []web.Param{{Name: "since", Type: "date"}, {Name: "sort", Enum: []string{"name", "price"}, Required: true}},
	}},
	{Pattern: "POST /api/v1/things", Access: web.Staff, Scope: "things:write", Doc: &web.Operation{
		Summary: "Make", Tag: "Things", Body: newThing{}, Answer: apiThing{}, Status: http.StatusCreated,
	}},
	{Pattern: "DELETE /api/v1/things/{id}", Access: web.Staff, Scope: "things:write", Doc: &web.Operation{Summary: "Delete", Tag: "Things", Status: http.StatusNoContent}},
	{Pattern: "GET /api/v1/things/{id}/export", Access: web.Staff, Scope: "things:read", Doc: &web.Operation{Summary: "Export", Tag: "Things", AnswerTypes: []string{"text/csv"}}},
	{Pattern: "POST /v1/track", Access: web.Visitors, Doc: &web.Operation{Summary: "Track", Tag: "Tracking", Basic: true, Loose: true, Body: newThing{}, Refusal: refusal{}}},
	{Pattern: "OPTIONS /v1/{call}", Access: web.Visitors, Doc: &web.Operation{Summary: "Ask", Tag: "Tracking"}},
}

func TestTheDocumentSaysWhoMayCallWithWhatAndWhatComesBack(t *testing.T) {
	raw, err := web.OpenAPI(things, "https://shop.example", "v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.New(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	want := []string{"DELETE /api/v1/things/{id}", "GET /api/v1/things", "GET /api/v1/things/{id}/export", "POST /api/v1/things", "POST /v1/track"}
	if got := c.Operations(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	var d struct {
		Paths map[string]map[string]struct {
			ID         string                `json:"operationId"`
			Security   []map[string][]string `json:"security"`
			Parameters []map[string]any      `json:"parameters"`
			Responses  map[string]any        `json:"responses"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	makes := d.Paths["/api/v1/things"]["post"]
	if makes.ID != "postThings" || len(makes.Security) != 1 || makes.Security[0]["key"][0] != "things:write" {
		t.Errorf("make: %+v", makes)
	}
	if text := string(mustJSON(t, makes.Parameters)); !strings.Contains(text, "Idempotency") {
		t.Errorf("make: %s", text)
	}
	lists := d.Paths["/api/v1/things"]["get"]
	if text := string(mustJSON(t, lists.Parameters)); !strings.Contains(text, "parameters/Limit") || !strings.Contains(text, "parameters/After") ||
		!strings.Contains(text, `"format":"date"`) || strings.Contains(text, "Idempotency") {
		t.Errorf("list: %s", text)
	}
	if tracks := d.Paths["/v1/track"]["post"]; tracks.Security[0]["basic"] == nil || tracks.Responses["401"] != nil {
		t.Errorf("track: %+v", tracks)
	}
	for _, name := range []string{"Thing", "ThingList", "NewThing", "Problem", "Refusal", "ThingInput"} {
		if d.Components.Schemas[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type sly struct{}

func (sly) MarshalJSON() ([]byte, error) { return []byte("7"), nil }

func TestATypeThatCannotBeDescribedStopsTheStart(t *testing.T) {
	_, err := web.OpenAPI([]web.Route{{Pattern: "GET /api/v1/x", Access: web.Staff, Scope: "x:read", Doc: &web.Operation{
		Summary: "See", Tag: "X", Answer: struct {
			X sly `json:"x"`
		}{},
	}}}, "", "", nil)
	if err == nil || !strings.Contains(err.Error(), "sly") || !strings.Contains(err.Error(), "GET /api/v1/x") {
		t.Errorf("%v", err)
	}
}

func TestFieldsAndPartsOfAddressesAreDescribed(t *testing.T) {
	raw, err := web.OpenAPI(things, "", "", web.Words{
		"id": "Its number.", "Thing.sold": "When it was sold.", "NewThing.name": "What people call it.", "{id}": "The number of the thing.", "thing": "One that it is like.",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"description":"Its number."`, `"description":"When it was sold."`, `"description":"What people call it."`,
		`"description":"The number of the thing."`, `"description":"One that it is like."`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
}

package main

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/testkit/contract"
	"github.com/sarnakh/sarnakh/internal/web"
)

// promise is the document of the API, read once: it says the same wherever the program
// runs.
var promise struct {
	once     sync.Once
	contract *contract.Contract
	err      error
}

// hold holds an exchange with the API against its document. Every test that asks
// through send or ask does so.
func hold(t testing.TB, document func() string, r *http.Request, sent string, a answer) {
	t.Helper()
	if !web.IsAPI(r.URL.Path) {
		return
	}
	promise.once.Do(func() { promise.contract, promise.err = contract.New([]byte(document())) })
	if promise.err != nil {
		t.Fatal(promise.err)
	}
	if err := promise.contract.Check(r, []byte(sent), a.StatusCode, a.Header, []byte(a.body)); err != nil {
		t.Error(err)
	}
}

// documentAt fetches the document from the server at an address.
func documentAt(t testing.TB, host string) string {
	t.Helper()
	res, err := asIs.Get("http://" + host + "/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the document: %d, %v", res.StatusCode, err)
	}
	return string(raw)
}

// apiCalls are calls on the house's data, at least one of each kind that is not a GET
// without a name in its path: those are asked by themselves. What is kept of an answer
// is put in for {name} of later calls.
var apiCalls = []struct {
	call, body string
	keep       string // a field of the answer to remember, or name=field
}{
	{"GET /api/v1/leads?limit=1&lang=fa", "", "id"},
	{"GET /api/v1/leads?q=reihaneh", "", ""},
	{"GET /api/v1/leads/{id}", "", ""},
	{"GET /api/v1/leads/{id}/events?limit=2", "", "next"},
	{"GET /api/v1/leads/{id}/events?after={next}", "", ""},
	{"PUT /api/v1/fields/roast", `{"label":{"en":"Roast","fa":"برشت"},"type":"choice","options":[{"value":"dark","label":"Dark"}]}`, ""},
	{"GET /api/v1/fields/roast", "", ""},
	{"POST /api/v1/leads", `{"email":"nima@example.com","first_name":"نیما","attributes":{"roast":"dark"},"tags":["new"]}`, ""},
	{"PATCH /api/v1/leads/{id}", `{"country":"IR","last_name":null}`, ""},
	{"POST /api/v1/leads/{id}/tags", `{"tags":["vip"]}`, ""},
	{"GET /api/v1/leads/{id}/tags", "", ""},
	{"GET /api/v1/leads?tag=vip&stage=lead", "", ""},
	{"DELETE /api/v1/leads/{id}/tags/vip", "", ""},
	{"POST /api/v1/leads/{id}/notes", `{"kind":"call","text":"She likes it dark."}`, "note=id"},
	{"PUT /api/v1/leads/{id}/notes/{note}", `{"kind":"call","text":"She likes it very dark."}`, "note=id"},
	{"GET /api/v1/leads/{id}/notes", "", ""},
	{"DELETE /api/v1/leads/{id}/notes/{note}", "", ""},
	{"POST /api/v1/leads/{id}/consents", `{"purpose":"research","channel":"phone","state":"granted","words":"You may call me."}`, ""},
	{"GET /api/v1/leads/{id}/consents?limit=1", "", ""},
	{"GET /api/v1/leads/{id}/proof", "", ""},
	{"POST /api/v1/proofs/verify", `{"payload":{"kind":"x"},"signature":"y"}`, ""},
	{"GET /api/v1/leads/{id}/export", "", ""},
	{"POST /api/v1/leads", `{"external_id":"twice"}`, "twin=id"},
	{"POST /api/v1/leads/{id}/merge", `{"other":{twin},"fields":{"external_id":"other"}}`, "merge=id"},
	{"GET /api/v1/leads/{id}/merges", "", ""},
	{"POST /api/v1/merges/{merge}/undo", "", ""},
	{"DELETE /api/v1/leads/{twin}", `{"reason":"they asked","suppress":true}`, ""},
	{"POST /api/v1/leads", `{"external_id":"a","email":"pair@example.com"}`, ""},
	{"POST /api/v1/leads", `{"external_id":"b","email":"pair@example.com"}`, ""},
	{"GET /api/v1/duplicates", "", "pair=id"},
	{"POST /api/v1/duplicates/{pair}/dismiss", "", ""},
	{"POST /api/v1/leads/{id}/points", `{"kind":"award","points":70,"reason":"a gift","key":"1"}`, ""},
	{"GET /api/v1/leads/{id}/points", "", ""},
	{"GET /api/v1/journeys/guide-to-first-bag", "", ""},
	{"POST /api/v1/journeys/guide-to-first-bag/pause", "", ""},
	{"POST /api/v1/journeys/guide-to-first-bag/resume", "", ""},
	{"GET /api/v1/experiments/guide-promise", "", ""},
	{"POST /api/v1/experiments", `{"kind":"experiment","key":"headline","name":"Headline","surface":"page","variants":[{"key":"a"},{"key":"b"}],"planned_visitors_per_arm":500,"planned_conversion_rate":0.1,"goals":[{"key":"asked","role":"primary","window":"14d"},{"key":"revenue","event":"Order Completed","kind":"value","property":"total","role":"guardrail"}]}`, ""},
	{"PUT /api/v1/experiments/headline", `{"kind":"experiment","key":"headline","name":"Headline","surface":"page","variants":[{"key":"a"},{"key":"b"}],"planned_visitors_per_arm":500,"planned_conversion_rate":0.1,"namespace":{"name":"pages","from":0,"to":0.5},"audience":{"devices":["phone"]},"minimum_effect":0.1,"planned_weeks":3,"state":"running"}`, ""},
	{"GET /api/v1/experiments/headline", "", ""},
	{"POST /api/v1/experiments/plan", `{"baseline":0.03,"visitors_per_day":1000,"mde_relative":0.2,"weeks":4}`, ""},
	{"POST /api/v1/experiments/plan", `{"form":"brewing-guide","baseline":0.03,"visitors_per_day":1000}`, ""},
	{"POST /api/v1/experiments/headline/roll-out", `{"variant":"b","hold_back":0.05}`, ""},
	{"POST /api/v1/experiments/headline/take-back", "", ""},
	{"POST /api/v1/offers/kilo-bag/grants", `{"lead_id":{id},"cause":"sorry"}`, "code"},
	{"POST /api/v1/offers/redeem", `{"code":"{code}","order_id":"A-7","value":99.5}`, ""},
	{"GET /api/v1/offers/kilo-bag", "", ""},
	{"POST /api/v1/keys", `{"name":"till","scopes":["offers:write"]}`, "key=id"},
	{"DELETE /api/v1/keys/{key}", "", ""},

	{"POST /api/v1/segments/preview", `{"condition":{"event":"Form Submitted","times":1}}`, ""},
	{"POST /api/v1/segments", `{"key":"asked","name":"Asked for the guide","condition":{"event":"Form Submitted","times":1}}`, ""},
	{"PUT /api/v1/segments/asked", `{"name":{"en":"Asked","fa":"خواسته‌اند"},"condition":{"tag":"vip"}}`, ""},
	{"GET /api/v1/segments/asked", "", ""},
	{"GET /api/v1/segments/asked/why?lead={id}", "", ""},
	{"POST /api/v1/segments", `{"key":"guests","name":"Guests","static":true}`, ""},
	{"POST /api/v1/segments/guests/members", `{"lead_ids":[{id}]}`, ""},
	{"GET /api/v1/segments/guests/members?limit=1", "", ""},
	{"POST /api/v1/segments/guests/members/remove", `{"lead_ids":[{id}]}`, ""},
	{"DELETE /api/v1/segments/guests", "", ""},

	{"POST /api/v1/segments", `{"key":"panel","name":{"fa":"هیئت چشایی","en":"Taste panel"},"static":true}`, ""},
	{"POST /api/v1/segments/panel/members", `{"lead_ids":[{id}]}`, ""},
	{"GET /api/v1/segments/panel/members?limit=1", "", ""},
	{"POST /api/v1/segments/panel/members/remove", `{"lead_ids":[{id}]}`, ""},
	{"POST /api/v1/segments/preview", `{"condition":{"any":[{"segment":"panel"},{"tag":"vip"}]}}`, ""},
	{"PUT /api/v1/segments/vips", `{"name":"VIPs","condition":{"tag":"vip"}}`, ""},
	{"GET /api/v1/segments/vips", "", ""},
	{"GET /api/v1/segments/vips/why?lead={id}", "", ""},
	{"DELETE /api/v1/segments/vips", "", ""},

	{"PUT /api/v1/scoring/rules/guide", `{"kind":"score_rule","key":"guide","name":"Asked for the guide","event":"Form Submitted","points":5}`, ""},
	{"PUT /api/v1/scoring/grades", `{"grades":[{"name":"A","from":50},{"name":"B","from":0}]}`, ""},
	{"GET /api/v1/leads/{id}/score", "", ""},

	{"POST /api/v1/webhooks", `{"url":"https://hooks.example/a","description":"","events":[]}`, "hook=id"},
	{"GET /api/v1/webhooks/{hook}", "", ""},
	{"PUT /api/v1/webhooks/{hook}", `{"url":"https://hooks.example/b","description":"the shop","events":[]}`, ""},
	{"GET /api/v1/webhooks/{hook}/secret", "", ""},
	{"POST /api/v1/webhooks/{hook}/rotate", `{"keep_hours":2}`, ""},
	{"POST /api/v1/webhooks/{hook}/test", "", "delivery=id"},
	{"GET /api/v1/webhooks/{hook}/deliveries?limit=1", "", ""},
	{"POST /api/v1/webhooks/{hook}/disable", "", ""},
	{"POST /api/v1/webhooks/{hook}/enable", "", ""},
	{"POST /api/v1/webhooks/deliveries/{delivery}/replay", "", ""},
	{"GET /api/v1/webhooks/{hook}/deliveries/{delivery}", "", ""},
	{"POST /api/v1/webhooks/{hook}/replay", `{"since":"2026-01-01T00:00:00Z"}`, ""},
	{"DELETE /api/v1/webhooks/{hook}", "", ""},

	{"POST /api/v1/sources", `{"name":"the shop","origins":["https://shop.example"]}`, "source=id"},
	{"GET /api/v1/sources/{source}", "", ""},
	{"PUT /api/v1/sources/{source}", `{"name":"the web shop","origins":[]}`, ""},
	{"POST /api/v1/sources/{source}/disable", "", ""},
	{"POST /api/v1/sources/{source}/enable", "", ""},
	{"POST /api/v1/sources/{source}/rotate", "", "write_key"},
	{"POST /v1/identify", `{"writeKey":"{write_key}","userId":"u1","traits":{"email":"u1@example.com"},"integrations":{}}`, ""},
	{"POST /v1/experiments/checkout/assign", `{"writeKey":"{write_key}","anonymousId":"browser-7"}`, ""},
	{"POST /v1/track", `{"writeKey":"{write_key}","userId":"u1","event":"Order Completed","properties":{"value":9.5}}`, ""},
	{"POST /v1/page", `{"writeKey":"{write_key}","anonymousId":"a1","name":"Home"}`, ""},
	{"POST /v1/screen", `{"writeKey":"{write_key}","anonymousId":"a1","name":"Home"}`, ""},
	{"POST /v1/group", `{"writeKey":"{write_key}","userId":"u1","groupId":"g1"}`, ""},
	{"POST /v1/alias", `{"writeKey":"{write_key}","userId":"u1","previousId":"a1"}`, ""},
	{"POST /v1/batch", `{"writeKey":"{write_key}","batch":[{"type":"track","userId":"u1","event":"Order Completed"}]}`, ""},
	{"POST /v1/import", `{"writeKey":"{write_key}","batch":[{"type":"identify","userId":"u2"},{"type":"track"}]}`, ""},
}

func TestEveryCallOfTheAPIAnswersAsDescribed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.apply(t, checkout)
	h.send("GET", "/api/v1/summary", "", h.authority()) // so that the document is read
	known := map[string]string{}
	fill := func(text string) string {
		for name, value := range known {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	for _, c := range apiCalls {
		method, path, _ := strings.Cut(fill(c.call), " ")
		var headers []string
		if strings.HasPrefix(path, "/api/") {
			headers = append(headers, h.authority())
		}
		if c.body != "" {
			headers = append(headers, "Content-Type: application/json")
		}
		a := h.send(method, path, fill(c.body), headers...)
		if a.StatusCode >= 300 {
			t.Errorf("%s %s: %d %s", method, path, a.StatusCode, a.body)
		}
		if c.keep != "" {
			name, field, other := strings.Cut(c.keep, "=")
			if !other {
				field = name
			}
			m := regexp.MustCompile(`"` + field + `":"?([^",}]+)`).FindStringSubmatch(a.body)
			if m == nil {
				t.Fatalf("%s %s answers no %s: %s", method, path, field, a.body)
			}
			known[name] = m[1]
		}
	}
	h.transfers(t)
	for _, op := range promise.contract.Operations() {
		if method, path, _ := strings.Cut(op, " "); method == "GET" && !strings.Contains(path, "{") {
			h.send(method, path, "", h.authority())
		}
	}
	if unkept := promise.contract.Unkept(); len(unkept) > 0 {
		t.Errorf("no test has seen these calls succeed as described; add them to apiCalls:\n%s", strings.Join(unkept, "\n"))
	}
}

func TestTheDocumentNamesEveryCallAndEveryScopeIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.send("GET", "/api/openapi.json", "")
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	c, err := contract.New([]byte(a.body))
	if err != nil {
		t.Fatal(err)
	}
	known := access.KnownScopes()
	for _, r := range h.mux.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if web.IsAPI(path) && method != "OPTIONS" && !slices.Contains(c.Operations(), r.Pattern) {
			t.Errorf("%s is not in the document", r.Pattern)
		}
		if r.Scope != "" && !slices.Contains(known, r.Scope) {
			t.Errorf("%s needs the scope %s, which no key can be given: add it to access/scope.go", r.Pattern, r.Scope)
		}
	}
}

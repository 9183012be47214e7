package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/web"
)

// holder lets everybody in as a key with some scopes.
type holder web.Scopes

func (h holder) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "key", Name: "test", Scopes: web.Scopes(h)}, nil
}

func TestACallOfTheAPICannotBeMountedUndescribed(t *testing.T) {
	ok := func(http.ResponseWriter, *http.Request) error { return nil }
	doc := &web.Operation{Summary: "See", Tag: "Things"}
	for _, c := range []struct {
		route web.Route
		why   string // "" when it can be mounted
	}{
		{web.Route{Pattern: "GET /x", Handle: ok}, "who may use it"},
		{web.Route{Pattern: "GET /x", Access: web.Staff, Handle: ok}, ""},
		{web.Route{Pattern: "GET /api/v1/x", Access: web.Staff, Handle: ok, Doc: doc}, "scope"},
		{web.Route{Pattern: "GET /api/v1/x", Access: web.Staff, Handle: ok, Doc: doc, Scope: "things"}, "scope"},
		{web.Route{Pattern: "GET /api/v1/x", Access: web.Staff, Handle: ok, Doc: doc, Scope: "*"}, "scope"},
		{web.Route{Pattern: "GET /api/v1/x", Access: web.Staff, Handle: ok, Scope: "things:read"}, "description"},
		{web.Route{Pattern: "GET /api/v1/x", Access: web.Staff, Handle: ok, Scope: "things:read", Doc: &web.Operation{Summary: "See"}}, "description"},
		{web.Route{Pattern: "GET /api/v1/x", Access: web.Staff, Handle: ok, Scope: "things:read", Doc: doc}, ""},
		{web.Route{Pattern: "/api/v1/x", Access: web.Staff, Handle: ok, Scope: "things:read", Doc: doc}, "method"},
		{web.Route{Pattern: "GET /api/openapi.json", Access: web.Visitors, Handle: ok}, ""},
		{web.Route{Pattern: "GET /api/other", Access: web.Staff, Handle: ok}, "scope"},
		{web.Route{Pattern: "POST /v1/track", Access: web.Visitors, Handle: ok}, "description"},
		{web.Route{Pattern: "POST /v1/track", Access: web.Visitors, Handle: ok, Doc: doc}, ""},
		{web.Route{Pattern: "POST /v1/track", Access: web.Visitors, Handle: ok, Doc: doc, Scope: "things:write"}, "scope"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", c.route.Pattern, c.route.Scope, c.why), func(t *testing.T) {
			defer func() {
				if p := fmt.Sprint(recover()); c.why == "" && p != "<nil>" || !strings.Contains(p, c.why) {
					t.Errorf("%s, want %q", p, c.why)
				}
			}()
			build(t, c.route)
		})
	}
}

func TestAKeyOpensOnlyWhatItsScopesName(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, 200, "ok") }
	routes := []web.Route{
		{Pattern: "GET /api/v1/leads", Access: web.Staff, Handle: ok, Scope: "leads:read", Doc: &web.Operation{Summary: "See", Tag: "Leads"}},
		{Pattern: "POST /api/v1/leads", Access: web.Staff, Handle: ok, Scope: "leads:write", Doc: &web.Operation{Summary: "Make", Tag: "Leads"}},
		{Pattern: "GET /leads", Access: web.Staff, Handle: ok},
	}
	for _, c := range []struct {
		scopes           web.Scopes
		read, make, page int
	}{
		{nil, 403, 403, 403},
		{web.Scopes{"leads:read"}, 200, 403, 403},
		{web.Scopes{"leads:write"}, 403, 200, 403},
		{web.Scopes{"leads:read", "leads:write"}, 200, 200, 403},
		{web.Scopes{"*"}, 200, 200, 200},
	} {
		h := buildFor(t, holder(c.scopes), routes...)
		read, body := h.ask(t, "GET", "/api/v1/leads", "")
		make, _ := h.ask(t, "POST", "/api/v1/leads", "")
		page, _ := h.ask(t, "GET", "/leads", "")
		if read.StatusCode != c.read || make.StatusCode != c.make || page.StatusCode != c.page {
			t.Errorf("%v: read %d, make %d, page %d; want %d, %d, %d", c.scopes, read.StatusCode, make.StatusCode, page.StatusCode, c.read, c.make, c.page)
		}
		if c.read == 403 && (!strings.Contains(body, "leads:read") || read.Header.Get("Content-Type") != "application/problem+json") {
			t.Errorf("%v: the refusal does not name the scope: %s", c.scopes, body)
		}
	}
}

func TestAMisspeltParameterIsRefusedByName(t *testing.T) {
	h := build(t, web.Route{Pattern: "GET /api/v1/x", Access: web.Visitors, Handle: func(w http.ResponseWriter, _ *http.Request) error {
		return web.JSON(w, 200, "ok")
	}, Doc: &web.Operation{Summary: "See", Tag: "Things", Query: []web.Param{{Name: "colour"}}}})
	if res, body := h.ask(t, "GET", "/api/v1/x?color=red", ""); res.StatusCode != 422 || !strings.Contains(body, `"color":"There is no such parameter."`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, _ := h.ask(t, "GET", "/api/v1/x?colour=red&lang=fa", ""); res.StatusCode != 200 {
		t.Errorf("%d", res.StatusCode)
	}
}

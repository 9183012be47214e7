package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/tracking"
	"github.com/sarnakh/sarnakh/webhooks"
)

// publicRoutes is all that anybody may ask for. A new line here is a decision, not an
// oversight: whoever adds it has thought about what a stranger can do with it.
const publicRoutes = `
GET /api/features/{clientKey}
GET /api/openapi.json
GET /embed.js
GET /f/{key}
GET /f/{key}/embed
GET /f/{key}/thanks
GET /healthz
GET /o/{code}
GET /p/{key}
GET /readyz
GET /setup
GET /shared/experiments/{key}
GET /signin
GET /signin/link
GET /static/{name}
GET /t.js
GET /t/c/{token}
GET /t/o/{token}
GET /t/u/{token}
OPTIONS /f/{key}
OPTIONS /v1/experiments/{key}/assign
OPTIONS /v1/{call}
POST /f/{key}
POST /p/{key}
POST /preferences
POST /setup
POST /signin
POST /signin/link
POST /signout
POST /t/u/{token}
POST /t/u/{token}/undo
POST /v1/alias
POST /v1/batch
POST /v1/experiments/{key}/assign
POST /v1/group
POST /v1/identify
POST /v1/import
POST /v1/page
POST /v1/screen
POST /v1/track
`

// crossOriginRoutes take what pages of other origins send.
const crossOriginRoutes = `
OPTIONS /f/{key}
OPTIONS /v1/experiments/{key}/assign
OPTIONS /v1/{call}
POST /f/{key}
POST /t/u/{token}
POST /t/u/{token}/undo
POST /v1/alias
POST /v1/batch
POST /v1/experiments/{key}/assign
POST /v1/group
POST /v1/identify
POST /v1/import
POST /v1/page
POST /v1/screen
POST /v1/track
`

// house is the running program with one lead in it, of whom no stranger may hear.
type house struct {
	t *testing.T
	*server
	mux *web.Mux
	key string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	s := open(t, t.TempDir(), pagesHalf|workersHalf)
	_, key, err := s.access.CreateKey(t.Context(), "test", "test", access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.tracking.Create(t.Context(), tracking.Source{Name: "Web site"}, "test"); err != nil {
		t.Fatal(err)
	}
	hook, err := s.webhooks.Create(t.Context(), webhooks.Input{URL: "https://hooks.example", Events: []string{"Order Completed"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.webhooks.Test(t.Context(), hook.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.webhooks.Disable(t.Context(), hook.ID); err != nil { // nothing leaves this machine
		t.Fatal(err)
	}
	h := &house{t: t, server: s, mux: s.http.Handler.(*web.Mux), key: key}
	if a := h.send("POST", "/f/brewing-guide", guide(secretEmail).Encode(), formEncoded); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("the form answered %d: %s", a.StatusCode, a.body)
	}
	h.furnish(t)
	soon(t, 10*time.Second, "the first letter is in the mailbox", func() bool {
		return strings.Contains(h.send("GET", "/dev/mailbox.json", "", h.authority()).body, secretEmail)
	})
	return h
}

// furnish makes one of each thing that the sample campaign has none of.
func (h *house) furnish(t *testing.T) {
	t.Helper()
	for _, c := range []struct{ method, path, body, kind string }{
		{"PUT", "/api/v1/fields/grind", `{"label":"Grind","type":"text"}`, "application/json"},
		{"PUT", "/api/v1/segments/readers", `{"name":"Readers","condition":{"event":"Form Submitted","times":1}}`, "application/json"},
		{"PUT", "/api/v1/scoring/rules/reader", `{"kind":"score_rule","key":"reader","name":"Reader","event":"Form Submitted","points":5}`, "application/json"},
		{"POST", "/api/v1/imports", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nemail\nnima@example.com\n\r\n--x--\r\n", "multipart/form-data; boundary=x"},
	} {
		if a := h.send(c.method, c.path, c.body, h.authority(), "Content-Type: "+c.kind); a.StatusCode >= 300 {
			t.Fatalf("%s %s: %d %s", c.method, c.path, a.StatusCode, a.body)
		}
	}
}

// authority is the header of somebody who may see everything.
func (h *house) authority() string { return "Authorization: Bearer " + h.key }

// send asks the routes directly, without a network.
func (h *house) send(method, target, body string, headers ...string) answer {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	a := answer{w.Result(), w.Body.String()}
	hold(h.t, func() string { return h.send("GET", "/api/openapi.json", "").body }, r, body, a)
	return a
}

// examples fill the patterns in with what exists in the house.
var examples = map[string]string{
	"/experiments/{key}": "guide-promise", "/emails/{key}": "guide-welcome", "/forms/{key}": "brewing-guide", "/f/{key}": "brewing-guide",
	"/journeys/{key}": "guide-to-first-bag", "/offers/{key}": "kilo-bag", "/p/{key}": "guide",
	"/fields/{key}": "grind", "/segments/{key}": "readers", "/scoring/rules/{key}": "reader",
}

// example is a request that the route would take.
func example(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.NewReplacer("{$}", "", "{id}", "1").Replace(path)
	for place, key := range examples {
		if strings.Contains(path, place) {
			path = strings.Replace(path, "{key}", key, 1)
		}
	}
	if strings.HasSuffix(path, "/why") {
		path += "?lead=1"
	}
	return method, strings.NewReplacer("{token}", "x.y", "{code}", "CODE", "{delivery}", "1", "{name}", "x.css", "{chart}", "rates.svg").Replace(path)
}

func TestThePublicRoutesAreTheseAndNoOthers(t *testing.T) {
	t.Parallel()
	var public, crossing []string
	for _, r := range newHouse(t).mux.Routes() {
		if r.Access != web.Visitors && r.Access != web.Staff {
			t.Errorf("%s does not say who may use it", r.Pattern)
		}
		if r.Access == web.Visitors {
			public = append(public, r.Pattern)
		}
		if r.CrossOrigin {
			crossing = append(crossing, r.Pattern)
		}
	}
	for _, list := range []struct {
		name      string
		got, want []string
	}{
		{"public", public, strings.Split(strings.TrimSpace(publicRoutes), "\n")},
		{"open to other origins", crossing, strings.Split(strings.TrimSpace(crossOriginRoutes), "\n")},
	} {
		slices.Sort(list.got)
		for _, r := range list.got {
			if !slices.Contains(list.want, r) {
				t.Errorf("%s is %s and not on the list", r, list.name)
			}
		}
		for _, r := range list.want {
			if !slices.Contains(list.got, r) {
				t.Errorf("%s is on the list of what is %s, and is not", r, list.name)
			}
		}
	}
}

func TestAStrangerSeesNothingOfTheWorkspace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	seen := 0
	for _, r := range h.mux.Routes() {
		if r.Access != web.Staff {
			continue
		}
		method, path := example(r.Pattern)
		t.Run(r.Pattern, func(t *testing.T) {
			for _, who := range [][]string{
				nil,
				{"Authorization: Bearer srk_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
				{"Authorization: Basic YWRtaW46YWRtaW4="},
				{"Cookie: session=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; visitor=" + h.key},
			} {
				a := h.send(method, path, "", append(who, "Accept: application/json")...)
				if a.StatusCode != 401 || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
					t.Errorf("a script with %q: %d %s", who, a.StatusCode, a.Header.Get("Content-Type"))
				}
				h.tellsNothing(t, a)
				a = h.send(method, path, "", append(who, "Accept: text/html")...)
				h.tellsNothing(t, a)
				switch where := a.Header.Get("Location"); {
				case method != "GET" || strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, ".json"):
					if a.StatusCode != 401 {
						t.Errorf("a browser with %q: %d", who, a.StatusCode)
					}
				case a.StatusCode != 303 || where != "/signin?next="+url.QueryEscape(path):
					t.Errorf("a browser with %q: %d to %q", who, a.StatusCode, where)
				}
			}
			if method != "GET" {
				return
			}
			if a := h.send("HEAD", path, ""); a.StatusCode != 303 && a.StatusCode != 401 {
				t.Errorf("HEAD: %d", a.StatusCode)
			}
			// With a key there is something to see, so that the above proves something.
			a := h.send(method, path, "", h.authority())
			if a.StatusCode != 200 {
				t.Errorf("with a key: %d: %s", a.StatusCode, a.body)
			}
			if strings.Contains(a.body, secretEmail) {
				seen++
			}
			if cache := a.Header.Get("Cache-Control"); cache != "no-store" {
				t.Errorf("may be kept by caches: %q", cache)
			}
		})
	}
	if seen < 5 {
		t.Errorf("the lead is to be seen on %d routes only: the test does not look where the data is", seen)
	}
}

// tellsNothing checks that an answer says nothing of what the house holds.
func (h *house) tellsNothing(t *testing.T, a answer) {
	t.Helper()
	for _, secret := range []string{secretEmail, "Reihaneh", "guide-promise", "brewing-guide", "kilo-bag", h.key} {
		if strings.Contains(a.body, secret) && !strings.Contains(a.Header.Get("Location"), secret) {
			t.Errorf("a stranger reads %q: %d %s", secret, a.StatusCode, a.body)
		}
	}
	if len(a.Cookies()) > 0 {
		t.Errorf("a stranger is given a cookie: %v", a.Cookies())
	}
}

// TestAnotherSiteCannotSendFormsInSomebodysName posts as a browser would for a page of
// another site, on which somebody who is signed in here has landed.
func TestAnotherSiteCannotSendFormsInSomebodysName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u, err := h.access.CreateUser(t.Context(), "sara@example.com", "a good long password")
	if err != nil {
		t.Fatal(err)
	}
	a := h.send("POST", "/signin", url.Values{"email": {u.Email}, "password": {"a good long password"}}.Encode(), formEncoded)
	if a.StatusCode != 303 || len(a.Cookies()) == 0 {
		t.Fatalf("sign-in: %d %s", a.StatusCode, a.body)
	}
	cookie := "Cookie: " + a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
	if home := h.send("GET", "/", "", cookie); home.StatusCode != 200 {
		t.Fatalf("signed in, and yet: %d", home.StatusCode)
	}
	for _, r := range h.mux.Routes() {
		method, path := example(r.Pattern)
		if method == "GET" {
			continue
		}
		for browser, headers := range map[string][]string{
			"today's browser": {"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"},
			"a sister site":   {"Sec-Fetch-Site: same-site", "Origin: https://evil.example.com"},
			"an old browser":  {"Origin: https://evil.example"},
			"a hidden origin": {"Origin: null"},
		} {
			for _, who := range []string{cookie, h.authority(), "Cookie: none=1"} {
				a := h.send(method, path, "", append(headers, who, formEncoded)...)
				if (a.StatusCode == 403) == r.CrossOrigin {
					t.Errorf("%s from another origin, %s: %d", r.Pattern, browser, a.StatusCode)
				}
			}
		}
		if own := h.send(method, path, "", "Sec-Fetch-Site: same-origin", "Origin: http://example.com", formEncoded); own.StatusCode == 403 {
			t.Errorf("%s from our own page is refused", r.Pattern)
		}
	}
	if home := h.send("GET", "/", "", cookie); home.StatusCode != 200 {
		t.Errorf("another site has signed somebody out: %d", home.StatusCode)
	}
	if keys, err := h.access.ListKeys(t.Context()); err != nil || len(keys) != 1 || keys[0].Revoked() {
		t.Errorf("another site has made or revoked keys: %v %v", keys, err)
	}
}

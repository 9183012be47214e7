package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

// door lets in whoever says the word.
type door struct{}

func (door) Who(r *http.Request) (web.Principal, error) {
	if r.Header.Get("Authorization") != "Bearer open" {
		return web.Principal{}, errs.Unauthorized
	}
	return web.Principal{Kind: "key", Name: "test", Scopes: web.Scopes{web.EveryScope}}, nil
}

type house struct {
	url string
	log *bytes.Buffer
}

func build(t *testing.T, routes ...web.Route) house {
	t.Helper()
	return buildFor(t, door{}, routes...)
}

func buildFor(t *testing.T, guard web.Guard, routes ...web.Route) house {
	t.Helper()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: clock.System{}, Zone: time.UTC, Language: i18n.English}
	log := new(bytes.Buffer)
	mux := web.NewMux(kit, guard, slog.New(slog.NewTextHandler(log, nil)), prometheus.NewRegistry())
	mux.Mount(routes...)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return house{server.URL, log}
}

func (h house) ask(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(raw)
}

func fails(err error) web.Handler {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func TestEachKindOfFailureHasItsStatusAndBothForms(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
	}{
		"not found":    {fmt.Errorf("lead 7: %w", errs.NotFound), 404},
		"gone":         {fmt.Errorf("form: %w", errs.Gone), 410},
		"conflict":     {fmt.Errorf("x: %w", errs.Conflict), 409},
		"bad fields":   {errs.Fields{"email": "errors.email"}, 422},
		"forbidden":    {errs.Forbidden, 403},
		"too many":     {errs.TooMany, 429},
		"unavailable":  {errs.Unavailable, 503},
		"anything":     {errors.New("secret detail"), 500},
		"body too big": {&http.MaxBytesError{Limit: 1}, 413},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, web.Route{Pattern: "GET /x", Access: web.Visitors, Handle: fails(c.err)})
			res, body := h.ask(t, "GET", "/x", "", "Accept", "text/html", "Accept-Language", "fa")
			if res.StatusCode != c.status || !strings.Contains(body, `dir="rtl"`) || strings.Contains(body, "⟦") {
				t.Errorf("page: %d %.300s", res.StatusCode, body)
			}
			res, body = h.ask(t, "GET", "/x", "", "Accept", "application/json")
			var p struct {
				Status    int    `json:"status"`
				RequestID string `json:"request_id"`
			}
			if err := json.Unmarshal([]byte(body), &p); err != nil || res.StatusCode != c.status || p.Status != c.status || p.RequestID != res.Header.Get("X-Request-Id") {
				t.Errorf("JSON: %d %s", res.StatusCode, body)
			}
			if strings.Contains(body, "secret detail") {
				t.Error("the cause of an inner failure was told to a visitor")
			}
		})
	}
}

func TestAPanicIsAnErrorAndTheServerGoesOn(t *testing.T) {
	h := build(t, web.Route{Pattern: "GET /x", Access: web.Visitors, Handle: func(http.ResponseWriter, *http.Request) error { panic("oh") }})
	for range 2 {
		if res, _ := h.ask(t, "GET", "/x", ""); res.StatusCode != 500 {
			t.Errorf("answered %d", res.StatusCode)
		}
	}
	if !strings.Contains(h.log.String(), "panic: oh") {
		t.Error("the log does not tell of the panic")
	}
}

func TestStaffRoutesAskWhoItIs(t *testing.T) {
	h := build(t, web.Route{Pattern: "GET /x", Access: web.Staff, Handle: func(w http.ResponseWriter, r *http.Request) error {
		return web.JSON(w, 200, web.Who(r).Name)
	}})
	if res, _ := h.ask(t, "GET", "/x?a=1", ""); res.StatusCode != 303 || res.Header.Get("Location") != "/signin?next=%2Fx%3Fa%3D1" {
		t.Errorf("a stranger's browser got %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := h.ask(t, "GET", "/x", "", "Accept", "application/json"); res.StatusCode != 401 {
		t.Errorf("a stranger's script got %d", res.StatusCode)
	}
	if res, body := h.ask(t, "GET", "/x", "", "Authorization", "Bearer open"); res.StatusCode != 200 || !strings.Contains(body, "test") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the key's holder got %d %s", res.StatusCode, body)
	}
}

func TestARouteWithoutAccessPanicsAtStartUp(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("mounted")
		}
	}()
	build(t, web.Route{Pattern: "GET /x", Handle: fails(nil)})
}

func TestOtherSitesMayPostOnlyWhereTheRouteSaysSo(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, 200, "ok") }
	h := build(t,
		web.Route{Pattern: "POST /own", Access: web.Visitors, Handle: ok},
		web.Route{Pattern: "POST /open", Access: web.Visitors, Handle: ok, CrossOrigin: true})
	foreign := []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}
	if res, _ := h.ask(t, "POST", "/own", "", foreign...); res.StatusCode != 403 {
		t.Errorf("own: %d", res.StatusCode)
	}
	if res, _ := h.ask(t, "POST", "/open", "", foreign...); res.StatusCode != 200 {
		t.Errorf("open: %d", res.StatusCode)
	}
}

func TestAWrongMethodIsToldApartFromAWrongAddress(t *testing.T) {
	h := build(t, web.Route{Pattern: "GET /x", Access: web.Visitors, Handle: fails(nil)})
	if res, _ := h.ask(t, "POST", "/x", ""); res.StatusCode != 405 {
		t.Errorf("wrong method: %d", res.StatusCode)
	}
	if res, _ := h.ask(t, "GET", "/y", ""); res.StatusCode != 404 {
		t.Errorf("wrong address: %d", res.StatusCode)
	}
	if res, _ := h.ask(t, "GET", "/x%00", ""); res.StatusCode != 404 {
		t.Errorf("a NUL in the address: %d", res.StatusCode)
	}
}

func TestNextNeverLeadsAway(t *testing.T) {
	for next, want := range map[string]string{
		"/leads?q=a":          "/leads?q=a",
		"https://evil.com":    "/",
		"//evil.com":          "/",
		`/\evil.com`:          "/",
		"/\tevil":             "/",
		"javascript:alert(1)": "/",
		"":                    "/",
		"leads":               "/",
	} {
		if got := web.LocalPath(next); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestJSONIsReadStrictly(t *testing.T) {
	type line struct {
		Price int       `json:"price"`
		Until time.Time `json:"until,omitzero"`
	}
	type order struct {
		Code  string    `json:"code" validate:"required,max=5"`
		Value float64   `json:"value" validate:"gte=0"`
		Title i18n.Text `json:"title,omitempty"`
		Lines []line    `json:"lines,omitempty"`
	}
	h := build(t, web.Route{Pattern: "POST /x", Access: web.Visitors, Handle: func(w http.ResponseWriter, r *http.Request) error {
		var o order
		if err := web.DecodeJSON(r, &o); err != nil {
			return err
		}
		return web.JSON(w, 200, o)
	}})
	for body, want := range map[string]string{
		`{"code":"A","value":2}`:               `"code":"A"`,
		`{"value":2}`:                          `"code":"This is needed."`,
		`{"code":"ABCDEF"}`:                    `5 characters`,
		`{"code":5}`:                           `"code":"This is not the kind`,
		`{"code":"A","x":1}`:                   `"x":"There is no such field."`,
		`{"code":"A"} {"code":"B"}`:            `"body"`,
		`{"code":`:                             `"body"`,
		`{"code":"A","value":1e999}`:           `"value"`,
		``:                                     `"body":"This is not valid JSON.`,
		`[]`:                                   `"body":"This is not the kind`,
		`{"code":"A","title":7}`:               `"title":"This is not the kind`,
		`{"code":"A","title":{"de":"Hallo"}}`:  `"title":"This is not the kind`,
		`{"code":"A","lines":[{"price":"x"}]}`: `"lines[0].price":"This is not the kind`,
		`{"code":"A","lines":[{"until":"tomorrow"}]}`:      `"lines[0].until":"This is not the kind`,
		`{"code":"A\u0000"}`:                               `"code":"There are characters`,
		`{"code":"A","title":{"fa":"\u0000"}}`:             `"title.fa":"There are characters`,
		`{"code":"A","lines":[{"price":1},{"x\u0000":1}]}`: `"lines[1]":"There are characters`,
		`{"code":"A\\u0000"}`:                              `5 characters`,
	} {
		if _, got := h.ask(t, "POST", "/x", body, "Content-Type", "application/json"); !strings.Contains(got, want) {
			t.Errorf("%s answered %s, want %s in it", body, got, want)
		}
	}
	if res, _ := h.ask(t, "POST", "/x", "a=b", "Content-Type", "text/plain", "Accept", "application/json"); res.StatusCode != 415 {
		t.Errorf("text/plain: %d", res.StatusCode)
	}
	if res, _ := h.ask(t, "POST", "/x", `{"code":"A"}`, "Content-Type", "application/json; charset=utf-8"); res.StatusCode != 200 {
		t.Errorf("with a charset: %d", res.StatusCode)
	}
	if res, _ := h.ask(t, "POST", "/x", `{"code":"A"}`, "Content-Type", "application/jsonlines"); res.StatusCode != 415 {
		t.Errorf("lines: %d", res.StatusCode)
	}
}

func TestWhatIsNoTextReachesNoDatabase(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, 200, "ok") }
	h := build(t,
		web.Route{Pattern: "GET /x.json", Access: web.Staff, Handle: ok},
		web.Route{Pattern: "GET /p/{key}", Access: web.Visitors, Handle: ok})
	for path, status := range map[string]int{
		"/x.json?q=%D8%B3": 200, "/x.json?q=%00": 422, "/x.json?q=%C7": 422, "/x.json?%C7=1": 422,
		"/p/guide?utm_campaign=%C7": 200, "/p/%C7": 404, "/p/a%00": 404,
	} {
		if res, body := h.ask(t, "GET", path, "", "Authorization", "Bearer open"); res.StatusCode != status {
			t.Errorf("%s: %d %.200s", path, res.StatusCode, body)
		}
	}
}

func TestOnlyAProxyOfThisMachineIsBelievedAboutAddresses(t *testing.T) {
	for _, c := range []struct{ remote, forwarded, want string }{
		{"127.0.0.1:5", "203.0.113.9", "203.0.113.9"},
		{"127.0.0.1:5", "203.0.113.9, 198.51.100.2", "198.51.100.2"},
		{"127.0.0.1:5", "nonsense", "127.0.0.1"},
		{"203.0.113.1:5", "198.51.100.2", "203.0.113.1"},
		{"[::1]:5", "", "::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := web.ClientIP(r); got != c.want {
			t.Errorf("%s forwarded %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestABadFieldIsNamedByItsPathAndKind(t *testing.T) {
	type price struct {
		Value int `json:"value" validate:"min=5"`
	}
	type base struct {
		Name string `json:"name" validate:"min=5"`
	}
	type order struct {
		base
		Kind  string   `json:"kind" validate:"omitempty,oneof=gift sale"`
		Lines []price  `json:"lines" validate:"max=2,dive"`
		Tags  []string `json:"tags" validate:"min=1"`
	}
	err := web.Validate(&order{base{"a"}, "x", []price{{9}, {1}}, nil})
	want := errs.Fields{"name": "errors.min=5", "kind": "errors.oneof=gift sale", "lines[1].value": "errors.gte=5", "tags": "errors.min_items=1"}
	if got, _ := errs.AsFields(err); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestAWrongMethodIsToldWhichOnesThereAre(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, 200, "ok") }
	doc := &web.Operation{Summary: "See", Tag: "Things"}
	h := build(t,
		web.Route{Pattern: "GET /api/v1/x", Access: web.Visitors, Handle: ok, Doc: doc},
		web.Route{Pattern: "DELETE /api/v1/x", Access: web.Visitors, Handle: ok, Doc: doc})
	res, body := h.ask(t, "PATCH", "/api/v1/x", "{}")
	if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD, DELETE" || !strings.Contains(body, "GET and HEAD and DELETE") {
		t.Errorf("%d, allow %q: %s", res.StatusCode, res.Header.Get("Allow"), body)
	}
	if res, body := h.ask(t, "HEAD", "/api/v1/x", ""); res.StatusCode != 200 || body != "" || res.ContentLength != 5 {
		t.Errorf("HEAD: %d, %d bytes, %q", res.StatusCode, res.ContentLength, body)
	}
}

func TestAKeyThatAsksTooOftenIsToldWhenToComeBack(t *testing.T) {
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: clock.System{}, Zone: time.UTC, Language: i18n.English}
	mux := web.NewMux(kit, door{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.LimitKeys(1)
	mux.Mount(web.Route{Pattern: "GET /x.json", Access: web.Staff, Handle: func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, 200, "ok") }})
	ask := func() *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/x.json", nil)
		r.Header.Set("Authorization", "Bearer open")
		mux.ServeHTTP(w, r)
		return w
	}
	for range 2 {
		if w := ask(); w.Code != 200 {
			t.Errorf("within the limit: %d", w.Code)
		}
	}
	if w := ask(); w.Code != 429 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "once a second") && !strings.Contains(w.Body.String(), "1 times a second") {
		t.Errorf("beyond it: %d, retry after %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
}

package webhooks

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

// somebody is a guard that knows whoever asks.
type somebody struct{}

func (somebody) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "team@example.com"}, nil
}

// answer is what came back.
type answer struct {
	status   int
	location string
	body     string
}

// serve answers for the feature's routes and returns where.
func (h house) serve() string {
	h.t.Helper()
	set, err := templates.New()
	if err != nil {
		h.t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.clock, PublicURL: "http://127.0.0.1", Zone: time.UTC, Language: i18n.English}
	mux := web.NewMux(kit, somebody{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	mux.Mount(web.Route{Pattern: "GET /static/{name}", Access: web.Visitors, Handle: kit.Static})
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	return server.URL
}

// site returns what asks the served routes: with a form when the body is url.Values,
// with JSON otherwise.
func (h house) site() func(method, path string, body any) answer {
	h.t.Helper()
	base := h.serve()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(method, path string, body any) answer {
		h.t.Helper()
		text, kind := "", "application/json"
		switch b := body.(type) {
		case nil:
		case url.Values:
			text, kind = b.Encode(), "application/x-www-form-urlencoded"
		default:
			raw, err := json.Marshal(b)
			if err != nil {
				h.t.Fatal(err)
			}
			text = string(raw)
		}
		req, err := http.NewRequestWithContext(h.t.Context(), method, base+path, strings.NewReader(text))
		if err != nil {
			h.t.Fatal(err)
		}
		if body != nil {
			req.Header.Set("Content-Type", kind)
		}
		resp, err := client.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		return answer{resp.StatusCode, resp.Header.Get("Location"), string(got)}
	}
}

func TestAWebhookIsMadeAndChangedOnItsPages(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		ask := h.site()
		if a := ask("GET", "/webhooks", nil); a.status != 200 || !strings.Contains(a.body, "No webhooks yet") {
			t.Errorf("the empty list: %d %s", a.status, a.body)
		}
		if a := ask("GET", "/webhooks/new", nil); a.status != 200 || !strings.Contains(a.body, "Filled in a form") {
			t.Errorf("the form: %d", a.status)
		}
		bad := ask("POST", "/webhooks", url.Values{"url": {"ftp://x"}, "description": {"Orders <CRM>"}, "event": {"Order Completed"}, "others": {"Chair Sat On"}})
		for _, want := range []string{`value="ftp://x"`, "Orders &lt;CRM&gt;", `value="Order Completed" checked`, "Chair Sat On", "url-error", "begins with https://"} {
			if bad.status != 422 || !strings.Contains(bad.body, want) {
				t.Errorf("the faulty form comes back with %d and without %q", bad.status, want)
			}
		}
		to := newReceiver(t)
		made := ask("POST", "/webhooks", url.Values{"url": {to.URL + "/hook?token=5ecret"}, "description": {"Orders"}, "event": {"Order Completed"}, "others": {"Chair Sat On\r\n\r\nاجاره شد"}})
		if made.status != 303 || !strings.HasPrefix(made.location, "/webhooks/1") {
			t.Fatalf("made: %d %s", made.status, made.location)
		}
		e := h.find(1)
		if strings.Join(e.Events, "|") != "Order Completed|Chair Sat On|اجاره شد" {
			t.Errorf("wants %q", e.Events)
		}
		if a := ask("GET", made.location, nil); !strings.Contains(a.body, strings.ReplaceAll(e.Secret, "+", "&#43;")) {
			t.Error("the new secret is not shown")
		}
		if a := ask("GET", "/webhooks/1", nil); a.status != 200 || strings.Contains(a.body, "whsec_") {
			t.Errorf("the page shows the secret unasked, or not at all: %d", a.status)
		}
		if a := ask("POST", "/webhooks/1/edit", url.Values{"url": {to.URL}, "description": {"All"}}); a.status != 303 {
			t.Errorf("changed: %d", a.status)
		}
		if a := ask("GET", "/webhooks/1/edit", nil); !strings.Contains(a.body, `value="All"`) || strings.Contains(a.body, "checked") {
			t.Error("the form does not show what is kept")
		}
		if a := ask("GET", "/webhooks", nil); !strings.Contains(a.body, "everything") || strings.Contains(a.body, "5ecret") {
			t.Error("the list shows another wish, or the whole address")
		}
		if a := ask("POST", "/webhooks/1/rotate", url.Values{}); a.status != 303 || h.find(1).OldSecret != e.Secret {
			t.Errorf("rotated: %d", a.status)
		}
		if a := ask("POST", "/webhooks/1/delete", url.Values{}); a.status != 303 {
			t.Errorf("deleted: %d", a.status)
		}
		if a := ask("GET", "/webhooks/1", nil); a.status != 404 {
			t.Errorf("after deleting: %d", a.status)
		}
	})
}

func TestTheLogTellsWhatBecameOfEachMessage(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		ask := h.site()
		to := newReceiver(t)
		to.says(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "<script>short and stout</script>")
		})
		e := h.endpoint(to.URL)
		h.happen("sara@example.com", "Form Submitted", 1)
		d := h.tries(e.ID, 1)
		page := "/webhooks/" + strconv.FormatInt(e.ID, 10)
		for path, want := range map[string]string{
			page:                    "answered 418",
			page + "?state=waiting": "Filled in a form",
			page + "?state=failed":  "No delivery is in this state",
			page + "?before=1":      "no such thing", // nothing older
			page + "/deliveries/" + strconv.FormatInt(d.ID, 10): "&lt;script&gt;short and stout",
		} {
			a := ask("GET", path, nil)
			if a.status != 200 || want != "no such thing" && !strings.Contains(a.body, want) || strings.Contains(a.body, "⟦") {
				t.Errorf("%s: %d, without %q", path, a.status, want)
			}
		}
		if a := ask("GET", "/webhooks/99/deliveries/"+strconv.FormatInt(d.ID, 10), nil); a.status != 404 {
			t.Errorf("a delivery on another webhook's page: %d", a.status)
		}
		if a := ask("POST", page+"/disable", url.Values{}); a.status != 303 {
			t.Errorf("disabled: %d", a.status)
		}
		if a := ask("POST", page+"/test", url.Values{}); a.status != 303 || len(h.all(e.ID)) != 1 {
			t.Errorf("a test to a disabled webhook: %d, %d deliveries", a.status, len(h.all(e.ID)))
		}
		to.says(nil)
		for _, action := range []string{"/enable", "/test", "/replay"} {
			if a := ask("POST", page+action, url.Values{"hours": {"24"}}); a.status != 303 {
				t.Errorf("%s: %d", action, a.status)
			}
		}
		h.until("both are told", func() bool { return h.in(e.ID, StateDelivered) == 2 })
		if a := ask("POST", page+"/deliveries/"+strconv.FormatInt(d.ID, 10)+"/replay", url.Values{}); a.status != 303 {
			t.Errorf("replayed: %d", a.status)
		}
		h.until("told again", func() bool { return to.count() == 4 })
	})
}

func TestScriptsManageWebhooks(t *testing.T) {
	eachHouse(t, local, func(t *testing.T, h house) {
		ask := h.site()
		call := func(method, path string, body any, status int, into any) {
			t.Helper()
			a := ask(method, "/api/v1/webhooks"+path, body)
			if a.status != status {
				t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.body, status)
			}
			if into != nil {
				if err := json.Unmarshal([]byte(a.body), into); err != nil {
					t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
				}
			}
		}
		to := newReceiver(t)
		var made, read struct {
			ID             int64
			URL, State     string
			Reason, Secret string
			Events         []string
			OldSecretUntil time.Time `json:"old_secret_until"`
			Health         Health    `json:"last_24_hours"`
		}
		call("POST", "", map[string]any{"url": "nowhere"}, 422, nil)
		call("POST", "", map[string]any{"url": to.URL, "secret": "whsec_short"}, 422, nil)
		call("POST", "", map[string]any{"url": to.URL, "events": []string{"Order Completed"}}, 201, &made)
		if _, err := key(made.Secret); err != nil || made.State != StateEnabled {
			t.Errorf("made %+v", made)
		}
		call("GET", "/1", nil, 200, &read)
		if read.Secret != "" || read.URL != to.URL {
			t.Errorf("read %+v", read)
		}
		call("GET", "/1/secret", nil, 200, &read)
		if read.Secret != made.Secret {
			t.Errorf("the secret reads %q", read.Secret)
		}
		call("PUT", "/1", map[string]any{"url": to.URL + "/all"}, 200, &read)
		if read.URL != to.URL+"/all" || len(read.Events) != 0 {
			t.Errorf("changed to %+v", read)
		}
		call("POST", "/1/rotate", map[string]any{"keep_hours": 2}, 200, &read)
		if read.Secret == made.Secret || !read.OldSecretUntil.Equal(start.Add(2*time.Hour)) {
			t.Errorf("rotated to %+v", read)
		}
		call("POST", "/1/rotate", map[string]any{"keep_hours": 999}, 422, nil)
		call("POST", "/1/rotate", nil, 200, nil)
		call("POST", "/1/rotate", map[string]any{"keep_hours": 0, "secret": NewSecret()}, 200, nil)
		if h.find(1).OldSecret != "" {
			t.Error("the old secret is kept though nobody wants it")
		}
		call("POST", "/1/test", nil, 202, nil)
		h.happen("sara@example.com", "Form Submitted", 4)
		h.until("told", func() bool { return h.in(1, StateDelivered) == 5 })
		type page struct {
			Data []struct {
				ID       int64
				State    string
				Attempts int
				Message  struct{ Type string }
			}
			Next *string
		}
		seen, after := map[int64]string{}, ""
		for {
			var p page
			call("GET", "/1/deliveries?limit=2&state=delivered"+after, nil, 200, &p)
			for _, d := range p.Data {
				seen[d.ID] = d.Message.Type
			}
			if p.Next == nil {
				break
			}
			after = "&after=" + *p.Next
		}
		if len(seen) != 5 || seen[1] != "webhook.tested" {
			t.Errorf("the log, page by page: %v", seen)
		}
		call("GET", "/1/deliveries?state=lost", nil, 422, nil)
		var detail struct {
			Body payload
			Log  []Attempt
		}
		call("GET", "/1/deliveries/2", nil, 200, &detail)
		if detail.Body.Type != "form.submitted" || len(detail.Log) != 1 || detail.Log[0].Status != 204 {
			t.Errorf("a delivery: %+v", detail)
		}
		call("POST", "/deliveries/2/replay", nil, 202, nil)
		h.until("told again", func() bool { return to.count() == 6 })
		var list struct {
			Data []struct {
				Health Health `json:"last_24_hours"`
			}
		}
		h.until("settled", func() bool { return h.in(1, StateDelivered) == 5 })
		call("GET", "", nil, 200, &list)
		if len(list.Data) != 1 || list.Data[0].Health.Delivered != 6 {
			t.Errorf("the list: %+v", list)
		}
		call("POST", "/1/disable", nil, 200, &read)
		if read.State != StateDisabled || read.Reason != ReasonByHand {
			t.Errorf("disabled: %+v", read)
		}
		call("POST", "/1/test", nil, 409, nil)
		call("POST", "/1/replay", map[string]any{"since": start}, 409, nil)
		call("POST", "/1/enable", nil, 200, nil)
		call("POST", "/1/replay", map[string]any{}, 422, nil)
		call("POST", "/1/replay", map[string]any{"since": start}, 202, nil)
		call("DELETE", "/1", nil, 204, nil)
		call("GET", "/1", nil, 404, nil)
	})
}

package tracking

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func (h *house) form(path string, fields url.Values) reply {
	h.t.Helper()
	return h.ask("POST", path, []byte(fields.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

// shows fails the test unless the page is whole and holds the words.
func shows(t *testing.T, what string, r reply, status int, words ...string) {
	t.Helper()
	if r.status != status || strings.Contains(r.text, "⟦") {
		t.Errorf("%s: %d, want %d\n%s", what, r.status, status, r.text)
	}
	for _, word := range words {
		if !strings.Contains(r.text, word) {
			t.Errorf("%s: %q is missing\n%s", what, word, r.text)
		}
	}
}

func TestTheFirstSourceIsAFormAway(t *testing.T) {
	h := lite(t)
	if _, err := h.db.SQL().Exec("DELETE FROM sources"); err != nil {
		t.Fatal(err)
	}
	shows(t, "no source", h.ask("GET", "/sources", nil), 200, "No source yet", "paste into its pages")
	shows(t, "in Persian", h.ask("GET", "/sources?lang=fa", nil), 200, "هنوز منبعی نیست")
	shows(t, "without a name", h.form("/sources", url.Values{"name": {" "}}), 422, "This is needed.")
	shows(t, "a bad address", h.form("/sources", url.Values{"name": {"Shop"}, "origins": {"ftp://x"}}), 422, "https://shop.example", `value="Shop"`, "ftp://x")
	r := h.form("/sources", url.Values{"name": {"Shop"}, "origins": {"shop.example\r\nhttps://shop.example/checkout?x=1"}})
	if r.status != 303 {
		t.Fatalf("%d %s", r.status, r.text)
	}
	path := r.header.Get("Location")
	all, err := h.List(t.Context())
	if err != nil || len(all) != 1 || fmt.Sprint(all[0].Origins) != "[https://shop.example]" {
		t.Fatal(all, err)
	}
	h.source = all[0]
	shows(t, "the new source", h.ask("GET", path, nil), 200, "Waiting for the first event", h.source.WriteKey,
		"&lt;script src=&#34;"+h.url+"/t.js&#34;\n  data-key=&#34;"+h.source.WriteKey, "@segment/analytics-node")
	shows(t, "the same name", h.form("/sources", url.Values{"name": {"Shop"}}), 409, "There is a source of this name.")

	h.ok("identify", `{'userId': 'u1', 'traits': {'plan': 'gold'}}`)
	h.ok("page", `{'anonymousId': 'browser-of-somebody'}`)
	h.call("track", `{'userId': 'u1'}`)
	lead := fmt.Sprintf(`href="/leads/%d"`, h.lead("u1").ID)
	shows(t, "the last events", h.ask("GET", path+"/recent?lang=fa", nil), 200, "پذیرفته شد", "رد شد", "این فیلد را پر کنید.", lead, "browser-", "Page Viewed")
	shows(t, "the list", h.ask("GET", "/sources", nil), 200, "takes events", "just now")

	before := h.source.WriteKey
	if r := h.form(path+"/rotate", nil); r.status != 303 {
		t.Errorf("rotate: %d", r.status)
	}
	if r := h.form(path+"/disable", nil); r.status != 303 {
		t.Errorf("disable: %d", r.status)
	}
	if r := h.form(path, url.Values{"name": {"Café"}}); r.status != 303 {
		t.Errorf("change: %d %s", r.status, r.text)
	}
	if one, err := h.Find(t.Context(), h.source.ID); err != nil || one.WriteKey == before || one.Enabled || one.Name != "Café" || len(one.Origins) != 0 {
		t.Errorf("%+v %v", one, err)
	}
	if r := h.ask("GET", "/sources/999", nil); r.status != 404 {
		t.Errorf("an unknown source: %d", r.status)
	}
}

func TestScriptsManageSourcesToo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		send := func(method, path, body string) reply {
			return h.ask(method, "/api/v1/sources"+path, []byte(body), "Content-Type", "application/json")
		}
		var made Source
		r := send("POST", "", `{"name": "App", "origins": ["https://app.example"]}`)
		r.json(t, &made)
		if r.status != 201 || !strings.HasPrefix(made.WriteKey, "wk_") || !made.Enabled || made.CreatedBy != "sara@example.com" {
			t.Fatalf("%d %s", r.status, r.text)
		}
		if r := send("POST", "", `{"name": "App", "origins": []}`); r.status != 409 {
			t.Errorf("the same name: %d %s", r.status, r.text)
		}
		if r := send("POST", "", `{"name": "B", "origins": ["x y"]}`); r.status != 422 || !strings.Contains(r.text, "origins") {
			t.Errorf("a bad origin: %d %s", r.status, r.text)
		}
		path := fmt.Sprintf("/%d", made.ID)
		for _, c := range []struct {
			method, path, body string
			good               func(s Source) bool
		}{
			{"PUT", path, `{"name": "Android", "origins": []}`, func(s Source) bool { return s.Name == "Android" && len(s.Origins) == 0 }},
			{"POST", path + "/rotate", "", func(s Source) bool { return s.WriteKey != made.WriteKey }},
			{"POST", path + "/disable", "", func(s Source) bool { return !s.Enabled }},
			{"POST", path + "/enable", "", func(s Source) bool { return s.Enabled }},
			{"GET", path, "", func(s Source) bool { return s.Name == "Android" }},
		} {
			var got Source
			r := send(c.method, c.path, c.body)
			r.json(t, &got)
			if r.status != 200 || !c.good(got) {
				t.Errorf("%s %s: %d %s", c.method, c.path, r.status, r.text)
			}
		}
		var list struct{ Data []Source }
		if r := send("GET", "?limit=1", ""); json.Unmarshal([]byte(r.text), &list) != nil || len(list.Data) != 1 || list.Data[0].ID != h.source.ID {
			t.Errorf("list: %s", r.text)
		}
		if r := send("GET", "/999", ""); r.status != 404 {
			t.Errorf("unknown: %d", r.status)
		}
	})
}

package segments

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/contract"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
)

var shots = flag.String("shots", "", "folder to put screenshots into")

type staff struct{}

func (staff) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "sara@example.com"}, nil
}

// site is the pages of a house, served.
type site struct {
	house
	url      string
	contract *contract.Contract
}

func (h house) serve() *site {
	h.t.Helper()
	set, err := templates.New()
	if err != nil {
		h.t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.clock, Zone: zone, Language: i18n.English}
	mux := web.NewMux(kit, staff{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	mux.Mount(web.Route{Pattern: "GET /static/{name}", Access: web.Visitors, Handle: kit.Static})
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	kit.PublicURL = server.URL
	document, err := web.OpenAPI(mux.Routes(), server.URL, "test", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	promise, err := contract.New(document)
	if err != nil {
		h.t.Fatal(err)
	}
	return &site{h, server.URL, promise}
}

// ask sends a request, holds the API's answer against its document, and returns it.
func (s *site) ask(method, path, kind, body string) (status int, text string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if web.IsAPI(r.URL.Path) {
		if err := s.contract.Check(r, []byte(body), res.StatusCode, res.Header, raw); err != nil {
			s.t.Error(err)
		}
	} else if bytes.Contains(raw, []byte("⟦")) {
		at := bytes.Index(raw, []byte("⟦"))
		s.t.Errorf("%s %s: a word has no translation: %s", method, path, raw[at:min(len(raw), at+60)])
	}
	return res.StatusCode, string(raw)
}

func (s *site) form(path string, fields url.Values) (int, string) {
	s.t.Helper()
	return s.ask("POST", path, "application/x-www-form-urlencoded", fields.Encode())
}

func TestScriptsManageSegments(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		s := h.serve()
		ids := h.people(1, 5, 9)
		call := func(method, path, body string, status int, into any) string {
			t.Helper()
			got, text := s.ask(method, "/api/v1/segments"+path, "application/json", body)
			if got != status {
				t.Fatalf("%s %s: %d %s", method, path, got, text)
			}
			if into != nil {
				if err := json.Unmarshal([]byte(text), into); err != nil {
					t.Fatal(err)
				}
			}
			return text
		}
		var seg apiSegment
		call("POST", "", `{"key": "cups", "name": {"fa": "پرقهوه", "en": "Many cups"}, "condition": {"field": "cups", "at_least": 4}}`, 201, &seg)
		if seg.State != Filling || seg.Condition.Field != "cups" || seg.ComputedAt != nil {
			t.Errorf("made: %+v", seg)
		}
		call("POST", "", `{"key": "cups", "name": "again"}`, 409, nil)
		call("POST", "", `{"key": "Bad Key", "name": "x"}`, 422, nil)
		call("POST", "", `{"key": "x", "name": "x", "condition": {"all": [{"field": "a"}]}}`, 422, nil)
		call("PUT", "/cups", `{"name": "x", "condition": {"segment": "cups"}}`, 422, nil)
		h.fillAll()
		call("GET", "/cups", "", 200, &seg)
		if seg.State != Ready || seg.Size != 2 || seg.ComputedAt == nil {
			t.Errorf("filled: %+v", seg)
		}
		var found apiPreview
		call("POST", "/preview", `{"condition": {"field": "cups", "is": 9}}`, 200, &found)
		if !found.Counted || *found.Count != 1 || len(found.Sample) != 1 || found.Words[i18n.Persian] == "" {
			t.Errorf("preview: %+v", found)
		}
		call("POST", "/preview", `{"condition": {"field": "cups"}}`, 422, nil)
		for _, blank := range []string{`{"variant": ""}`, `{"tag": ""}`, `{"event": null}`, `{"all": [{"tag": "vip"}, {"segment": ""}]}`} { // which is not everybody
			for _, text := range []string{call("POST", "/preview", `{"condition": `+blank+`}`, 422, nil), call("PUT", "/cups", `{"name": "x", "condition": `+blank+`}`, 422, nil)} {
				if !strings.Contains(text, "nothing is written here") {
					t.Errorf("%s: %s", blank, text)
				}
			}
			if status, text := s.form("/segments/new", url.Values{"tab": {"yaml"}, "yaml": {blank}, "key": {"blank"}, "name_en": {"x"}, "do": {"save"}}); status != 422 || !strings.Contains(text, "nothing is written here") {
				t.Errorf("%s on the page: %d", blank, status)
			}
		}
		if status, text := s.form("/segments/new", url.Values{"tab": {"yaml"}, "yaml": {"segment: none"}, "key": {"none"}, "name_en": {"x"}, "do": {"save"}}); status != 422 || !strings.Contains(text, "The condition names what does not exist") {
			t.Errorf("a segment that is not there: %d", status)
		}
		var page web.List[Member]
		call("GET", "/cups/members?limit=1", "", 200, &page)
		if len(page.Data) != 1 || page.Data[0].ID != ids[2] || page.Next == nil {
			t.Fatalf("first page: %+v", page)
		}
		call("GET", "/cups/members?limit=1&after="+string(*page.Next), "", 200, &page)
		if page.Data[0].ID != ids[1] || page.Next != nil {
			t.Errorf("second page: %+v", page)
		}
		var why apiWhy
		call("GET", fmt.Sprintf("/cups/why?lead=%d", ids[0]), "", 200, &why)
		if why.Member || why.Reason == nil || why.Reason.Held || why.Reason.Seen[i18n.English] == "" {
			t.Errorf("why: %+v", why)
		}
		call("GET", "/cups/why?lead=x", "", 422, nil)
		call("POST", "/cups/members", `{"lead_ids": [1]}`, 409, nil)
		call("PUT", "/friends", `{"name": "Friends", "static": true}`, 200, &seg)
		var changed Changed
		call("POST", "/friends/members", `{"emails": ["P1@example.com", "no@example.com"], "lead_ids": [999999]}`, 200, &changed)
		if changed.Changed != 1 || len(changed.Unknown) != 1 {
			t.Errorf("added: %+v", changed)
		}
		call("POST", "/friends/members/remove", fmt.Sprintf(`{"lead_ids": [%d, %d]}`, ids[0], ids[1]), 200, &changed)
		if changed.Changed != 1 || changed.Already != 1 {
			t.Errorf("removed: %+v", changed)
		}
		call("POST", "/friends/members", `{}`, 422, nil)
		call("PUT", "/both", `{"name": "Both", "condition": {"any": [{"segment": "cups"}, {"segment": "friends"}]}}`, 200, nil)
		if text := call("DELETE", "/cups", "", 409, nil); !strings.Contains(text, "Both") {
			t.Errorf("in use: %s", text)
		}
		var list web.List[*apiSegment]
		call("GET", "?limit=2", "", 200, &list)
		if len(list.Data) != 2 || list.Data[0].Key != "both" || list.Next == nil {
			t.Errorf("list: %+v", list)
		}
		call("DELETE", "/both", "", 204, nil)
		call("GET", "/both", "", 404, nil)
	})
}

func TestCountingThatTakesTooLongSaysSo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.people(1, 2)
		c := conditions.Condition{All: []conditions.Condition{{Field: "cups", Test: conditions.Test{Contains: "1"}}, {Tag: "x"}}}
		p, err := h.Preview(t.Context(), c, time.Nanosecond)
		if err != nil || p.Counted || len(p.Slow) != 1 || p.Slow[0].Contains != "1" {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestTheBuilderKeepsWhatAConditionMeans goes from a condition to the form of the
// builder, through a post, and back.
func TestTheBuilderKeepsWhatAConditionMeans(t *testing.T) {
	for _, text := range []string{
		"tag: VIP",
		"not: {tag: VIP}",
		"all: [{field: cups, at_least: 4}, {not: {field: city, contains: teh}}]",
		"any: [{field: cups, at_least: 2, at_most: 5}, {all: [{points: 10}, {event: Order Completed, times: 3, within: 30d, where: {sku: kilo, total: {at_least: 100}}}]}]",
		"not: {any: [{field: stage, one_of: [lead, customer]}, {consent: marketing/email}]}",
		"not: {all: [{field: name, known: true}, {field: name, known: false}]}",
		"field: created_at, within: 36h",
		`field: x, one_of: ["a, b", c]`,
		"event: Video Watched, within: 90m",
		"field: subscribed, is: true",
		strings.Repeat("{not: {all: [", 4) + "{tag: a}, {tag: b}" + strings.Repeat("]}}", 4),
		strings.Repeat("{all: [{tag: x}, ", 10) + "{tag: a}" + strings.Repeat("]}", 10),
		"any: [" + strings.Repeat("{tag: a}, ", 99) + "{tag: b}]",
		"all: []", "any: []", "",
	} {
		if strings.Contains(text, ", ") && !strings.HasPrefix(text, "a") && !strings.HasPrefix(text, "not:") && !strings.Contains(text, "[{") && !strings.HasPrefix(text, "{") {
			text = "{" + text + "}"
		}
		c, err := readCondition(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		form := url.Values{}
		post(partOf(c), form)
		back, ok := readParts(form).condition(leads.Catalogue{})
		want, _ := json.Marshal(c)
		got, _ := json.Marshal(back)
		if text == "all: []" {
			want = []byte("{}")
		}
		if !ok || !bytes.Equal(want, got) {
			t.Errorf("%s became %s (%v)", want, got, ok)
		}
	}
}

// post fills a form as the browser would.
func post(p *part, form url.Values) {
	set := func(name, v string) {
		if v != "" {
			form.Set(p.Path+"."+name, v)
		}
	}
	set("kind", p.Kind)
	set("mode", p.Mode)
	set("name", p.Name)
	set("times", p.Times)
	set("span", p.Span.N)
	set("span.unit", p.Span.Unit)
	if p.Not {
		set("not", "1")
	}
	postAsk(p.Path, p.ask, form)
	for _, w := range p.Props {
		form.Set(w.Path+".name", w.Name)
		postAsk(w.Path, w.ask, form)
	}
	for _, sub := range p.Parts {
		post(sub, form)
	}
}

func postAsk(path string, a ask, form url.Values) {
	for name, v := range map[string]string{"op": a.Op, "value": a.Value, "high": a.High, "ago": a.Ago.N, "ago.unit": a.Ago.Unit} {
		if v != "" {
			form.Set(path+"."+name, v)
		}
	}
}

func TestTheFormSaysWhatIsMissing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		s := h.serve()
		h.people(1)
		row := url.Values{"tab": {"builder"}, "c0.kind": {"group"}, "c0.mode": {"all"}, "c0-0.kind": {"field"}, "do": {"save"}, "key": {"x"}, "name_en": {"X"}}
		if status, text := s.form("/segments/new", row); status != 422 || !strings.Contains(text, "choose what this row is about") {
			t.Errorf("an empty row: %d", status)
		}
		row.Set("c0-0.name", "cups")
		row.Set("c0-0.value", "4")
		row.Set("key", "Bad Key")
		if status, text := s.form("/segments/new", row); status != 422 || !strings.Contains(text, "small letters") {
			t.Errorf("a bad key: %d", status)
		}
		row.Set("key", "cups")
		row.Del("name_en")
		if status, text := s.form("/segments/new", row); status != 422 || !strings.Contains(text, "Please write a name") {
			t.Errorf("no name: %d", status)
		}
		row.Set("name_fa", "چهار فنجان")
		if status, text := s.form("/segments/new", row); status != 303 {
			t.Fatalf("saved: %d %s", status, text)
		}
		if status, text := s.form("/segments/new", row); status != 422 || !strings.Contains(text, "with this key already") {
			t.Errorf("taken: %d", status)
		}
		yaml := url.Values{"tab": {"yaml"}, "yaml": {"all:\n- field: cups\n  at_leest: 4"}, "do": {"tab:builder"}}
		if _, text := s.form("/segments/cups/edit", yaml); !strings.Contains(text, "[3:3]") || !strings.Contains(text, "at_leest") {
			t.Errorf("a misspelt word: %s", text)
		}
		yaml.Set("yaml", "all:\n- field: cups\n- tag: x\n  is: 2")
		if _, text := s.form("/segments/cups/edit", yaml); !strings.Contains(text, "all[0]") {
			t.Error("a mistake is not named by its place")
		}
		yaml.Set("yaml", "{event: Guide Read, times: 10001}")
		if _, text := s.form("/segments/cups/edit?lang=fa", yaml); !strings.Contains(text, "شمار دفعه‌ها حداکثر") {
			t.Error("a mistake is not said in Persian")
		}
		hostile := url.Values{"tab": {"builder"}, "do": {"add:c0-99:x"}, "c0.kind": {"tag"}, "c0-0.kind": {"nonsense"}}
		if status, _ := s.form("/segments/cups/edit", hostile); status != 200 {
			t.Errorf("a form that no page sends: %d", status)
		}
	})
}

// TestAMarketerBuildsASegment goes the whole way in a browser, with and without scripts.
func TestAMarketerBuildsASegment(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprint("scripts=", scripts), func(t *testing.T) {
			h := newHouse(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
			ids := h.people(1, 4, 5, 6)
			h.does(ids[1], "Order Completed", map[string]any{"total": 200.0})
			h.does(ids[2], "Order Completed", map[string]any{"total": 20.0})
			s, c := h.serve(), testkit.Browser(t)
			c.Scripts(scripts)
			press := func(selector, then string) {
				if scripts {
					c.Click(selector)
				} else {
					c.Follow(selector)
				}
				c.Wait(then)
			}
			c.Open(s.url + "/segments/new")
			c.Wait("#c0-0\\.name")
			c.Fill("#c0-0\\.name", "cups")
			if !scripts {
				c.Follow("noscript button")
			}
			c.Fill("#c0-0\\.op", "at_least")
			c.Fill("#c0-0\\.value", "۴")
			c.Fill("#c0\\.add", "event")
			press("#c0\\.adds", "#c0-1\\.name")
			c.Fill("#c0-1\\.name", "Order Completed")
			press("[value='where:c0-1']", "#c0-1\\.w0\\.name")
			c.Fill("#c0-1\\.w0\\.name", "total")
			c.Fill("#c0-1\\.w0\\.op", "at_least")
			c.Fill("#c0-1\\.w0\\.value", "100")
			c.Fill("#c0\\.add", "group")
			press("#c0\\.adds", "#c0-2")
			c.Fill("#c0-2\\.add", "tag")
			press("#c0-2\\.adds", "#c0-2-0\\.name")
			c.Fill("#c0-2-0\\.name", "spam")
			press("[value='remove:c0-2']", "#c0-1")
			c.WaitGone("#c0-2")
			if !scripts {
				c.Follow("noscript button")
			}
			h.eventually("counted", func() bool { return c.Count(".part-count") == 1 && strings.Contains(c.Text(".part-count"), "1 lead") })
			if words := c.Text("#words"); !strings.Contains(words, "at least 4") || !strings.Contains(words, "100") {
				t.Errorf("in words: %q", words)
			}
			press("[value='tab:yaml']", "#yaml")
			if yaml := c.Value("#yaml"); !strings.Contains(yaml, "event: Order Completed") || !strings.Contains(yaml, "at_least: 4") {
				t.Errorf("as YAML: %q", yaml)
			}
			yaml := c.Value("#yaml")
			c.Fill("#yaml", strings.Replace(yaml, "at_least", "at_leest", 1))
			press("[value='tab:builder']", "#yaml-error")
			if wrong := c.Text("#yaml-error"); !strings.Contains(wrong, "at_leest") {
				t.Errorf("what is wrong: %q", wrong)
			}
			if *shots != "" {
				c.Screenshot(filepath.Join(*shots, fmt.Sprint("yaml-scripts-", scripts, ".png")), true)
			}
			c.Fill("#yaml", yaml)
			press("[value='tab:builder']", "#c0-1\\.name")
			c.Fill("#name_en", "Good customers")
			c.Fill("#key", "good-customers")
			if status := c.Follow("#save"); status != 200 || !strings.HasSuffix(c.URL(), "/segments/good-customers") {
				t.Fatalf("after saving: %d %s", status, c.URL())
			}
			h.fillAll()
			h.wantMembers("good-customers", ids[1])
			for _, problem := range c.Problems() {
				t.Error(problem)
			}
		})
	}
}

// TestThePagesAreWhole opens every page in both languages, on a desk and on a phone.
// With -shots it keeps pictures.
func TestThePagesAreWhole(t *testing.T) {
	h := newHouse(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	ids := h.showcase()
	s, c := h.serve(), testkit.Browser(t)
	pages := []string{
		"/segments", "/segments/ready-to-buy", "/segments/ready-to-buy/edit", "/segments/new", "/segments/new?static=1", "/segments/taste-panel?q=p1",
		fmt.Sprintf("/segments/ready-to-buy/why?lead=%d", ids[0]), fmt.Sprintf("/segments/ready-to-buy/why?lead=%d", ids[3]),
		"/segments/taste-panel/why?lead=p2@example.com", "/segments/ready-to-buy/why?lead=nobody", fmt.Sprintf("/leads/%d/segments", ids[0]),
	}
	for _, lang := range []string{"en", "fa"} {
		for _, look := range []struct {
			name   string
			width  int
			height int
			phone  bool
			scheme string
		}{{"desk-light", 1280, 900, false, "light"}, {"phone-dark", 390, 844, true, "dark"}} {
			c.Viewport(look.width, look.height, look.phone)
			c.ColorScheme(look.scheme)
			for i, page := range pages {
				sign := "?"
				if strings.Contains(page, "?") {
					sign = "&"
				}
				if status := c.Open(s.url + page + sign + "lang=" + lang); status != 200 {
					t.Errorf("%s: %d", page, status)
				}
				if text := c.Text("body"); strings.Contains(text, "⟦") {
					t.Errorf("%s in %s: a word has no translation: %s", page, lang, text)
				}
				if wide := testkit.Eval[int](c, "document.documentElement.scrollWidth"); wide > look.width {
					t.Errorf("%s in %s, %s: %d pixels wide on a screen of %d", page, lang, look.name, wide, look.width)
				}
				if *shots != "" {
					c.Screenshot(filepath.Join(*shots, fmt.Sprintf("%02d-%s-%s.png", i, lang, look.name)), true)
				}
			}
		}
	}
	for _, problem := range c.Problems() {
		t.Error(problem)
	}
}

// showcase is a month in the life of a few segments.
func (h house) showcase() []int64 {
	h.t.Helper()
	var numbers []int
	for n := range 40 {
		numbers = append(numbers, n+1)
	}
	ids := h.people(numbers...)
	h.static("taste-panel", ids[:3]...)
	h.define("readers", "{event: Form Submitted, where: {form: brewing-guide}}")
	h.define("ready-to-buy", "all: [{segment: readers}, {field: cups, at_least: 4}, {any: [{event: Email Link Clicked, times: 2, within: 30d}, {tag: VIP}]}, {not: {event: Order Completed, within: 14d}}]")
	d := h.find("ready-to-buy").Definition
	d.Name = i18n.Text{i18n.Persian: "آمادهٔ خرید", i18n.English: "Ready to buy"}
	d.Description = i18n.Text{i18n.Persian: "راهنما را خوانده‌اند و دنبال کرده‌اند، اما هنوز نخریده‌اند.", i18n.English: "Read the guide and came back, but have not bought yet."}
	h.save(&d)
	for day := range 25 {
		id := ids[day%len(ids)]
		h.does(id, "Form Submitted", map[string]any{"form": "brewing-guide"})
		h.does(id, "Email Link Clicked", nil)
		h.does(id, "Email Link Clicked", nil)
		if day%5 == 4 {
			h.does(ids[day-1], "Order Completed", map[string]any{"total": 120.0})
		}
		h.clock.Advance(24 * time.Hour)
		if err := h.refreshTimed(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
	return ids
}

func TestAVersionThatNobodyCouldChooseIsTold(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.leads.AddSet(conditions.SetVariant, conditions.SetQuery("SELECT l.id AS lead_id FROM leads AS l WHERE ? = 'title/seen'"))
		h.leads.SetVariants(func(context.Context, i18n.Lang) ([]leads.Variant, error) {
			return []leads.Variant{{Key: "title/quiet"}}, nil
		})
		s := h.serve()
		h.people(1)
		for key, told := range map[string]bool{"nope/b": true, "title/quiet": false, "title/seen": false} { // the last is in the archive, and somebody in it
			status, text := s.form("/segments/new", url.Values{"tab": {"yaml"}, "yaml": {"variant: " + key}, "do": {"show"}})
			if status != 200 || strings.Contains(text, "there is no version") != told {
				t.Errorf("%s: %d, told %v", key, status, !told)
			}
		}
	})
}

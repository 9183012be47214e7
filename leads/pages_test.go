package leads

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

// everybody is a guard that knows whoever asks.
type everybody struct{}

func (everybody) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "team@example.com"}, nil
}

// site is the feature's pages and API, asked over HTTP.
type site struct {
	t    *testing.T
	url  string
	lang string
}

func (h house) site() *site {
	h.t.Helper()
	set, err := templates.New()
	if err != nil {
		h.t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		h.t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.clock, PublicURL: "http://127.0.0.1", Language: i18n.English, Zone: zone}
	mux := web.NewMux(kit, everybody{}, slog.New(slog.NewTextHandler(h.t.Output(), nil)), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	return &site{h.t, server.URL, "en"}
}

// ask sends a request and returns the status, what came, and where it led.
func (s *site) ask(method, path, kind, body string) (status int, text, location string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", s.lang)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.Contains(string(raw), "⟦") {
		s.t.Errorf("%s %s: a word is missing: %s", method, path, regexp.MustCompile(`⟦[^⟧]*⟧`).FindString(string(raw)))
	}
	return resp.StatusCode, string(raw), resp.Header.Get("Location")
}

func (s *site) open(path string) string {
	s.t.Helper()
	status, text, _ := s.ask("GET", path, "", "")
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d\n%s", path, status, text)
	}
	return text
}

func (s *site) post(path string, form url.Values) (int, string, string) {
	s.t.Helper()
	return s.ask("POST", path, "application/x-www-form-urlencoded", form.Encode())
}

// call asks the API and reads the answer.
func (s *site) call(method, path string, body any) (int, map[string]any) {
	s.t.Helper()
	kind, raw := "", []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
		kind = "application/json"
	}
	status, text, _ := s.ask(method, path, kind, string(raw))
	out := map[string]any{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			s.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return status, out
}

var (
	valueOf = regexp.MustCompile(`name="([^"]+)"[^>]*? value="([^"]*)"`)
	areaOf  = regexp.MustCompile(`(?s)<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>`)
	listOf  = regexp.MustCompile(`(?s)<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>`)
	picked  = regexp.MustCompile(`<option value="([^"]*)" selected`)
	checked = regexp.MustCompile(`name="([^"]+)" value="([^"]*)" checked`)
)

// form reads the edit form of a page as a browser would post it untouched.
func (s *site) form(page string) url.Values {
	s.t.Helper()
	_, page, ok := strings.Cut(page, `edit-form`)
	if !ok {
		s.t.Fatal("no form")
	}
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input[^>]*>`).FindAllString(page, -1) {
		if strings.Contains(m, "checkbox") {
			if c := checked.FindStringSubmatch(m); c != nil {
				out.Add(c[1], html.UnescapeString(c[2]))
			}
		} else if v := valueOf.FindStringSubmatch(m); v != nil {
			out.Set(v[1], html.UnescapeString(v[2]))
		}
	}
	for _, m := range areaOf.FindAllStringSubmatch(page, -1) {
		out.Set(m[1], html.UnescapeString(m[2]))
	}
	for _, m := range listOf.FindAllStringSubmatch(page, -1) {
		out.Set(m[1], "")
		if o := picked.FindStringSubmatch(m[2]); o != nil {
			out.Set(m[1], html.UnescapeString(o[1]))
		}
	}
	return out
}

func (h house) declare(fields ...*Field) {
	h.t.Helper()
	for _, f := range fields {
		f.Kind = "field"
		if err := f.Check(); err != nil {
			h.t.Fatal(err)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.fields().Apply(ctx, tx, f) })
	}
}

func inBoth(fa, en string) i18n.Text { return i18n.Text{i18n.Persian: fa, i18n.English: en} }

// sampleFields are one of each kind.
func sampleFields() []*Field {
	options := brew(FieldChoice).Options
	return []*Field{
		{Key: "brew", Type: FieldChoice, Label: inBoth("دم‌آوری", "Brewing"), Options: options},
		{Key: "owns", Type: FieldChoices, Label: inBoth("ابزارها", "Brewers"), Options: options},
		{Key: "cups", Type: FieldNumber, Label: inBoth("فنجان در روز", "Cups a day")},
		{Key: "birthday", Type: FieldDate, Label: inBoth("زادروز", "Birthday")},
		{Key: "vip", Type: FieldYesNo, Label: inBoth("ویژه", "VIP")},
		{Key: "site", Type: FieldURL, Label: inBoth("وبگاه", "Website")},
		{Key: "about", Type: FieldText, Label: inBoth("درباره", "About them"), MaxLength: 2000},
	}
}

func has(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestALeadIsMadeAndChangedOnAPage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.declare(sampleFields()...)
		s := h.site()
		form := s.form(s.open("/leads/new"))
		form.Set("first_name", "مینا")
		if status, text, _ := s.post("/leads/new", form); status != 422 || !strings.Contains(text, "by one of them a lead is known") || !strings.Contains(text, "مینا") {
			t.Fatalf("a lead that cannot be known is taken: %d", status)
		}
		form.Set("email", "mina@example.com")
		form.Set("phone", "۰۹۱۲۱۲۳۴۵۶۷")
		form.Set("attr.cups", "۴٫۵")
		form.Set("attr.birthday", "1370/1/1")
		form.Set("attr.site", "nonsense")
		if status, text, _ := s.post("/leads/new", form); status != 422 || !strings.Contains(text, `id="f-attr-site-error"`) {
			t.Fatalf("a bad address: %d", status)
		}
		form.Set("attr.site", "https://example.com")
		form["attr.owns"] = []string{"v60", "moka"}
		form.Set("attr.vip", "yes")
		status, text, location := s.post("/leads/new", form)
		if status != 303 {
			t.Fatalf("create: %d %s", status, text)
		}
		l, err := h.FindByEmail(t.Context(), h.db.Read(), "mina@example.com")
		if err != nil || location != fmt.Sprintf("/leads/%d", l.ID) || l.PhoneNorm != "+989121234567" || l.Attributes["cups"] != 4.5 ||
			l.Attributes["birthday"] != "1991-03-21" || l.Attributes["vip"] != true || fmt.Sprint(l.Attributes["owns"]) != "[moka v60]" || l.Folds["cups"] != "4.5" {
			t.Fatalf("%+v, %v", l, err)
		}
		s.lang = "fa"
		page := s.open(location + "/edit")
		has(t, page, "۱۳۷۰/۰۱/۰۱", "۴٫۵", "فنجان در روز", `value="yes" selected`)
		untouched := s.form(page)
		if status, _, _ := s.post(location+"/edit", untouched); status != 303 {
			t.Fatalf("saving what nobody touched: %d", status)
		}
		if events, _, _ := h.Timeline(t.Context(), l.ID, 0, 10); len(events) != 1 || events[0].Name != EventLeadCreated {
			t.Errorf("saving what nobody touched left a trace: %v", events)
		}
		untouched.Set("stage", "customer")
		untouched.Set("attr.cups", "۵")
		untouched.Set("attr.vip", "")
		untouched.Del("attr.owns")
		if status, text, _ := s.post(location+"/edit", untouched); status != 303 {
			t.Fatalf("edit: %d %s", status, text)
		}
		l, _ = h.Find(t.Context(), h.db.Read(), l.ID)
		if _, still := l.Attributes["vip"]; l.Stage != "customer" || l.Attributes["cups"] != 5.0 || still || l.Attributes["owns"] != nil {
			t.Errorf("after the edit: %+v", l)
		}
		events, _, _ := h.Timeline(t.Context(), l.ID, 0, 1)
		e := events[0]
		from, _ := e.Properties["from"].(map[string]any)
		to, _ := e.Properties["to"].(map[string]any)
		if e.Name != EventLeadUpdated || e.Source != "account:team@example.com" || fmt.Sprint(e.Properties["changed"]) != "[cups owns stage vip]" ||
			from["cups"] != 4.5 || to["cups"] != 5.0 || from["stage"] != nil || to["stage"] != "customer" || from["vip"] != true {
			t.Errorf("event %+v", e)
		}
		has(t, s.open(location), "مشتری", "فنجان در روز", "<bdi>۵</bdi>", "team@example.com", "۱ فروردین ۱۳۷۰", "برداشته شد")
	})
}

func TestTwoWhoEditOneLeadLoseNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.declare(sampleFields()...)
		l := h.upsert(&Profile{Email: "mina@example.com", FirstName: "Mina", Attributes: map[string]any{"cups": 2.0}})[0]
		s := h.site()
		path := fmt.Sprintf("/leads/%d/edit", l.ID)
		first, second, third := s.form(s.open(path)), s.form(s.open(path)), s.form(s.open(path))
		first.Set("first_name", "Minoo")
		first.Set("attr.cups", "3")
		second.Set("last_name", "Karimi")
		third.Set("first_name", "Mina-Sadat")
		third.Set("country", "IR")
		for _, form := range []url.Values{first, second} { // of different fields: both stay
			if status, text, _ := s.post(path, form); status != 303 {
				t.Fatalf("%d %s", status, text)
			}
		}
		status, text, _ := s.post(path, third)
		if status != 409 || !strings.Contains(text, `value="Mina-Sadat"`) || !strings.Contains(text, "Now stored: Minoo") || !strings.Contains(text, `value="IR" selected`) {
			t.Fatalf("the third is not told what happened: %d", status)
		}
		got, _ := h.Find(t.Context(), h.db.Read(), l.ID)
		if got.FirstName != "Minoo" || got.LastName != "Karimi" || got.Attributes["cups"] != 3.0 || got.Country != "" {
			t.Errorf("%+v", got)
		}
		if status, _, _ := s.post(path, s.form(text)); status != 303 { // seen, and meant
			t.Fatalf("again: %d", status)
		}
		if got, _ = h.Find(t.Context(), h.db.Read(), l.ID); got.FirstName != "Mina-Sadat" || got.Country != "IR" || got.LastName != "Karimi" {
			t.Errorf("%+v", got)
		}
	})
}

func TestAnEmailOfSomebodyElseLeadsToThem(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "mina@example.com", FirstName: "Mina"}, &Profile{Email: "other@example.com", FirstName: "Other"})
		s := h.site()
		path := fmt.Sprintf("/leads/%d/edit", people[0].ID)
		form := s.form(s.open(path))
		form.Set("email", "OTHER@example.com")
		status, text, _ := s.post(path, form)
		if status != 409 {
			t.Fatalf("%d", status)
		}
		has(t, text, fmt.Sprintf(`href="/leads/%d"`, people[1].ID), mergePathHTML(people[0].ID, people[1].ID), `value="OTHER@example.com"`)
		status, answer := s.call("PATCH", fmt.Sprintf("/api/v1/leads/%d", people[0].ID), map[string]any{"email": "other@example.com"})
		if status != 409 || !strings.Contains(fmt.Sprint(answer["detail"]), fmt.Sprint(people[1].ID)) {
			t.Errorf("the API: %d %v", status, answer)
		}
	})
}

func mergePathHTML(id, other int64) string { return html.EscapeString(mergePath(id, other)) }

func TestNotesAreWrittenEditedAndDeletedOnTheTimeline(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "mina@example.com"})[0]
		s := h.site()
		path := fmt.Sprintf("/leads/%d", l.ID)
		note := url.Values{"key": {"once"}, "kind": {"interview"}, "text": {"Grinds by hand.\r\nWants a sieve."}, "at": {"2026-11-20 10:30"}}
		for range 2 { // a double click
			if status, text, _ := s.post(path+"/notes", note); status != 303 {
				t.Fatalf("%d %s", status, text)
			}
		}
		notes, _, err := h.Notes(t.Context(), l.ID, 0, 10)
		if err != nil || len(notes) != 1 || notes[0].Kind != "interview" || notes[0].Text != "Grinds by hand.\nWants a sieve." ||
			!notes[0].At.Equal(time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)) || notes[0].By != "account:team@example.com" {
			t.Fatalf("%+v, %v", notes, err)
		}
		has(t, s.open(path), "Interview", "Wants a sieve.", fmt.Sprintf("?note=%d#note", notes[0].ID))
		has(t, s.open(fmt.Sprintf("%s?note=%d", path, notes[0].ID)), ">Grinds by hand.\nWants a sieve.</textarea>", `value="2026-11-20 10:30"`)
		edit := fmt.Sprintf("%s/notes/%d", path, notes[0].ID)
		note.Set("text", "Grinds by hand, and likes it.")
		if status, text, _ := s.post(edit, note); status != 303 {
			t.Fatalf("%d %s", status, text)
		}
		note.Set("text", "What somebody else wrote meanwhile.")
		if status, text, _ := s.post(edit, note); status != 409 || !strings.Contains(text, "What somebody else wrote meanwhile.") {
			t.Errorf("two edits of one version: %d", status)
		}
		page := s.open(path + "?show=notes")
		has(t, page, "likes it", "edited")
		if strings.Contains(page, "Wants a sieve") {
			t.Error("the old version is still shown")
		}
		notes, _, _ = h.Notes(t.Context(), l.ID, 0, 10)
		if len(notes) != 1 || !notes[0].Edited {
			t.Fatalf("%+v", notes)
		}
		if status, _, _ := s.post(fmt.Sprintf("%s/notes/%d/delete", path, notes[0].ID), nil); status != 303 {
			t.Fatal(status)
		}
		has(t, s.open(path), "Deleted: Interview")
		events, _, _ := h.Timeline(t.Context(), l.ID, 0, 10)
		for _, e := range events {
			if raw, _ := json.Marshal([]any{e.Properties, e.Folds}); strings.Contains(string(raw), "rinds") {
				t.Errorf("the text is still there: %s", raw)
			}
		}
		if len(events) != 3 {
			t.Errorf("%d events", len(events))
		}
		if status, _, _ := s.post(fmt.Sprintf("%s/notes/%d/delete", path, notes[0].ID), nil); status != 409 {
			t.Errorf("deleting it again: %d", status)
		}
		future := url.Values{"kind": {"call"}, "text": {"x"}, "at": {"2027-01-01 10:00"}}
		if status, text, _ := s.post(path+"/notes", future); status != 422 || !strings.Contains(text, "still to come") {
			t.Errorf("a note about the future: %d", status)
		}
	})
}

func TestTheListIsNarrowedAndTagged(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(
			&Profile{Email: "a@example.com", FirstName: "Ana", Stage: "customer", Language: "en", Owner: "team@example.com"},
			&Profile{Email: "b@example.com", FirstName: "Babak", Stage: "lead", Relation: "partner", Language: "fa"},
			&Profile{Email: "c@example.com", FirstName: "Cyrus", Stage: "lead", Language: "fa"},
		)
		s := h.site()
		id := func(n int) string { return fmt.Sprint(people[n].ID) }
		status, _, location := s.post("/leads/tags", url.Values{"lead": {id(1), id(2), "999"}, "tag": {"تهران، کافه"}, "do": {"add"}, "return": {"/leads?stage=lead"}})
		if status != 303 || location != "/leads?stage=lead" {
			t.Fatalf("%d %s", status, location)
		}
		if status, _, _ = s.post("/leads/"+id(2)+"/tags", url.Values{"tag": {"تهران"}, "do": {"remove"}, "whole": {"1"}}); status != 303 {
			t.Fatal(status)
		}
		for query, want := range map[string][]int{
			"":                            {2, 1, 0},
			"?stage=lead":                 {2, 1},
			"?stage=customer&language=en": {0},
			"?relation=partner":           {1},
			"?owner=-":                    {2, 1},
			"?owner=team@example.com":     {0},
			"?language=fa&stage=lead":     {2, 1},
			"?tag=کافه":                   {2, 1},
			"?tag=تهران":                  {1},
			"?tag=تهران&q=cyr":            nil,
			"?tag=nobody":                 nil,
			"?q=bab&tag=کافه":             {1},
			"?segment=nobody":             nil,
		} {
			page := s.open("/leads" + strings.ReplaceAll(query, "تهران", url.QueryEscape("تهران")))
			var got []int
			for _, m := range regexp.MustCompile(`<a href="/leads/(\d+)"><bdi>`).FindAllStringSubmatch(page, -1) {
				got = append(got, slices.IndexFunc(people, func(l *Lead) bool { return fmt.Sprint(l.ID) == m[1] }))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s shows %v, want %v", query, got, want)
			}
			if len(want) == 2 && !strings.Contains(page, "2 leads found") {
				t.Errorf("%s does not say how many", query)
			}
		}
		s.lang = "fa"
		has(t, s.open("/leads"), "روی هم ۳ سرنخ", "تأییدشده", "شریک تجاری", "کافه")
		events, _, _ := h.Timeline(t.Context(), people[2].ID, 0, 10)
		if len(events) != 3 || events[0].Name != EventTagRemoved || events[0].Source != "account:team@example.com" {
			t.Errorf("%+v", events)
		}
	})
}

func TestTheListIsPagedByKeyset(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		var profiles []*Profile
		for i := range 120 {
			profiles = append(profiles, &Profile{Email: fmt.Sprintf("p%03d@example.com", i)})
		}
		people := h.upsert(profiles...)
		var ids []int64
		for _, l := range people {
			ids = append(ids, l.ID)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.Tag(ctx, tx, ids, []string{"all"}, "test") })
		s := h.site()
		for _, start := range []string{"/leads", "/leads?tag=all"} {
			seen := map[string]bool{}
			pages := 0
			for next := start; next != ""; pages++ {
				page := s.open(next)
				for _, m := range regexp.MustCompile(`<a href="/leads/(\d+)"><bdi>`).FindAllStringSubmatch(page, -1) {
					seen[m[1]] = true
				}
				next = ""
				if m := regexp.MustCompile(`href="([^"]*before=\d+[^"]*)"`).FindStringSubmatch(page); m != nil {
					next = html.UnescapeString(m[1])
				}
			}
			if len(seen) != 120 || pages != 3 {
				t.Errorf("%s: %d leads on %d pages", start, len(seen), pages)
			}
		}
	})
}

package forms

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// answer is what came back, redirects not followed.
type answer struct {
	status int
	header http.Header
	body   string
}

func (r *room) do(t testing.TB, method, path, contentType, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(raw)}
}

const urlencoded = "application/x-www-form-urlencoded"

func (r *room) post(t testing.TB, path string, form url.Values, headers ...string) answer {
	t.Helper()
	return r.do(t, "POST", path, urlencoded, form.Encode(), headers...)
}

func (r *room) count(t testing.TB, table string) int {
	t.Helper()
	var n int
	if err := r.db.SQL().QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// stored fails unless the tables that one submission touches have so many rows.
func (r *room) stored(t testing.TB, want map[string]int) {
	t.Helper()
	for table, n := range want {
		if got := r.count(t, table); got != n {
			t.Errorf("%s: %d rows, want %d", table, got, n)
		}
	}
}

var nothing = map[string]int{"submissions": 0, "leads": 0, "consents": 0, "events": 0, "jobs": 0}

func good() url.Values {
	return url.Values{"email": {"Sara@Example.com"}, "first_name": {"سارا"}, "cups": {"۳"}, "brew": {"v60"}, "_consent": {"1"}}
}

func TestASubmissionStoresLeadConsentEventAndJobTogether(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		got := r.post(t, "/f/guide", good())
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/f/guide/thanks") {
			t.Fatalf("answered %d %q, want 303 to the thanks", got.status, got.header.Get("Location"))
		}
		r.stored(t, map[string]int{"submissions": 1, "leads": 1, "consents": 1, "events": 1, "jobs": 1})
		lead, err := r.leads.FindByEmail(context.Background(), r.db.Read(), "sara@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if lead.Email != "Sara@Example.com" || lead.FirstName != "سارا" || lead.Attributes["cups"] != 3.0 || lead.Attributes["brew"] != "v60" {
			t.Errorf("lead is %+v", lead)
		}
		consents, err := r.leads.Consents(context.Background(), lead.ID)
		if err != nil || len(consents) != 1 || consents[0].Words != "Write to me" {
			t.Errorf("consents %+v, %v: want the words that were shown", consents, err)
		}
	})
}

func TestTheSamePersonTwiceIsOneLead(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		r.post(t, "/f/guide", good())
		again := good()
		again.Set("email", " SARA@example.COM ")
		again.Set("cups", "5")
		if got := r.post(t, "/f/guide", again); got.status != http.StatusSeeOther {
			t.Fatalf("answered %d", got.status)
		}
		r.stored(t, map[string]int{"submissions": 2, "leads": 1, "events": 2})
		lead, err := r.leads.FindByEmail(context.Background(), r.db.Read(), "sara@example.com")
		if err != nil || lead.Attributes["cups"] != 5.0 {
			t.Errorf("lead %+v, %v: want the newer answer", lead, err)
		}
	})
}

func TestADoubleClickIsOneSubmission(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		form := good()
		form.Set("_once", "shown-form-1")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got := r.post(t, "/f/guide", form); got.status != http.StatusSeeOther {
					t.Errorf("answered %d: a double click is told that all went well", got.status)
				}
			})
		}
		wg.Wait()
		r.stored(t, map[string]int{"submissions": 1, "leads": 1, "consents": 1, "events": 1})
		form.Set("cups", "9")
		r.post(t, "/f/guide", form)
		r.stored(t, map[string]int{"submissions": 2})
	})
}

func TestManyAtOnceAreAllStored(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		const people, each = 40, 3
		var wg sync.WaitGroup
		for i := range people * each {
			wg.Go(func() {
				form := good()
				form.Set("email", fmt.Sprintf("p%d@example.com", i%people))
				if got := r.post(t, "/f/guide", form); got.status != http.StatusSeeOther {
					t.Errorf("answered %d", got.status)
				}
			})
		}
		wg.Wait()
		r.stored(t, map[string]int{"submissions": people * each, "leads": people, "consents": people * each, "events": people * each, "jobs": people * each})
	})
}

func TestBadAnswersBringTheFormBackAndStoreNothing(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	bad := url.Values{"email": {"nobody"}, "first_name": {""}, "cups": {"many"}, "brew": {"tea"}}
	got := r.post(t, "/f/guide", bad)
	if got.status != http.StatusUnprocessableEntity {
		t.Fatalf("answered %d, want 422", got.status)
	}
	for _, want := range []string{`value="nobody"`, `id="e-email"`, `id="e-first_name"`, `id="e-cups"`, `id="e-brew"`, `aria-invalid="true"`, "4 answers need a correction"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	persian := r.post(t, "/f/guide?lang=fa", bad)
	if !strings.Contains(persian.body, "این نشانی ایمیل درست به نظر نمی‌رسد") || !strings.Contains(persian.body, `dir="rtl"`) {
		t.Error("the Persian form does not complain in Persian")
	}
	r.stored(t, nothing)
}

func TestHostileInputIsRefusedAndStoresNothing(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	with := func(name, value string) url.Values {
		form := good()
		form.Set(name, value)
		return form
	}
	for name, c := range map[string]struct {
		form   url.Values
		status int
		field  string
	}{
		"NUL":           {with("first_name", "Sa\x00ra"), 422, "first_name"},
		"not UTF-8":     {with("first_name", "\xff\xfe"), 422, "first_name"},
		"too long":      {with("first_name", strings.Repeat("a", 61)), 422, "first_name"},
		"wrong type":    {with("cups", "NaN"), 422, "cups"},
		"infinite":      {with("cups", "1e999"), 422, "cups"},
		"unknown field": {with("is_admin", "1"), 422, "is_admin"},
		"header in it":  {with("email", "a@example.com\r\nBcc: b@example.com"), 422, "email"},
		"twice":         {url.Values{"email": {"a@example.com", "b@example.com"}, "first_name": {"A"}}, 422, "email"},
		"1 MB":          {with("first_name", strings.Repeat("a", 1<<20)), 413, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.post(t, "/f/guide", c.form, "Accept", "application/json")
			var problem struct{ Fields map[string]string }
			if err := json.Unmarshal([]byte(got.body), &problem); err != nil {
				t.Fatalf("no problem document: %v in %q", err, got.body)
			}
			if got.status != c.status || c.field != "" && problem.Fields[c.field] == "" {
				t.Errorf("answered %d %s, want %d naming %q", got.status, got.body, c.status, c.field)
			}
		})
	}
	for name, c := range map[string]struct {
		path, kind, body string
		status           int
	}{
		"unknown form":       {"/f/nothing", urlencoded, good().Encode(), 404},
		"XML":                {"/f/guide", "application/xml", "<a/>", 415},
		"broken JSON":        {"/f/guide", "application/json", "{", 422},
		"JSON, wrong type":   {"/f/guide", "application/json", `{"email":5}`, 422},
		"JSON, object":       {"/f/guide", "application/json", `{"email":{"a":1}}`, 422},
		"broken escapes":     {"/f/guide", urlencoded, "email=%zz", 422},
		"no body":            {"/f/guide", urlencoded, "", 422},
		"unknown JSON field": {"/f/guide", "application/json", `{"email":"a@example.com","first_name":"A","admin":"1"}`, 422},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.do(t, "POST", c.path, c.kind, c.body, "Accept", "application/json"); got.status != c.status {
				t.Errorf("answered %d %s, want %d", got.status, got.body, c.status)
			}
		})
	}
	r.stored(t, nothing)
}

func TestAClosedFormTakesNothingAndSaysSo(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	d := guide()
	d.Closed = true
	r.apply(t, d)
	if got := r.post(t, "/f/guide", good()); got.status != http.StatusGone {
		t.Errorf("answered %d, want 410", got.status)
	}
	if got := r.do(t, "GET", "/f/guide", "", ""); got.status != 200 || !strings.Contains(got.body, "This form is closed") {
		t.Errorf("the page of a closed form says %d %.200s", got.status, got.body)
	}
	r.stored(t, nothing)
}

func TestScriptsOfOtherOriginsMaySubmit(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	got := r.do(t, "POST", "/f/guide", "application/json", `{"email":"a@example.com","first_name":"A","cups":2,"_consent":true,"_lang":"fa"}`,
		"Accept", "application/json", "Origin", "https://shop.example", "Sec-Fetch-Site", "cross-site")
	if got.status != http.StatusCreated || got.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(got.body, "سپاس") {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	if got := r.do(t, "OPTIONS", "/f/guide", "", "", "Origin", "https://shop.example"); got.status != http.StatusNoContent {
		t.Errorf("preflight answered %d", got.status)
	}
}

func TestWhoFillsTheHiddenFieldIsToldAllIsWellAndStoredNowhere(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	form := good()
	form.Set("_website", "https://spam.example")
	if got := r.post(t, "/f/guide", form); got.status != http.StatusSeeOther {
		t.Errorf("answered %d", got.status)
	}
	r.stored(t, nothing)
}

func TestWithoutConsentNoneIsRecorded(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	form := good()
	form.Del("_consent")
	r.post(t, "/f/guide", form)
	r.stored(t, map[string]int{"submissions": 1, "leads": 1, "consents": 0})
	d := guide()
	d.Consent.Required = true
	r.apply(t, d)
	if got := r.post(t, "/f/guide", form); got.status != 422 || !strings.Contains(got.body, `id="e-consent"`) {
		t.Errorf("answered %d, want 422 beside the consent", got.status)
	}
}

func TestALandingPageShowsTheAssignedVariantAndCountsPeopleOnly(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	p := &PageDefinition{Name: "Autumn", Experiment: "autumn", Variants: []PageVariant{
		{Key: "a", Title: both("Plain", "ساده"), Text: both("x", "x"), Form: "guide"},
		{Key: "b", Title: both("Bold", "پررنگ"), Text: both("x", "x"), Form: "guide"},
	}}
	p.Kind, p.Key = "page", "autumn"
	r.applyPage(t, p)
	got := r.do(t, "GET", "/p/autumn?utm_source=instagram&lang=fa", "", "", "Cookie", VisitorCookie+"=visitor-00001")
	if got.status != 200 || !strings.Contains(got.body, "پررنگ") || !strings.Contains(got.body, `name="utm_source" value="instagram"`) {
		t.Errorf("answered %d without variant b or the source", got.status)
	}
	r.do(t, "GET", "/p/autumn", "", "", "User-Agent", "Googlebot/2.1")
	if len(r.split.seen) != 1 || r.split.seen[0] != "b:visitor-00001" {
		t.Errorf("exposures %v, want the one person", r.split.seen)
	}
	form := good()
	form.Set("email", "nobody")
	if got := r.post(t, "/p/autumn", form); got.status != 422 || !strings.Contains(got.body, "Bold") || !strings.Contains(got.body, `value="nobody"`) {
		t.Errorf("a bad answer brings %d, want the same page, filled in", got.status)
	}
	if got := r.post(t, "/p/autumn", good(), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); got.status != http.StatusForbidden {
		t.Errorf("another site posting to the landing page got %d", got.status)
	}
	if got := r.post(t, "/p/autumn", good(), "Cookie", VisitorCookie+"=visitor-00001"); got.status != http.StatusSeeOther {
		t.Errorf("answered %d", got.status)
	}
	var visitor string
	if err := r.db.SQL().QueryRow("SELECT visitor_id FROM events").Scan(&visitor); err != nil || visitor != "visitor-00001" {
		t.Errorf("the event's visitor is %q, %v", visitor, err)
	}
}

func TestWhatEmbeddingCostsAVisitor(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	size := 0
	for _, path := range []string{"/embed.js", "/f/guide/embed?lang=fa"} {
		got := r.do(t, "GET", path, "", "", "Accept-Encoding", "gzip")
		if got.status != 200 || got.header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %d, encoding %q", path, got.status, got.header.Get("Content-Encoding"))
		}
		t.Logf("%s: %d bytes gzip", path, len(got.body))
		size += len(got.body)
	}
	if size >= 5<<10 {
		t.Errorf("script and form weigh %d bytes gzip, 5 KB are promised", size)
	}
}

func TestAFormDefinitionIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(d *Definition){
		"no e-mail":       func(d *Definition) { d.Fields = d.Fields[1:] },
		"same name twice": func(d *Definition) { d.Fields[2].Name = "first_name" },
		"bad name":        func(d *Definition) { d.Fields[2].Name = "_once" },
		"choice of none":  func(d *Definition) { d.Fields[3].Options = nil },
		"options on text": func(d *Definition) { d.Fields[1].Options = []Option{{"a", i18n.Plain("a")}} },
	} {
		d := guide()
		spoil(d)
		if d.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestAPageWithoutOneOfItsExperimentsVariantsIsRefused(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	p := &PageDefinition{Name: "Autumn", Experiment: "autumn", Variants: []PageVariant{
		{Key: "a", Title: both("Plain", "ساده"), Text: both("x", "x"), Form: "guide"},
		{Key: "c", Title: both("Bold", "پررنگ"), Text: both("x", "x"), Form: "guide"},
	}}
	p.Kind, p.Key = "page", "autumn"
	err := r.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return r.forms.pageTable().Apply(ctx, tx, p)
	})
	if fields, ok := errs.AsFields(err); !ok || !strings.Contains(fields["variants"], `"b"`) {
		t.Errorf("told %v", err)
	}
}

package transfer

import (
	"bytes"
	"encoding/csv"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

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

// site serves the feature's routes; what it returns asks them and gives the status, the
// text and where it leads.
func (h house) site() func(method, path, body string, headers ...string) (int, string, string) {
	h.t.Helper()
	set, err := templates.New()
	if err != nil {
		h.t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.clock, PublicURL: "http://127.0.0.1", Language: i18n.English}
	mux := web.NewMux(kit, somebody{}, slog.New(slog.NewTextHandler(h.t.Output(), nil)), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(method, path, body string, headers ...string) (int, string, string) {
		h.t.Helper()
		req, err := http.NewRequestWithContext(h.t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			h.t.Fatal(err)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		return res.StatusCode, string(text), res.Header.Get("Location")
	}
}

// posted is a form with a file.
func posted(t testing.TB, name, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	file, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, content); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}

func wants(t *testing.T, what string, status, want int, text string, words ...string) {
	t.Helper()
	if status != want || strings.Contains(text, "⟦") {
		t.Errorf("%s: %d, want %d\n%.3000s", what, status, want, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s: %q is missing\n%.3000s", what, word, text)
		}
	}
}

const formEncoded = "application/x-www-form-urlencoded"

func TestAListIsBroughtMappedRehearsedAndImportedOnThePages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		ask := h.site()
		status, text, _ := ask("GET", "/leads/import", "", "Accept-Language", "fa")
		wants(t, "empty", status, 200, text, "هنوز چیزی وارد نشده")
		body, kind := posted(t, "people.csv", "ایمیل,شهر,یادداشت\nsara@example.com,تهران,=1+1\nbad,شیراز,\n")
		status, _, at := ask("POST", "/leads/import", body, "Content-Type", kind)
		if status != 303 || !strings.HasPrefix(at, "/imports/") {
			t.Fatalf("upload: %d %s", status, at)
		}
		im := h.until(1, Mapping)
		status, text, _ = ask("GET", at, "", "Accept-Language", "fa")
		wants(t, "mapping", status, 200, text, "تهران", `<option value="email" selected>`, "attribute:شهر", "رضایت داده‌اند")
		form := url.Values{"to0": {"email"}, "to1": {"attribute:شهر"}, "type1": {"text"}, "to2": {"attribute:note"}, "type2": {"text"}, "mode": {"update"}, "tags": {"نمایشگاه، تهران"}}
		status, text, _ = ask("POST", at+"/map", form.Encode(), "Content-Type", formEncoded)
		wants(t, "no word on consent", status, 422, text, "There is no default", `value="نمایشگاه، تهران"`, `<option value="attribute:note" selected>`)
		form.Set("consent", "given")
		status, text, _ = ask("POST", at+"/map", form.Encode(), "Content-Type", formEncoded)
		wants(t, "no proof", status, 422, text, "This is needed.")
		for name, value := range map[string]string{"words": "بله", "source": "نمایشگاه", "basis": "consent", "date": "۱۴۰۴/۰۸/۳۰", "language": "fa"} {
			form.Set(name, value)
		}
		status, text, _ = ask("POST", at+"/map", form.Encode(), "Content-Type", formEncoded)
		wants(t, "mapped", status, 303, text)
		h.until(im.ID, Ready)
		status, text, _ = ask("GET", at, "", "Accept-Language", "fa")
		wants(t, "ready", status, 200, text, "هنوز چیزی نوشته نشده", "نشانی ایمیل درست نیست", "وارد کن")
		status, text, _ = ask("GET", at+"/progress", "")
		wants(t, "the part that follows", status, 200, text, "http-equiv")
		status, _, _ = ask("POST", at+"/start", "")
		wants(t, "start", status, 303, "")
		h.until(im.ID, Done)
		status, text, _ = ask("GET", at, "")
		wants(t, "done", status, 200, text, "This is what happened", "refused.csv")
		status, text, _ = ask("GET", at+"/refused.csv", "", "Accept-Language", "fa")
		wants(t, "refused rows", status, 200, text, "bad", "نشانی ایمیل درست نیست")
		status, _, _ = ask("POST", at+"/pause", "")
		wants(t, "too late to pause", status, 303, "")
		status, _, _ = ask("POST", at+"/dance", "")
		wants(t, "an unknown thing to do", status, 404, "")
		status, text, _ = ask("GET", "/leads/import", "")
		wants(t, "list", status, 200, text, "people.csv", "done")
		sara := h.lead("sara@example.com")
		consents, err := h.leads.Consents(t.Context(), sara.ID)
		if err != nil || len(consents) != 1 || consents[0].Words != "بله" || consents[0].At.Format("2006-01-02") != "2025-11-21" || consents[0].ByWhom != "team@example.com" {
			t.Errorf("consents %+v, %v", consents, err)
		}
	})
}

func TestLeadsLeaveWithALineThatSaysWhyAndNoFormulaGoesOff(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		ask := h.site()
		h.finish(h.rehearse(h.bring("a.csv", "email,first_name,phone,note,score\n"+
			"sara@example.com,سارا,09121234567,\"=HYPERLINK(\"\"http://evil\"\")\",4.5\n"+
			"ali@example.com,@SUM(1),,\"+1+1\",-3\nomid@example.com,-2+3,,plain,\n", Plan{}), func(p *Plan) { p.Tags = []string{"fair"} }))
		status, text, _ := ask("GET", "/leads/export", "", "Accept-Language", "fa")
		wants(t, "form", status, 200, text, "هنوز کسی سرنخی بیرون نبرده", "note", `<select id="segment"`, `data-check-all="column"`)
		status, text, _ = ask("GET", "/leads/export?segment=gone", "")
		wants(t, "of a segment that is gone", status, 200, text, `<option value="gone" selected>`)
		form := url.Values{"format": {"csv"}, "column": {"email", "first_name", "phone", "tags", "attribute:note", "attribute:score"}, "mark": {"1"}}
		status, text, _ = ask("POST", "/leads/export", form.Encode(), "Content-Type", formEncoded)
		wants(t, "no reason", status, 422, text, "This is needed.")
		if h.count("exports") != 0 {
			t.Error("something left without a reason")
		}
		form.Set("reason", "چاپ دعوت‌نامه")
		status, text, _ = ask("POST", "/leads/export", form.Encode(), "Content-Type", formEncoded)
		wants(t, "csv", status, 200, text, "\ufeffemail,")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%q, %v", rows, err)
		}
		for _, want := range [][]string{
			{"omid@example.com", "'-2+3", "", "fair", "plain", ""},
			{"ali@example.com", "'@SUM(1)", "", "fair", "'+1+1", "-3"},
			{"sara@example.com", "سارا", "+989121234567", "fair", `'=HYPERLINK("http://evil")`, "4.5"},
		} {
			if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row, want) }) {
				t.Errorf("%q has left as none of %q", want, rows)
			}
		}
		exports, _, err := h.Exports(t.Context(), 0, 10)
		if err != nil || len(exports) != 1 || exports[0].Rows != 3 || exports[0].Reason != "چاپ دعوت‌نامه" || exports[0].ByWhom != "team@example.com" || exports[0].State != ExportDone {
			t.Errorf("line %+v, %v", exports[0], err)
		}
		status, text, _ = ask("POST", "/api/v1/exports", `{"format":"jsonl","columns":["email","tags","attributes"],"selection":{"search":"sara@"},"reason":"x","mark":false}`, "Content-Type", "application/json")
		wants(t, "jsonl", status, 200, text, `{"email":"sara@example.com","tags":["fair"],"attributes":{"note":"=HYPERLINK(\"http://evil\")","score":4.5}}`+"\n")
		status, text, _ = ask("GET", "/leads/export", "")
		wants(t, "log", status, 200, text, "چاپ دعوت‌نامه")
		// What left as a workbook comes back as it was, save for the apostrophes.
		status, text, _ = ask("POST", "/api/v1/exports", `{"format":"xlsx","columns":["email","phone","attribute:score"],"selection":{"tag":"fair"},"reason":"x","mark":false}`, "Content-Type", "application/json")
		wants(t, "xlsx", status, 200, "")
		im := h.bring("leads.xlsx", text, Plan{})
		if im.State != Mapping || im.Rows != 3 || im.Found.Parts[0].Header[2] != "score" {
			t.Errorf("state %s, found %+v, fault %v", im.State, im.Found, im.Fault)
		}
	})
}

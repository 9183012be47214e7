package abtest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// stranger asks as somebody who is not signed in.
func (h *house) stranger(url string) *httptest.ResponseRecorder {
	h.t.Helper()
	answer, err := http.Get(url)
	h.must(err)
	defer answer.Body.Close()
	seen := httptest.NewRecorder()
	seen.Code = answer.StatusCode
	for name := range answer.Header {
		seen.Header().Set(name, answer.Header.Get(name))
	}
	_, err = seen.Body.ReadFrom(answer.Body)
	h.must(err)
	return seen
}

// shareLink presses the button, and returns the link that the page then shows.
func (h *house) shareLink(base, key string) string {
	h.t.Helper()
	_, body := h.post(base+"/experiments/"+key+"/share", nil)
	match := regexp.MustCompile(`id="shared-link">([^<]+)<`).FindStringSubmatch(body)
	if match == nil {
		h.t.Fatalf("no link: %s", body)
	}
	return base + strings.ReplaceAll(match[1], "&amp;", "&")
}

func TestASharedReportIsReadWithoutSigningInAndTellsNobodysName(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.SignWith(secure.NewSigner([]byte("a secret of some length")))
	base := h.serve()
	e := h.start(promise())
	h.visit(e, "a", 300, 30)
	h.visit(e, "b", 300, 44)
	h.post(base+"/experiments/promise/notes", url.Values{"body": {"Dara of the agency asked for this."}})
	link := h.shareLink(base, "promise")
	for lang, want := range map[string]string{"en": "Too early to say", "fa": "هنوز زود است"} {
		page := h.stranger(link + "&lang=" + lang)
		body := page.Body.String()
		if page.Code != 200 || !strings.Contains(body, want) || !strings.Contains(body, "<svg") {
			t.Errorf("%s: %d %s", lang, page.Code, body)
		}
		for _, secret := range []string{"sara@example.com", "Dara", "<form", "<button", "<script", "/api/", "href=\"/experiments"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s: a stranger sees %q", lang, secret)
			}
		}
		if page.Header().Get("X-Robots-Tag") == "" || !strings.Contains(body, "noindex") || page.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: search engines may keep it: %v", lang, page.Header())
		}
	}
	// Whatever is changed in the link, it shows nothing.
	at, _ := url.Parse(link)
	q := at.Query()
	for name, broken := range map[string]string{
		"another experiment": strings.Replace(link, "/promise?", "/other?", 1),
		"a later end":        strings.Replace(link, q.Get("until"), "4102444800", 1),
		"no signature":       base + at.Path + "?until=" + q.Get("until"),
		"nothing":            base + at.Path,
		"no number":          base + at.Path + "?until=soon&sig=" + q.Get("sig"),
	} {
		page := h.stranger(broken + "&lang=en")
		if page.Code != http.StatusForbidden || strings.Contains(page.Body.String(), "Promise") {
			t.Errorf("%s: %d %s", name, page.Code, page.Body)
		}
	}
	h.time.Advance(30*24*time.Hour - time.Minute)
	if page := h.stranger(link); page.Code != 200 {
		t.Errorf("on the last day: %d", page.Code)
	}
	h.time.Advance(time.Minute)
	if page := h.stranger(link + "&lang=en"); page.Code != http.StatusGone || !strings.Contains(page.Body.String(), "This link worked until 2 Dec 2026") {
		t.Errorf("afterwards: %d %s", page.Code, page.Body)
	}
}

func TestNobodyStretchesALinkBeyondThirtyDays(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.start(promise())
	base := h.serve()
	if _, body := h.get(base + "/experiments/promise"); strings.Contains(body, "/share\"") {
		t.Error("links are offered that nobody can sign")
	}
	h.SignWith(secure.NewSigner([]byte("a secret of some length")))
	for _, until := range []string{"4102444800", "0", "-5", "soon"} {
		if _, body := h.get(base + "/experiments/promise?shared=" + until); strings.Contains(body, "shared-link") {
			t.Errorf("%s makes a link", until)
		}
	}
	if status, _ := h.post(base+"/experiments/nowhere/share", nil); status != http.StatusNotFound {
		t.Errorf("a link to no experiment: %d", status)
	}
}

package abtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/uptrace/bun"
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
		"no number":          base + at.Path + "?until=soon&round=0&sig=" + q.Get("sig"),
		"a later round":      strings.Replace(link, "round=0", "round=1", 1),
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

func TestAWithdrawnLinkShowsNothingAndANewOneDoes(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.SignWith(secure.NewSigner([]byte("a secret of some length")))
		at := h.serve()
		h.visit(h.start(promise()), "a", 300, 30)
		other := promise()
		other.Key = "other"
		h.start(other)
		withdraws := func(want bool) {
			t.Helper()
			if _, body := h.get(at + "/experiments/promise"); strings.Contains(body, "/share/withdraw\"") != want {
				t.Errorf("links can be withdrawn: want %t", want)
			}
		}
		withdraws(false)
		first, second, kept := h.shareLink(at, "promise"), h.shareLink(at, "promise"), h.shareLink(at, "other")
		withdraws(true)
		for range 2 {
			h.post(at+"/experiments/promise/share/withdraw", nil)
			withdraws(false)
			for _, link := range []string{first, second} {
				if page := h.stranger(link + "&lang=en"); page.Code != http.StatusGone || !strings.Contains(page.Body.String(), "This link was withdrawn") {
					t.Errorf("a withdrawn link: %d %s", page.Code, page.Body)
				}
			}
		}
		// The address that showed one does not bring it back.
		if _, body := h.get(at + "/experiments/promise?shared=" + strconv.FormatInt(h.time.Now().Add(sharedFor).Unix(), 10)); strings.Contains(body, "shared-link") {
			t.Error("a link that nobody made is shown")
		}
		for _, link := range []string{kept, h.shareLink(at, "promise")} {
			if page := h.stranger(link); page.Code != http.StatusOK {
				t.Errorf("%s: %d", link, page.Code)
			}
		}
		if page := h.stranger(first); page.Code != http.StatusGone {
			t.Errorf("a new link brings the withdrawn one back: %d", page.Code)
		}
		if status, _ := h.post(at+"/experiments/nowhere/share/withdraw", nil); status != http.StatusNotFound {
			t.Errorf("the links of no experiment: %d", status)
		}
	})
}

// slowReads has time pass with each read of the tallies, and the first wait for all readers
// to have come.
type slowReads struct {
	h     *house
	n     atomic.Int64
	ready sync.WaitGroup
}

func (s *slowReads) BeforeQuery(ctx context.Context, q *bun.QueryEvent) context.Context {
	if strings.HasPrefix(q.Query, "SELECT") && strings.Contains(q.Query, "_tallies") {
		if s.n.Add(1) == 1 {
			s.ready.Wait()
			for range 1000 {
				runtime.Gosched()
			}
		}
		s.h.time.Advance(time.Second)
	}
	return ctx
}

func (*slowReads) AfterQuery(context.Context, *bun.QueryEvent) {}

func TestASharedReportIsGatheredOnceForManyWhoRead(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.SignWith(secure.NewSigner([]byte("a secret of some length")))
	base := h.serve()
	e := h.start(promise())
	h.visit(e, "a", 300, 30)
	link := h.shareLink(base, "promise")
	slow := &slowReads{h: h}
	h.report("promise")
	//lint:ignore SA1019 the handle that the house holds is the one to watch
	h.db.Read().(*bun.DB).AddQueryHook(slow)
	h.report("promise")
	once := slow.n.Swap(0)
	var all sync.WaitGroup
	slow.ready.Add(12)
	for i := range 12 {
		all.Go(func() {
			slow.ready.Done()
			if page := h.stranger(link + "&lang=" + []string{"en", "fa"}[i%2]); page.Code != http.StatusOK {
				t.Errorf("reader %d: %d", i, page.Code)
			}
		})
	}
	all.Wait()
	if n := slow.n.Load(); n != once || n == 0 {
		t.Errorf("%d reads of the tallies for twelve readers, %d for one", n, once)
	}
	reads := func() string { return h.stranger(link + "&lang=en").Body.String() }
	before := reads()
	h.visit(e, "a", 777, 0)
	if reads() != before {
		t.Error("it is gathered anew for each reader")
	}
	h.time.Advance(sharedKept)
	if after := reads(); !strings.Contains(after, "1,077") {
		t.Errorf("seconds later: %s", after)
	}
	for i := range 3 * mostShared {
		h.shared.one(strconv.Itoa(i), h.time.Now())
	}
	if n := len(h.shared.kept); n != mostShared {
		t.Errorf("%d reports are kept, at most %d may", n, mostShared)
	}
}

package forms

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// formTraffic is what the guide brought.
func (r *room) formTraffic(t *testing.T) string {
	t.Helper()
	list, err := r.forms.FormTraffic(context.Background(), 28)
	if err != nil || len(list) != 1 || list[0].Form.Key != "guide" {
		t.Fatalf("%d forms, %v", len(list), err)
	}
	return fmt.Sprintf("%d of %d in %d days", list[0].Conversions, list[0].Visitors, list[0].Days)
}

// browser keeps the cookies that it is given, whatever their paths.
type browser struct {
	*room
	jar map[string]string
}

func (b browser) headers() []string {
	list := make([]string, 0, len(b.jar))
	for name, value := range b.jar {
		list = append(list, name+"="+value)
	}
	return []string{"Cookie", strings.Join(list, "; ")}
}

func (b browser) keep(a answer) answer {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		b.jar[c.Name] = c.Value
	}
	return a
}

func (b browser) see(t *testing.T, path string) { b.keep(b.do(t, "GET", path, "", "", b.headers()...)) }

func (b browser) send(t *testing.T, path string) {
	form := good()
	form.Set(paramVisitor, b.jar[VisitorCookie])
	b.keep(b.post(t, path, form, b.headers()...))
}

func newBrowser(r *room, visitor string) browser {
	return browser{r, map[string]string{VisitorCookie: visitor}}
}

func TestAFormCountsEachVisitorOnceADayWhereverItStands(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		r.autumn(t)
		if got := r.formTraffic(t); got != "0 of 0 in 0 days" {
			t.Errorf("a form that nobody has seen: %s", got)
		}
		one, two, three := newBrowser(r, "visitor-00001"), newBrowser(r, "visitor-00002"), newBrowser(r, "visitor-00003")
		for range 2 {
			one.see(t, "/p/autumn")
			one.see(t, "/f/guide")
			two.see(t, "/f/guide")
			three.see(t, "/p/autumn")
		}
		if got, page := r.formTraffic(t), r.traffic(t); got != "0 of 3 in 0 days" || page != "0 of 2 in 0 days" {
			t.Errorf("seen by three, two of them on the page: form %s, page %s", got, page)
		}
		for range 2 {
			one.send(t, "/p/autumn")
			one.send(t, "/f/guide")
			two.send(t, "/f/guide")
		}
		if got, page := r.formTraffic(t), r.traffic(t); got != "2 of 3 in 0 days" || page != "1 of 2 in 0 days" {
			t.Errorf("sent by two of them: form %s, page %s", got, page)
		}
		r.clock.Advance(24 * time.Hour)
		one.see(t, "/f/guide")
		two.send(t, "/f/guide") // it was opened before midnight
		r.clock.Advance(24 * time.Hour)
		if got := r.formTraffic(t); got != "3 of 5 in 2 days" {
			t.Errorf("after two days: %s", got)
		}
	})
}

func TestOnlyVisitorsWhoCouldSendAFormCountForIt(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.forms.SignWith(secure.NewSigner([]byte("a secret of thirty-two characters")))
	r.apply(t, shorter())
	one := newBrowser(r, "visitor-00001")
	r.do(t, "GET", "/f/guide", "", "", "User-Agent", "Googlebot/2.1")
	r.do(t, "GET", "/f/guide", "", "", "Sec-Purpose", "prefetch;prerender")
	r.do(t, "GET", "/f/guide/embed?counted=", "", "", "User-Agent", "Googlebot/2.1")
	one.see(t, r.forms.previewLink("/f/guide", "b"))
	one.send(t, r.forms.previewLink("/f/guide", "a"))
	trapped := good()
	trapped.Set(paramTrap, "x")
	trapped.Set(paramCounted, "")
	r.post(t, "/f/guide", trapped)
	// From a page that has a form of its own nobody tells us who saw that.
	elsewhere := good()
	elsewhere.Set(paramVisitor, "visitor-00002")
	r.post(t, "/f/guide", elsewhere)
	r.do(t, "POST", "/f/guide", "application/json", `{"email":"sara@example.com","first_name":"Sara","cups":3,"brew":"v60","_consent":true}`)
	closed := guide()
	closed.Closed = true
	r.apply(t, closed)
	r.clock.Advance(time.Minute)
	one.see(t, "/f/guide")
	r.do(t, "GET", "/f/guide/embed?counted=", "", "")
	if got := r.formTraffic(t); got != "0 of 0 in 0 days" {
		t.Errorf("counted: %s", got)
	}
}

// site is the storage of a browser on the site of somebody else, as embed.js uses it.
type site struct {
	*room
	kept string
}

func (s *site) keep(a answer) answer {
	if mark := a.header.Get(headerCounted); mark != "" {
		s.kept = mark
	}
	return a
}

func (s *site) see(t *testing.T) answer {
	t.Helper()
	return s.keep(s.do(t, "GET", "/f/guide/embed?lang=en&counted="+url.QueryEscape(s.kept), "", ""))
}

func (s *site) send(t *testing.T, visitor string) answer {
	t.Helper()
	form := good()
	form.Set(paramVisitor, visitor)
	form.Set(paramCounted, s.kept)
	return s.keep(s.post(t, "/f/guide", form, "Accept", "application/json"))
}

func TestAnEmbeddedFormCountsWhatTheBrowserHasKept(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		servers := []*counter{r.forms.counter, newCounter(r.db, slog.New(slog.DiscardHandler))}
		t.Cleanup(func() { r.forms.counter = servers[0] })
		one, two := &site{room: r}, &site{room: r}
		for i := range 4 { // each request is answered by the other server
			r.forms.counter = servers[i%2]
			one.see(t)
			two.see(t)
			if i > 1 {
				one.send(t, "visitor-00001")
			}
		}
		for _, s := range servers {
			if err := s.save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.formTraffic(t); got != "1 of 2 in 0 days" {
			t.Errorf("on the first day: %s", got)
		}
		r.clock.Advance(24 * time.Hour)
		lost := one.kept
		for range 2 { // the answer did not arrive, so that it is sent again
			one.kept = lost
			one.send(t, "visitor-00001")
		}
		r.clock.Advance(24 * time.Hour)
		if got := r.formTraffic(t); got != "2 of 3 in 2 days" {
			t.Errorf("after two days: %s", got)
		}
	})
}

func TestNoCacheHidesWhoSawAnEmbeddedForm(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	for path, want := range map[string]string{
		"?counted=":                           "no-store",
		"?counted=2026-11-20":                 "no-store",
		"?counted=2026-11-20.sent":            "no-store",
		"?counted=2026-11-21":                 "public, max-age=60",
		"?counted=2026-11-21.sent":            "public, max-age=60",
		"":                                    "public, max-age=60",
		"?counted=2026-11-21&visitor=unsplit": "public, max-age=60",
	} {
		for _, agent := range []string{"Mozilla/5.0 (X11; Linux x86_64)", "Googlebot/2.1"} {
			if got := r.do(t, "GET", "/f/guide/embed"+path, "", "", "User-Agent", agent); got.header.Get("Cache-Control") != want {
				t.Errorf("%q to %s is kept as %q, want %q", path, agent, got.header.Get("Cache-Control"), want)
			}
		}
	}
	if got := r.formTraffic(t); got != "0 of 3 in 0 days" {
		t.Errorf("counted: %s", got)
	}
	r.clock.Advance(15*time.Hour - 20*time.Second)
	if got := r.do(t, "GET", "/f/guide/embed?counted=2026-11-21", "", ""); got.header.Get("Cache-Control") != "public, max-age=20" {
		t.Errorf("shortly before midnight it is kept as %q", got.header.Get("Cache-Control"))
	}
}

func TestASplitEmbeddedFormCountsItsVisitorOnce(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.apply(t, shorter())
	one := &site{room: r}
	if first := one.see(t); first.header.Get(headerSplit) == "" || one.kept != "2026-11-21" {
		t.Errorf("the first answer: %v", first.header)
	}
	r.do(t, "GET", "/f/guide/embed?lang=en&visitor=visitor-00001&from=", "", "")
	one.send(t, "visitor-00001")
	if got := r.formTraffic(t); got != "0 of 1 in 0 days" { // its version asks less, so that this is refused
		t.Errorf("counted: %s", got)
	}
	short := url.Values{"email": {"sara@example.com"}, paramVisitor: {"visitor-00001"}, paramCounted: {one.kept}}
	r.post(t, "/f/guide", short, "Accept", "application/json")
	if got := r.formTraffic(t); got != "1 of 1 in 0 days" {
		t.Errorf("counted: %s", got)
	}
}

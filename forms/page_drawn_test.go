package forms

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

var onceValue = regexp.MustCompile(`name="_once" value="[^"]*"`)

func TestAPageThatWasDrawnBeforeIsThePageToTheLetter(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.autumn(t)
	nasty := url.Values{"utm_source": {`"><script>alert('x')</script>&+é`}, "utm_campaign": {"پاییز + ۲\x00"}}.Encode()
	for _, lang := range []string{"en", "fa"} {
		for _, theme := range []string{"dark", "light", ""} {
			for i, query := range []string{"", "&utm_medium=email", "&" + nasty} {
				req := httptest.NewRequest("GET", "/p/autumn?lang="+lang+query, nil)
				req.SetPathValue("key", "autumn")
				req.Header.Set("Cookie", fmt.Sprintf("%s=visitor-0000%d; theme=%s", VisitorCookie, i, theme))
				req.Header.Set("Referer", "https://example.com/?a=1&b=2")
				v, err := r.forms.visitTo(httptest.NewRecorder(), req, nil)
				if err != nil {
					t.Fatal(err)
				}
				drawn, whole := httptest.NewRecorder(), httptest.NewRecorder()
				if err := r.forms.showDrawn(drawn, req, v); err != nil {
					t.Fatal(err)
				}
				if err := r.forms.showLanding(whole, req, 200, v, nil, nil); err != nil {
					t.Fatal(err)
				}
				got, want := onceValue.ReplaceAllString(drawn.Body.String(), ""), onceValue.ReplaceAllString(whole.Body.String(), "")
				if got != want {
					t.Errorf("%s %q %q differs:\n%s\n%s", lang, theme, query, got, want)
				}
				if !strings.Contains(got, fmt.Sprintf("visitor-0000%d", i)) || strings.Contains(got, gap.Name) || strings.Contains(got, "<script>alert") {
					t.Errorf("%s %q %q: %s", lang, theme, query, got)
				}
				if fmt.Sprint(drawn.Header()) != fmt.Sprint(whole.Header()) {
					t.Errorf("%v, want %v", drawn.Header(), whole.Header())
				}
			}
		}
	}
}

func TestADrawnPageChangesWithItsPageAndItsForm(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.autumn(t)
	shows := func(text string) {
		t.Helper()
		for range 2 {
			if a := r.do(t, "GET", "/p/autumn?lang=en", "", ""); !strings.Contains(a.body, text) {
				t.Errorf("no %q: %s", text, a.body)
			}
		}
	}
	shows("Plain")
	p := &PageDefinition{Name: "Autumn", Variants: []PageVariant{{Key: "a", Title: both("Leaves fall", "ساده"), Text: both("x", "x"), Form: "guide"}}}
	p.Kind, p.Key = "page", "autumn"
	r.applyPage(t, p)
	shows("Leaves fall")
	d := guide()
	d.Button = both("Off it goes", "بفرست")
	r.apply(t, d)
	shows("Off it goes")
	d.Closed = true
	r.apply(t, d)
	for range 2 {
		if a := r.do(t, "GET", "/p/autumn?lang=en", "", ""); a.status != 200 || strings.Contains(a.body, "<form") || !strings.Contains(a.body, "form-closed") {
			t.Errorf("a closed form: %d %s", a.status, a.body)
		}
	}
}

func TestDrawingsAreBounded(t *testing.T) {
	d := drawings{pages: map[string]*drawnPage{}}
	p := &LandingPage{Key: "autumn"}
	for range 3 * mostLooks {
		d.keep(p, look{form: new(Form)}, &drawing{})
		if n := len(d.pages["autumn"].looks); n > mostLooks {
			t.Fatalf("%d drawings of one page", n)
		}
	}
	if _, ok := d.find(&LandingPage{Key: "autumn"}, look{}); ok {
		t.Error("a page that took its place is shown as the old one")
	}
}

package forms

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// shorter is the guide with a version that asks less.
func shorter() *Definition {
	d := guide()
	d.Experiment = "short"
	d.Variants = []Variant{{Key: "a"}, {
		Key: "b", Title: both("One question", "یک پرسش"), Fields: d.Fields[:1],
		Thanks: &Thanks{Title: both("That was quick", "چه زود")},
	}}
	return d
}

func TestAFormIsShownAndReadInTheVisitorsVersion(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.apply(t, shorter())
	got := r.do(t, "GET", "/f/guide", "", "", "Cookie", VisitorCookie+"=visitor-00001")
	if !strings.Contains(got.body, "One question") || strings.Contains(got.body, "first_name") || !strings.Contains(got.body, "Send") {
		t.Error("the page is not that of version b")
	}
	if len(r.split.seen) != 1 || r.split.seen[0] != "b:visitor-00001" {
		t.Errorf("exposures %v, want the one person", r.split.seen)
	}
	short := url.Values{"email": {"sara@example.com"}, "_visitor": {"visitor-00001"}}
	if got := r.post(t, "/f/guide", short, "Accept", "application/json"); got.status != http.StatusCreated || !strings.Contains(got.body, "That was quick") {
		t.Errorf("what version b asks is answered with %d: %s", got.status, got.body)
	}
	if got := r.do(t, "GET", "/f/guide/thanks", "", "", "Cookie", VisitorCookie+"=visitor-00001"); !strings.Contains(got.body, "That was quick") {
		t.Error("the thanks are those of the other version")
	}
	r.split.variant = "a"
	if got := r.post(t, "/f/guide", short); got.status != http.StatusUnprocessableEntity {
		t.Errorf("what version a asks and did not get is answered with %d", got.status)
	}
	if len(r.split.seen) != 1 {
		t.Errorf("sending a form is no view: %v", r.split.seen)
	}
}

func TestAnEmbeddedFormAsksForItsVisitorsVersion(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	if got := r.do(t, "GET", "/f/guide/embed", "", ""); got.header.Get(headerSplit) != "" {
		t.Error("a form of one version says that it has several")
	}
	r.apply(t, shorter())
	first := r.do(t, "GET", "/f/guide/embed?lang=en", "", "")
	if first.header.Get(headerSplit) != "1" || !strings.Contains(first.header.Get("Access-Control-Expose-Headers"), headerSplit) || len(r.split.seen) != 0 {
		t.Errorf("the first answer: %v, seen %v", first.header, r.split.seen)
	}
	got := r.do(t, "GET", "/f/guide/embed?lang=en&visitor=visitor-00002&from=https%3A%2F%2Fwww.google.com%2F", "", "", "Referer", "https://shop.example/")
	if !strings.Contains(got.body, "One question") || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered %q to one visitor", got.header.Get("Cache-Control"))
	}
	if len(r.split.seen) != 1 || r.split.seen[0] != "b:visitor-00002" || r.split.from.Channel != "search" {
		t.Errorf("exposures %v from %+v, want one from a search", r.split.seen, r.split.from)
	}
	r.do(t, "GET", "/f/guide/embed?lang=en&visitor=visitor-00003&from=https%3A%2F%2Fshop.example%2Fa", "", "", "Referer", "https://shop.example/")
	if r.split.from.Channel != "direct" {
		t.Errorf("from one page of the shop to the next is %q", r.split.from.Channel)
	}
}

func TestAVersionOfAFormIsTriedWithoutBeingCounted(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.forms.SignWith(secure.NewSigner([]byte("a secret of thirty-two characters")))
	r.apply(t, shorter())
	r.split.variant = "a"
	link := r.forms.previewLink("/f/guide", "b")
	got := r.do(t, "GET", link, "", "", "Cookie", VisitorCookie+"=visitor-00001")
	if !strings.Contains(got.body, "One question") || !strings.Contains(got.body, "preview-bar") {
		t.Error("the link does not show version b")
	}
	got = r.post(t, link, url.Values{"email": {"sara@example.com"}, "_visitor": {"visitor-00001"}})
	if got.status != http.StatusSeeOther || len(r.split.seen) != 0 {
		t.Errorf("answered %d, exposures %v", got.status, r.split.seen)
	}
	var visitor string
	if err := r.db.SQL().QueryRow("SELECT visitor_id FROM events").Scan(&visitor); err != nil || visitor == "visitor-00001" {
		t.Errorf("what was sent is the visitor's %q, %v", visitor, err)
	}
	if got := r.do(t, "GET", strings.Replace(link, "preview=b", "preview=a", 1), "", ""); strings.Contains(got.body, "preview-bar") {
		t.Error("a link that was changed is taken")
	}
}

func TestAFormsVersionsAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(d *Definition){
		"experiment":      func(d *Definition) { d.Experiment = "" },
		"variants":        func(d *Definition) { d.Variants = nil },
		"variants[1].key": func(d *Definition) { d.Variants[1].Key = "a" },
		"variants[1].fields": func(d *Definition) {
			d.Variants[1].Fields = d.Fields[1:]
		},
	} {
		d := shorter()
		spoil(d)
		if err := d.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: told %v", want, err)
		}
	}
}

func TestAFormIsReadInTheVersionThatWasShown(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.apply(t, shorter())
	p := &PageDefinition{Name: "Autumn", Variants: []PageVariant{{Key: "only", Title: both("x", "x"), Text: both("x", "x"), Form: "guide"}}}
	p.Kind, p.Key = "page", "autumn"
	r.applyPage(t, p)
	for _, at := range []string{"/f/guide", "/p/autumn", "/f/guide/embed?visitor=visitor-00001"} {
		r.split.variant = "b"
		got := r.do(t, "GET", at, "", "", "Cookie", VisitorCookie+"=visitor-00001")
		if !strings.Contains(got.body, "One question") {
			t.Fatalf("%s is not version b", at)
		}
		post := url.Values{"email": {"sara@example.com"}}
		for _, hidden := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(got.body, -1) {
			post.Set(hidden[1], hidden[2])
		}
		r.split.variant = "a" // rolled out meanwhile
		action := html.UnescapeString(regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(got.body)[1])
		if got := r.post(t, strings.TrimPrefix(action, r.url), post); got.status != http.StatusSeeOther {
			t.Errorf("%s: what was asked is answered with %d", at, got.status)
		}
	}
}

func TestAPreviewIsThankedInItsVersion(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.forms.SignWith(secure.NewSigner([]byte("a secret of thirty-two characters")))
	r.apply(t, shorter())
	r.split.variant = "a"
	got := r.post(t, r.forms.previewLink("/f/guide", "b"), url.Values{"email": {"sara@example.com"}})
	if thanks := r.do(t, "GET", got.header.Get("Location"), "", ""); thanks.status != http.StatusOK || !strings.Contains(thanks.body, "That was quick") {
		t.Errorf("%d at %q, without the thanks of version b", thanks.status, got.header.Get("Location"))
	}
}

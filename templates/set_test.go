package templates

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

func newTestSet(t *testing.T, page string) (*Set, error) {
	t.Helper()
	fsys := fstest.MapFS{
		"layouts/app.gohtml":   {Data: []byte(`<body>{{template "content" .}}</body>`)},
		"partials/mark.gohtml": {Data: []byte(`{{define "mark"}}*{{end}}`)},
		"pages/one.gohtml":     {Data: []byte(page)},
	}
	return newSet(fsys, &i18n.Catalog{}, &assets{})
}

func TestFailingPageWritesNothing(t *testing.T) {
	s, err := newTestSet(t, `{{define "content"}}half{{.Missing}}{{end}}`)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := s.Execute(&page, "app", "one", struct{}{}); err == nil || page.Len() > 0 {
		t.Errorf("error %v, wrote %q", err, page.String())
	}
}

func TestFaultyPagesAreRefusedByName(t *testing.T) {
	for _, page := range []string{`{{define "conten"}}{{end}}`, `{{define "content"}}{{icon}`, `{{define "content"}}{{nosuch}}{{end}}`} {
		s, err := newTestSet(t, page)
		if err == nil {
			_, err = s.page("one")
		}
		if err == nil || !strings.Contains(err.Error(), "one.gohtml") {
			t.Errorf("%s: %v", page, err)
		}
	}
}

func TestEveryPageCanBeShown(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range s.Pages() {
		if _, err := s.page(name); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownPageAndLayoutAreErrors(t *testing.T) {
	s, err := newTestSet(t, `{{define "content"}}{{template "mark"}}{{end}}`)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if s.Execute(&page, "app", "two", nil) == nil || s.Execute(&page, "frame", "one", nil) == nil {
		t.Error("accepted")
	}
	if err := s.Execute(&page, "app", "one", nil); err != nil || page.String() != "<body>*</body>" {
		t.Errorf("error %v, wrote %q", err, page.String())
	}
}

func TestMenuMarksThePlaceOfThePage(t *testing.T) {
	for _, c := range []struct {
		path, href string
		want       bool
	}{
		{"/", "/", true},
		{"/leads", "/", false},
		{"/leads", "/leads", true},
		{"/leads/7", "/leads", true},
		{"/leads-import", "/leads", false},
	} {
		if got := active(c.path, c.href); got != c.want {
			t.Errorf("at %s, %s active: %v", c.path, c.href, got)
		}
	}
}

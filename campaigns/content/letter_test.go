package content_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// locale speaks the words of this feature's own catalogue.
func locale(t testing.TB, lang i18n.Lang) i18n.Locale {
	t.Helper()
	raw, err := os.ReadFile("../../templates/i18n/campaigns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := i18n.Load(fstest.MapFS{"campaigns.yaml": {Data: raw}})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	return catalog.Locale(lang, zone)
}

func read(t testing.TB, file string) content.Email {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var e content.Email
	if err := yaml.UnmarshalWithOptions(raw, &e, yaml.DisallowUnknownField()); err != nil {
		t.Fatal(err)
	}
	return e
}

func compile(t testing.TB, e content.Email, l i18n.Locale) *content.Letter {
	t.Helper()
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	letter, err := content.Compile(e, l)
	if err != nil {
		t.Fatal(err)
	}
	return letter
}

var brand = content.Brand{
	Name:    i18n.Text{i18n.Persian: "قهوهٔ بامداد", i18n.English: "Bamdad Coffee"},
	Address: i18n.Text{i18n.Persian: "تهران، خیابان بهار، شمارهٔ ۱۲", i18n.English: "12 Bahar St, Tehran"},
	Color:   "#8a3b12",
}

var links = content.Links{
	Track:       func(url string) string { return "https://t.example.com/l/" + strings.ReplaceAll(url, "://", "/") },
	Pixel:       "https://t.example.com/o/1.gif",
	Unsubscribe: "https://t.example.com/u/1",
}

func TestLettersLookAsTheyDid(t *testing.T) {
	for _, lang := range i18n.Langs {
		letter := compile(t, read(t, "offer.yaml"), locale(t, lang))
		m, err := letter.Render(content.SampleReader(lang, "https://bamdad.example"), brand, links)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "offer."+string(lang)+".html", m.HTML)
		golden(t, "offer."+string(lang)+".txt", "From: "+m.FromName+"\nSubject: "+m.Subject+"\n\n"+m.Text)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what it was; run with -update if that is meant:\n%s", name, diff)
	}
}

func TestRequestedEmailHoldsNoOfferAndSaysWhyItCame(t *testing.T) {
	e := content.Email{
		Name: i18n.Plain("Guide"), Subject: i18n.Plain("Your guide"), Purpose: content.PurposeRequested,
		Blocks: []content.Block{{Text: i18n.Plain("Here it is")}},
	}
	for lang, want := range map[i18n.Lang]string{i18n.English: "because you asked for it in our form", i18n.Persian: "در فرم ما درخواستش کردید"} {
		m, err := compile(t, e, locale(t, lang)).Render(content.Reader{}, content.Brand{Name: i18n.Plain("Nakh")}, content.Links{Unsubscribe: "https://nakh.example/u"})
		if err != nil || !strings.Contains(m.HTML, want) || !strings.Contains(m.Text, want) || !strings.Contains(m.Text, "https://nakh.example/u") {
			t.Errorf("in %s: %v\n%s", lang, err, m.Text)
		}
	}
	e.Blocks = append(e.Blocks, content.Block{Offer: true})
	if err := e.Check(); err == nil || !strings.Contains(err.Error(), "marketing") {
		t.Errorf("a requested e-mail with an offer: %v", err)
	}
	e.Purpose = "perhaps"
	if e.Check() == nil {
		t.Error("a purpose that there is not passes")
	}
}

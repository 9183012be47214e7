package leads

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// ownEvents are the names of the constants Event… and event… of all features.
func ownEvents(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Names) != len(spec.Values) {
				return true
			}
			for i, name := range spec.Names {
				literal, ok := spec.Values[i].(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING || !strings.HasPrefix(strings.ToLower(name.Name), "event") {
					continue
				}
				// The names of events have capitals.
				if value, err := strconv.Unquote(literal.Value); err == nil && value != strings.ToLower(value) {
					names[value] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEveryEventThatAFeatureRecordsHasALook(t *testing.T) {
	names := ownEvents(t)
	if len(names) < 30 {
		t.Fatalf("%d events were found: the search does not see them", len(names))
	}
	for name, path := range names {
		if _, ok := looks[name]; !ok {
			t.Errorf("%q of %s has no look on the timeline", name, path)
		}
	}
}

func TestSourcesAreToldInWordsAndLeadToTheirPages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.SetTitles(func(_ context.Context, kind, key string, _ i18n.Lang) string {
			return map[string]string{"form guide": "Brewing guide", "import 1": "fair.csv", "source 7": "Nakh Coffee", "offer kilo": "A kilo"}[kind+" "+key]
		})
		l := h.upsert(&Profile{Email: "mina@example.com"})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Record(ctx, tx,
				&Event{LeadID: l.ID, Name: eventImported, Source: "import:1", Properties: map[string]any{"import": "fair.csv"}},
				&Event{LeadID: l.ID, Name: EventTagAdded, Source: "key:Shop", Properties: map[string]any{"tag": "vip"}},
				&Event{LeadID: l.ID, Name: EventOfferGranted, Source: "offer:kilo", Properties: map[string]any{"offer": "kilo"}},
				&Event{LeadID: l.ID, Name: "Chair Sat On", Source: "tracking:7", Properties: map[string]any{"client_time": "2031-01-01T00:00:00Z"}})
		})
		h.consent(l, ConsentGranted, func(c *Consent) { c.Source = "form:guide" })
		h.consent(l, ConsentGranted, func(c *Consent) { c.Source = "form:gone" })
		s := h.site()
		path := fmt.Sprintf("/leads/%d", l.ID)
		has(t, s.open(path), `<a href="/imports/1"><bdi>fair.csv</bdi></a>`, "API key “Shop”", `<a href="/offers/kilo"><bdi>A kilo`, `<a href="/sources/7"><bdi>Source “Nakh Coffee”`,
			"clock of the device", `<a href="/forms/guide"><bdi>Form “Brewing guide”`, "<bdi>Form “gone”")
		has(t, s.open(path+"/privacy"), `<a href="/forms/guide"><bdi>Form “Brewing guide”`)
		has(t, s.open(path+"/proof"), "Form “Brewing guide”")
		s.lang = "fa"
		has(t, s.open(path), "فرم «\u2068Brewing guide", "ساعت دستگاه", "کلید API «\u2068Shop")
	})
}

package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Layouts are the frames that a page can be shown in: the workspace, a plain
// visitor page, a full-width landing page, the sign-in card, and a sheet to print or share.
var Layouts = []string{"app", "public", "landing", "auth", "sheet"}

// Set is every page over the layouts and partials, with the catalogue and the assets they
// name. A page is parsed when it is shown first: each holds a copy of all layouts and
// partials, and a server that nobody looks at needs none. It is safe for concurrent use.
type Set struct {
	fsys    fs.FS
	frame   *template.Template
	pages   map[string]func() (*template.Template, error)
	catalog *i18n.Catalog
	assets  *assets
}

// New reads all that is embedded. It fails, naming the file, when a layout, a partial, a
// style sheet or a catalogue is faulty.
func New() (*Set, error) {
	catalog, err := i18n.Load(folder("i18n"))
	if err != nil {
		return nil, err
	}
	assets, err := newAssets(folder("static"))
	if err != nil {
		return nil, err
	}
	return newSet(files, catalog, assets)
}

func newSet(fsys fs.FS, catalog *i18n.Catalog, assets *assets) (*Set, error) {
	frame, err := template.New("").Funcs(funcs(assets)).
		ParseFS(fsys, "layouts/*.gohtml", "partials/*.gohtml")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(fsys, "pages/*.gohtml")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	s := &Set{fsys: fsys, frame: frame, pages: map[string]func() (*template.Template, error){}, catalog: catalog, assets: assets}
	var cloning sync.Mutex
	for _, name := range names {
		s.pages[strings.TrimSuffix(path.Base(name), ".gohtml")] = sync.OnceValues(func() (*template.Template, error) {
			cloning.Lock()
			defer cloning.Unlock()
			return s.parse(name)
		})
	}
	return s, nil
}

// parse reads a page over a copy of the frame.
func (s *Set) parse(name string) (*template.Template, error) {
	page, err := s.frame.Clone()
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	if page, err = page.ParseFS(s.fsys, name); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	if page.Lookup("content") == nil {
		return nil, fmt.Errorf("templates: %s defines no content", name)
	}
	return page, nil
}

// page is the page of this name.
func (s *Set) page(name string) (*template.Template, error) {
	parsed, ok := s.pages[name]
	if !ok {
		return nil, fmt.Errorf("templates: no page %q", name)
	}
	return parsed()
}

// Execute writes a page ("leads_list", as its file is called) in a layout
// ("app"). Nothing is written when the template fails, so a visitor never sees
// half a page.
func (s *Set) Execute(w io.Writer, layout, page string, data any) error {
	t, err := s.page(page)
	if err != nil {
		return err
	}
	if !slices.Contains(Layouts, layout) {
		return fmt.Errorf("templates: no layout %q", layout)
	}
	var buffer bytes.Buffer
	if err := t.ExecuteTemplate(&buffer, layout+".gohtml", data); err != nil {
		return fmt.Errorf("templates: page %s: %w", page, err)
	}
	_, err = buffer.WriteTo(w)
	return err
}

// Pages lists the names of all pages, sorted.
func (s *Set) Pages() []string { return slices.Sorted(maps.Keys(s.pages)) }

// Catalog is the catalogue of every message.
func (s *Set) Catalog() *i18n.Catalog { return s.catalog }

// Asset finds a style sheet, script, font or picture by its plain name
// ("app.css") or by the name with the hash that pages use ("app.1a2b3c4d.css").
func (s *Set) Asset(name string) (Asset, bool) { return s.assets.find(name) }

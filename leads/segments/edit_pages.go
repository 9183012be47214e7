package segments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

type pages struct {
	*Service
	kit *web.Kit
}

// editPage is a segment while it is written. Every button sends all of it, so that
// nothing depends on a script.
type editPage struct {
	web.Page
	IsNew, Static    bool
	Key              string
	NameFA, NameEN   string
	AboutFA, AboutEN string
	Tab              string // tabBuilder or tabYAML
	Root             *part
	YAML             string
	Bad              editErrors
	Words            string // the condition
	Preview          *previewView

	Fields   []heading
	Events   []option
	Tags     []string
	Variants []option
	Segments []option
	Consents []option
	Kinds    []option
	Units    []option

	catalogue leads.Catalogue
}

type editErrors struct {
	Key, Name, About, Condition, YAML string
}

// previewView is whom the condition finds now.
type previewView struct {
	Counted bool
	Count   int64
	Sample  []*leads.Lead
	Limit   time.Duration
	Slow    []string
}

const (
	tabBuilder = "builder"
	tabYAML    = "yaml"
)

func (p pages) newPage(w http.ResponseWriter, r *http.Request) error {
	page := &editPage{Page: p.kit.StaffPage(w, r, "segments.new"), IsNew: true, Tab: tabBuilder}
	page.Static = r.URL.Query().Get("static") != ""
	page.Root = &part{Kind: partGroup, Mode: modeAll, Parts: []*part{newPart(partField)}}
	page.Root.number("c0")
	return p.showEdit(w, r, http.StatusOK, page)
}

func (p pages) editPage(w http.ResponseWriter, r *http.Request) error {
	seg, err := p.Find(r.Context(), p.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	page := &editPage{Page: p.kit.StaffPage(w, r, "segments.edit"), Tab: tabBuilder}
	d := &seg.Definition
	page.Static, page.Key = d.Static, seg.Key
	page.NameFA, page.NameEN = d.Name[i18n.Persian], d.Name[i18n.English]
	page.AboutFA, page.AboutEN = d.Description[i18n.Persian], d.Description[i18n.English]
	page.Root = partOf(d.Who())
	return p.showEdit(w, r, http.StatusOK, page)
}

// postEdit takes the whole page, does what the pressed button says, and shows it again
// until it can be saved.
func (p pages) postEdit(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	page := &editPage{Page: p.kit.StaffPage(w, r, "segments.edit"), Key: r.PathValue("key")}
	if page.Key == "" {
		page.Page, page.IsNew = p.kit.StaffPage(w, r, "segments.new"), true
	} else if seg, err := p.Find(r.Context(), p.db.Read(), page.Key); err != nil {
		return err
	} else {
		page.Static = seg.Definition.Static
	}
	c, ok, err := p.readEdit(r, page)
	if err != nil {
		return err
	}
	switch button := r.PostForm.Get("do"); {
	case button == "save" && ok:
		err := p.saveEdit(r, page, c)
		if err == nil {
			web.SetFlash(w, "good", page.T("segments.saved"))
			return web.Redirect(w, r, "/segments/%s", page.Key)
		}
		if !page.explain(err) {
			return err
		}
		return p.showEdit(w, r, http.StatusUnprocessableEntity, page)
	case button == "save":
		if page.Bad.Condition == "" && page.Bad.YAML == "" {
			page.Bad.Condition = page.T("segments.error.rows")
		}
		return p.showEdit(w, r, http.StatusUnprocessableEntity, page)
	}
	return p.showEdit(w, r, http.StatusOK, page)
}

// readEdit reads the form and brings both tabs to what the open one says. ok is false
// when that is no whole condition yet.
func (p pages) readEdit(r *http.Request, page *editPage) (c conditions.Condition, ok bool, err error) {
	form := r.PostForm
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	page.NameFA, page.NameEN, page.AboutFA, page.AboutEN = get("name_fa"), get("name_en"), get("about_fa"), get("about_en")
	if page.IsNew {
		page.Key, page.Static = get("key"), get("static") != ""
	}
	if page.Tab = tabBuilder; form.Get("tab") == tabYAML {
		page.Tab = tabYAML
	}
	if page.Static {
		return c, true, nil
	}
	if page.catalogue, err = p.leads.Fields(r.Context()); err != nil {
		return c, false, err
	}
	button := form.Get("do")
	if page.Tab == tabYAML {
		return page.readYAML(form, button)
	}
	page.Root = readParts(form)
	page.Root.do(button, form)
	c, ok = page.Root.condition(page.catalogue)
	if button == "" || button == "show" || strings.Contains(button, ":") && !strings.HasPrefix(button, "tab:") {
		page.Root.forgive() // nobody has said yet that they are done
	}
	if button == "tab:"+tabYAML {
		if !ok {
			page.Bad.Condition = page.T("segments.error.rows")
			return c, ok, nil
		}
		page.Tab = tabYAML
		page.YAML, err = writeCondition(c)
	}
	return c, ok, err
}

func (page *editPage) readYAML(form url.Values, button string) (c conditions.Condition, ok bool, err error) {
	page.YAML = form.Get("yaml")
	if len(page.YAML) > 100_000 {
		return c, false, errs.TooLarge
	}
	c, wrong := readCondition(page.YAML)
	if wrong != nil {
		page.Bad.YAML = plainError(page.Locale, wrong)
		return c, false, nil
	}
	if page.Root = partOf(c); button == "tab:"+tabBuilder {
		page.Tab = tabBuilder
	}
	return c, true, nil
}

// forgive takes back what was said about rows that are not complete.
func (p *part) forgive() {
	p.Error = ""
	for _, w := range p.Props {
		w.Error = ""
	}
	for _, sub := range p.Parts {
		sub.forgive()
	}
}

// plainError is a YAML error as one reads it on a page: without its colours and file.
func plainError(l i18n.Locale, err error) string {
	return strings.TrimSpace(ansi.ReplaceAllString(conditions.SayError(l, err), ""))
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func (p pages) saveEdit(r *http.Request, page *editPage, c conditions.Condition) error {
	d := &Definition{Head: manifest.Head{Key: page.Key}, Static: page.Static}
	d.Name, d.Description = i18n.Both(page.NameFA, page.NameEN), i18n.Both(page.AboutFA, page.AboutEN)
	if !page.Static && !manifest.Same(c, conditions.Condition{}) {
		d.Condition = &c
	}
	if page.IsNew {
		return p.Create(r.Context(), d)
	}
	return p.Save(r.Context(), d)
}

// explain puts an error beside its field, and says whether it has one.
func (page *editPage) explain(err error) bool {
	if errors.Is(err, errs.Conflict) && page.IsNew {
		page.Bad.Key = page.T("segments.error.taken")
		return true
	}
	fields, ok := errs.AsFields(err)
	if !ok {
		return false
	}
	for name, message := range page.Say(fields) {
		switch name {
		case "key":
			page.Bad.Key = page.T("segments.error.key")
			if message == errMost[name] {
				page.Bad.Key = page.T("segments.error.most", "n", most)
			}
		case "name":
			page.Bad.Name = page.T("segments.error.name")
		case "description":
			page.Bad.About = page.T("segments.error.about")
		default:
			if page.Bad.Condition = message; strings.HasPrefix(message, "there is no ") {
				page.Bad.Condition = page.T("segments.error.missing", "what", page.Iso(message))
			}
		}
	}
	return true
}

// showEdit shows the page with the words of the condition, its count and a sample.
func (p pages) showEdit(w http.ResponseWriter, r *http.Request, status int, page *editPage) error {
	if page.IsNew && page.Static {
		page.Title = page.T("segments.new.static")
	}
	if err := p.suggest(r.Context(), page); err != nil {
		return err
	}
	if !page.Static {
		if page.Root == nil {
			page.Root = &part{Kind: partGroup, Mode: modeAll}
			page.Root.number("c0")
		}
		if page.Bad.YAML == "" {
			if err := p.look(r, page); err != nil {
				return err
			}
		}
		page.Root.First = true
		page.Root.dressed(page)
	}
	return p.kit.Render(w, status, "app", "segments_edit", page)
}

// look says what the rows that are complete mean, and whom they find.
func (p pages) look(r *http.Request, page *editPage) error {
	copied := partCopy(page.Root)
	c, ok := copied.condition(page.catalogue)
	if !ok {
		return nil
	}
	names, err := p.names(r.Context(), page.Lang)
	if err != nil {
		return err
	}
	page.Words = c.SayWith(page.Locale, names)
	if err := c.Check(); err != nil {
		page.Bad.Condition = conditions.SayError(page.Locale, err)
		return nil
	}
	found, err := p.Preview(r.Context(), c, previewLimit)
	if fields, bad := errs.AsFields(err); bad {
		page.Bad.Condition = fields["condition"]
		return nil
	}
	if err != nil {
		return err
	}
	view := &previewView{Counted: found.Counted, Count: found.Count, Sample: found.Sample, Limit: previewLimit}
	for _, part := range found.Slow {
		view.Slow = append(view.Slow, part.SayWith(page.Locale, names))
	}
	page.Preview = view
	if found.Counted && found.Count == 0 { // a slip of the pen finds nobody
		unknown, err := p.unknownVariant(r.Context(), c)
		if err != nil {
			return err
		}
		if unknown != "" && page.Bad.Condition == "" {
			page.Bad.Condition = page.T("segments.error.variant", "variant", page.Iso(unknown))
		}
	}
	return nil
}

// unknownVariant is the first version of an experiment that a condition names and that
// nobody could choose from the list, as "experiment/version"; "" for none. One in the
// archive is such a version, too, though people may be in it.
func (p pages) unknownVariant(ctx context.Context, c conditions.Condition) (string, error) {
	asked := conditions.Needs(c).Sets[conditions.SetVariant]
	if len(asked) == 0 {
		return "", nil
	}
	known, err := p.leads.Variants(ctx, i18n.English)
	if err != nil {
		return "", fmt.Errorf("segments: variants: %w", err)
	}
	for _, key := range asked {
		if !slices.ContainsFunc(known, func(v leads.Variant) bool { return v.Key == key }) {
			return key, nil
		}
	}
	return "", nil
}

// partCopy copies a builder, so that asking whether it is complete marks nothing.
func partCopy(p *part) *part {
	out := *p
	out.Parts = nil
	for _, sub := range p.Parts {
		out.Parts = append(out.Parts, partCopy(sub))
	}
	out.Props = nil
	for _, w := range p.Props {
		prop := *w
		out.Props = append(out.Props, &prop)
	}
	return &out
}

package campaigns

import (
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type emailPage struct {
	web.Page
	Key                    string
	From, Subject, Preview string
	Shown                  i18n.Lang // the language previewed
	Langs                  []langTab
	Phone                  bool
	Experiment             string // that says who gets which of the versions; "" for none
	ExperimentName         string
	Versions               []versionLink
	Version                string   // the one previewed; "" where there is only one
	Text                   []string // the plain part, line by line
}

// versionLink leads to the preview of a version.
type versionLink struct {
	Key, Name string
	Current   bool
}

type langTab struct {
	Lang    i18n.Lang
	Name    string
	Current bool
}

// email previews an e-mail for a sample reader.
func (p pages) email(w http.ResponseWriter, r *http.Request) error {
	e, m, err := p.sample(r)
	if err != nil {
		return err
	}
	page := emailPage{
		Page: p.kit.StaffPage(w, r, ""), Key: e.Key, From: m.FromName, Subject: m.Subject, Shown: m.Lang,
		Phone: r.URL.Query().Get("on") == "phone", Text: strings.Split(strings.TrimSpace(m.Text), "\n"),
	}
	page.Title = e.Definition.Name.In(page.Lang)
	for _, l := range e.Definition.Langs() {
		page.Langs = append(page.Langs, langTab{l, l.Name(), l == m.Lang})
	}
	if err := p.versions(r, e, &page); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "app", "campaigns_email", page)
}

// versions fills in what of the e-mail an experiment tries out.
func (p pages) versions(r *http.Request, e *Email, page *emailPage) error {
	if len(e.Definition.Variants) == 0 {
		return nil
	}
	names, err := p.effects.Experiments.Names(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	page.Experiment, page.ExperimentName = e.Definition.Experiment, names.Experiment(e.Definition.Experiment)
	page.Version = version(r, e)
	for _, v := range e.Definition.Variants {
		page.Versions = append(page.Versions, versionLink{v.Key, names.Variant(page.Experiment, v.Key, page.Lang), v.Key == page.Version})
	}
	return nil
}

// version is the variant of ?version=, else the first; "" where the e-mail has none.
func version(r *http.Request, e *Email) string {
	switch wanted := r.URL.Query().Get("version"); {
	case len(e.Definition.Variants) == 0:
		return ""
	case e.Definition.Has(wanted):
		return wanted
	}
	return e.Definition.Variants[0].Key
}

// preview is the e-mail alone, for the frame on its page. It runs no script, and
// nothing but its own styles and pictures is loaded.
func (p pages) preview(w http.ResponseWriter, r *http.Request) error {
	_, m, err := p.sample(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; sandbox allow-popups; frame-ancestors 'self'")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write([]byte(m.HTML))
	return err
}

// sample renders the e-mail of the path in the language of ?in=, else in the page's.
func (p pages) sample(r *http.Request) (*Email, content.Message, error) {
	e, err := p.FindEmail(r.Context(), r.PathValue("key"))
	if err != nil {
		return nil, content.Message{}, err
	}
	wanted, ok := i18n.Parse(r.URL.Query().Get("in"))
	if !ok {
		wanted = p.kit.Page(r, "").Lang
	}
	letter, err := p.letter(e, wanted, version(r, e))
	if err != nil {
		return nil, content.Message{}, err
	}
	m, err := letter.Render(content.SampleReader(e.Definition.Lang(wanted), p.look.Site), p.look.Brand, content.Links{Unsubscribe: p.look.Site + "/"})
	return e, m, err
}

package forms

import (
	"net/http"
	"net/url"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type landingPage struct {
	web.Page
	Eyebrow, Text string
	Features      []featureView
	Quote, By     string
	Footer        string
	Form          formView
	Preview       string // the version that a signed link shows; "" for visitors
}

type featureView struct{ Title, Text string }

// landing shows a landing page: the variant that belongs to this visitor, the same
// one at each visit.
func (s *Service) landing(w http.ResponseWriter, r *http.Request) error {
	p, v, visitor, err := s.pageFor(w, r)
	if err != nil {
		return err
	}
	preview, isPreview := s.previewed(r, p)
	if isPreview {
		v = preview
	}
	f, err := s.forms.Find(r.Context(), v.Form)
	if err != nil {
		return err
	}
	if p.Definition.Experiment != "" && !isPreview && r.Method == http.MethodGet && r.Header.Get("Sec-Purpose") == "" && !web.IsBot(r) && !web.OfTheTeam(r) {
		if err := s.split.Expose(r.Context(), p.Definition.Experiment, v.Key, visitor, web.VisitOf(r, s.kit.Page(r, "").Lang)); err != nil {
			// A visitor is shown the page all the same: one count less is the smaller harm.
			s.log.Error("exposure not counted", "experiment", p.Definition.Experiment, "request", web.RequestID(r), "error", err)
		}
	}
	return s.showLanding(w, r, http.StatusOK, p, v, f, visitor, nil, nil)
}

// landingReceive takes the form of a landing page. Bad answers bring the same page
// back, with what was typed and the messages beside the fields.
func (s *Service) landingReceive(w http.ResponseWriter, r *http.Request) error {
	p, v, visitor, err := s.pageFor(w, r)
	if err != nil {
		return err
	}
	f, err := s.forms.Find(r.Context(), v.Form)
	if err != nil {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	r.PostForm.Set(paramVisitor, visitor)
	a, err := s.take(r, f, r.PostForm)
	if bad, ok := errs.AsFields(err); ok {
		s.refused(r, f, bad)
		return s.showLanding(w, r, http.StatusUnprocessableEntity, p, v, f, visitor, r.PostForm, bad)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/f/%s/thanks?lang=%s", url.PathEscape(f.Key), a.lang)
}

// pageFor finds the page and the variant of the visitor who asks.
func (s *Service) pageFor(w http.ResponseWriter, r *http.Request) (*LandingPage, PageVariant, string, error) {
	p, err := s.pages.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return nil, PageVariant{}, "", err
	}
	visitor := s.visitor(w, r)
	var variant string
	if p.Definition.Experiment != "" {
		if variant, err = s.split.Assign(r.Context(), p.Definition.Experiment, visitor, web.VisitOf(r, s.kit.Page(r, "").Lang)); err != nil {
			s.log.Error("no variant assigned", "experiment", p.Definition.Experiment, "request", web.RequestID(r), "error", err)
		}
	}
	return p, p.Definition.variant(variant), visitor, nil
}

func (s *Service) showLanding(w http.ResponseWriter, r *http.Request, status int, p *LandingPage, v PageVariant, f *Form, visitor string, post url.Values, bad errs.Fields) error {
	page := s.kit.Page(r, "")
	lang := page.Lang
	page.Title = v.Title.In(lang)
	data := landingPage{
		Page: page, Eyebrow: v.Eyebrow.In(lang), Text: v.Text.In(lang),
		Form: s.show(page, f, "/p/"+p.Key+"?lang="+string(lang)+"#form", post, bad),
	}
	data.Form.Hidden = hidden(r, post, visitor, lang)
	if _, ok := s.previewed(r, p); ok {
		data.Preview = v.Key
	}
	for _, feature := range v.Features {
		data.Features = append(data.Features, featureView{feature.Title.In(lang), feature.Text.In(lang)})
	}
	if v.Quote != nil {
		data.Quote, data.By = v.Quote.Text.In(lang), v.Quote.By.In(lang)
	}
	if v.Footer != nil {
		data.Footer = v.Footer.In(lang)
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.kit.Render(w, status, "landing", "forms_landing", data)
}

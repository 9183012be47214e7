package forms

import (
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
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

// visit is a landing page as one visitor is shown it.
type visit struct {
	page    *LandingPage
	variant PageVariant
	form    *Form      // in the visitor's version
	shelved *Form      // the same as it stands on the shelf
	inside  *formVisit // the form in the visitor's version; nil in a preview
	visitor string     // whose answers they are
	from    web.Visit
	preview bool // a signed link chose the variant; nothing is counted
}

// landing shows a landing page: the variant that belongs to this visitor, the same
// one at each visit.
func (s *Service) landing(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitTo(w, r, nil)
	if err != nil {
		return err
	}
	if v.preview {
		return s.showLanding(w, r, http.StatusOK, v, nil, nil)
	}
	if r.Method == http.MethodGet && byVisitor(r) {
		s.countVisit(w, r, v, false)
		s.see(r, v.page.Definition.Experiment, v.variant.Key, v.visitor, v.from)
		s.see(r, v.form.Definition.Experiment, v.inside.variant, v.visitor, v.from)
	}
	return s.showDrawn(w, r, v)
}

// landingReceive takes the form of a landing page. Bad answers bring the same page
// back, with what was typed and the messages beside the fields.
func (s *Service) landingReceive(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	v, err := s.visitTo(w, r, r.PostForm)
	if err != nil {
		return err
	}
	r.PostForm.Set(paramVisitor, v.visitor)
	a, err := s.take(r, v.form, r.PostForm)
	if bad, ok := errs.AsFields(err); ok {
		s.refused(r, v.form, bad)
		return s.showLanding(w, r, http.StatusUnprocessableEntity, v, r.PostForm, bad)
	}
	if err != nil {
		return err
	}
	if v.counts(r) && !a.trapped {
		s.countVisit(w, r, v, true)
	}
	return web.Redirect(w, r, "/f/%s/thanks?lang=%s", url.PathEscape(v.form.Key), a.lang)
}

// visitTo finds the page, and the variant and form for the visitor who asks. Who comes by
// a signed link is a visitor of that one request, whom no experiment knows: so nothing
// they do counts, even if their browser takes part.
func (s *Service) visitTo(w http.ResponseWriter, r *http.Request, post url.Values) (*visit, error) {
	p, err := s.pages.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	v := &visit{page: p, from: web.VisitOf(r, s.kit.Lang(r))}
	key := s.asked(r)
	if p.Definition.has(key) {
		v.variant, v.preview, v.visitor = p.Definition.variant(key), true, rand.Text()
	} else {
		v.visitor = s.visitor(w, r)
		variant := post.Get(paramVariant)
		if experiment := p.Definition.Experiment; experiment != "" && !p.Definition.has(variant) {
			variant = s.assigned(r, experiment, v.visitor, v.from)
		}
		v.variant = p.Definition.variant(variant)
	}
	if v.form, err = s.forms.Find(r.Context(), v.variant.Form); err == nil && !v.preview {
		v.inside = s.formVisit(r, v.form, v.visitor, post.Get(paramVersion), v.from)
		v.shelved, v.form = v.form, v.inside.form
	}
	return v, err
}

const landingLayout, landingTemplate = "landing", "forms_landing"

func (s *Service) showLanding(w http.ResponseWriter, r *http.Request, status int, v *visit, post url.Values, bad errs.Fields) error {
	page := s.kit.Page(r, "")
	data := s.landingPage(page, r, v, post, bad, v.hidden(r, post, page.Lang))
	w.Header().Set("Cache-Control", "no-store")
	return s.kit.Render(w, status, landingLayout, landingTemplate, data)
}

// landingPage is the page in the version that is shown, with these hidden fields in its form.
func (s *Service) landingPage(page web.Page, r *http.Request, shown *visit, post url.Values, bad errs.Fields, own []hiddenView) landingPage {
	v, lang := shown.variant, page.Lang
	page.Title = v.Title.In(lang)
	action := url.Values{"lang": {string(lang)}}
	if shown.preview {
		keepPreview(r, action)
	}
	data := landingPage{
		Page: page, Eyebrow: v.Eyebrow.In(lang), Text: v.Text.In(lang),
		Form: s.show(page, shown.form, "/p/"+shown.page.Key+"?"+action.Encode()+"#form", post, bad),
	}
	data.Form.Hidden = own
	if shown.preview {
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
	return data
}

// hidden carries through the form who was shown what.
func (v *visit) hidden(r *http.Request, post url.Values, lang i18n.Lang) []hiddenView {
	own := hidden(r, post, v.visitor, lang)
	if !v.preview {
		own = append(own, hiddenView{paramVariant, v.variant.Key})
		own = append(own, v.inside.shown()...)
	}
	return own
}

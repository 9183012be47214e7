package forms

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type formPage struct {
	web.Page
	Form    formView
	Preview string // the version that a signed link shows; "" for visitors
}

// form shows a form as a page of its own.
func (s *Service) form(w http.ResponseWriter, r *http.Request) error {
	f, err := s.forms.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	v := s.formVisit(r, f, s.visitor(w, r), "", web.VisitOf(r, s.kit.Lang(r)))
	if v.preview == "" && r.Method == http.MethodGet && byVisitor(r) {
		s.countForm(w, r, v.form, s.today(), v.visitor, false)
		s.see(r, v.form.Definition.Experiment, v.variant, v.visitor, v.from)
	}
	return s.showForm(w, r, http.StatusOK, v, nil, nil)
}

func (s *Service) showForm(w http.ResponseWriter, r *http.Request, status int, v *formVisit, post url.Values, bad errs.Fields) error {
	page := s.kit.Page(r, "")
	page.Title = v.form.Definition.Title.In(page.Lang)
	action := url.Values{"lang": {string(page.Lang)}}
	if v.preview != "" {
		keepPreview(r, action)
	}
	view := s.show(page, v.form, "/f/"+url.PathEscape(v.form.Key)+"?"+action.Encode(), post, bad)
	view.Hidden = append(hidden(r, post, v.visitor, page.Lang), v.shown()...)
	w.Header().Set("Cache-Control", "no-store")
	return s.kit.Render(w, status, "public", "forms_form", formPage{page, view, v.preview})
}

// address is where an embedded form is sent to. It names the language, so that what is
// answered is in that of the form, whatever the browser prefers.
func address(f *Form, lang i18n.Lang) string {
	return "/f/" + url.PathEscape(f.Key) + "?lang=" + string(lang)
}

// receive takes a submission: from the page (303 to the thanks, or 422 with the page
// filled in), or from a script (JSON either way).
func (s *Service) receive(w http.ResponseWriter, r *http.Request) error {
	scripts.Allow(w)
	f, err := s.forms.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	body, err := posted(r)
	if err != nil {
		return err
	}
	v := s.formVisit(r, f, body.text(paramVisitor), body.text(paramVersion), web.VisitOf(r, s.kit.Lang(r)))
	post, err := body.values(&v.form.Definition)
	if err != nil {
		return err
	}
	if v.preview != "" {
		post.Set(paramVisitor, v.visitor)
	}
	a, err := s.take(r, v.form, post)
	if bad, ok := errs.AsFields(err); ok && !web.WantsJSON(r) {
		s.refused(r, v.form, bad)
		return s.showForm(w, r, http.StatusUnprocessableEntity, v, post, bad)
	}
	if err != nil {
		return err
	}
	if !a.trapped {
		s.countSent(w, r, v, body)
	}
	if !web.WantsJSON(r) {
		return s.thankedAt(w, r, v, a.lang)
	}
	thanks := v.form.Definition.Thanks
	return web.JSON(w, http.StatusCreated, struct {
		Title string `json:"title"`
		Text  string `json:"text,omitempty"`
	}{thanks.Title.In(a.lang), thanks.Text.In(a.lang)})
}

// take reads, checks and stores what was posted to a form.
func (s *Service) take(r *http.Request, f *Form, post url.Values) (*answers, error) {
	if f.Definition.Closed {
		return nil, fmt.Errorf("form %s: closed: %w", f.Key, errs.Gone)
	}
	a, err := f.Definition.read(r, post, s.kit.Lang(r))
	if err != nil {
		return nil, err
	}
	if a.trapped {
		// A program filled in what people do not see: it is told that all went well.
		s.log.Info("submission left out: the hidden field was filled in", "form", f.Key, "request", web.RequestID(r))
		return a, nil
	}
	return a, s.submit(r.Context(), f, a)
}

func (s *Service) refused(r *http.Request, f *Form, bad errs.Fields) {
	s.log.Info("submission refused", "form", f.Key, "request", web.RequestID(r), "fields", bad.Error())
}

// scripts of any page may post a form and read the answer.
var scripts = web.Scripts{Methods: "GET, POST", Headers: "Content-Type, Accept", Reads: headerSplit + ", " + headerCounted}

// thankedAt leads to the thanks of a form, in the version that was filled in.
func (s *Service) thankedAt(w http.ResponseWriter, r *http.Request, v *formVisit, lang i18n.Lang) error {
	path := "/f/" + v.form.Key + "/thanks"
	query := url.Values{"lang": {string(lang)}}
	if v.preview != "" {
		path = s.previewLink(path, v.preview) + "&" + query.Encode()
	} else {
		path += "?" + query.Encode()
	}
	return web.Redirect(w, r, "%s", path)
}

type thanksPage struct {
	web.Page
	Text string
}

func (s *Service) thanks(w http.ResponseWriter, r *http.Request) error {
	f, err := s.forms.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	page := s.kit.Page(r, "")
	thanks := s.formVisit(r, f, visitorOf(r), "", web.VisitOf(r, s.kit.Lang(r))).form.Definition.Thanks
	page.Title = thanks.Title.In(page.Lang)
	return s.kit.Render(w, http.StatusOK, "public", "forms_thanks", thanksPage{page, thanks.Text.In(page.Lang)})
}

// embedScript is the one script that a page of somebody else loads.
func (s *Service) embedScript(w http.ResponseWriter, r *http.Request) error {
	script, ok := s.kit.Templates.Asset("embed.js")
	if !ok {
		return errors.New("embed.js is not built in")
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return web.ServeAsset(w, r, script)
}

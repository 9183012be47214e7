package forms

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// formView is a form in one language, ready for the template: on a page of its own,
// on a landing page, or embedded elsewhere.
type formView struct {
	Key    string
	Lang   i18n.Lang
	Dir    string
	Action string
	Title  string
	Intro  string
	Button string
	Closed string // the sentence that stands in the form's place
	Alert  string // why the form is shown again
	Fields []fieldView
	Ask    *askView
	Hidden []hiddenView
	Trap   string // the label of the field that people do not see
}

type fieldView struct {
	ID, Name, Type, Label, Hint, Error, Value string
	Autocomplete, InputMode, Dir, Placeholder string
	Required, Checked                         bool
	Optional                                  string
	Max                                       int
	Options                                   []optionView
}

type optionView struct {
	Value, Label string
	Selected     bool
}

type askView struct {
	Words, Error      string
	Required, Checked bool
}

type hiddenView struct{ Name, Value string }

// show prepares a form. post is what the visitor sent before, if anything, and bad
// says which of it was wrong.
func (s *Service) show(page web.Page, f *Form, action string, post url.Values, bad errs.Fields) formView {
	d, lang := f.Definition, page.Lang
	v := formView{
		Key: f.Key, Lang: lang, Dir: page.Dir(), Action: action,
		Title: d.Title.In(lang), Intro: d.Intro.In(lang), Button: d.Button.In(lang),
		Trap: page.T("forms.trap"),
	}
	if d.Closed {
		v.Closed = page.T("forms.closed")
		return v
	}
	said := page.Say(bad)
	if len(bad) > 0 {
		v.Alert = page.T("forms.correct", "n", len(bad))
		for _, name := range slices.Sorted(maps.Keys(bad)) {
			if _, ok := d.field(name); !ok && name != paramConsent {
				v.Alert += " " + page.Iso(name) + ": " + said[name]
			}
		}
	}
	for _, field := range d.Fields {
		v.Fields = append(v.Fields, field.view(page, post.Get(field.Name), said[field.Name]))
	}
	if c := d.Consent; c != nil {
		v.Ask = &askView{
			Words: c.Words.In(lang), Required: c.Required,
			Checked: isTrue(post.Get(paramConsent)), Error: said[paramConsent],
		}
	}
	return v
}

func (f Field) view(page web.Page, value, problem string) fieldView {
	v := fieldView{
		ID: "f-" + f.Name, Name: f.Name, Type: f.Type, Label: f.Label.In(page.Lang), Hint: f.Hint.In(page.Lang),
		Required: f.Required, Value: value, Error: problem, Checked: f.Type == "checkbox" && isTrue(value),
		Max: f.maxLength(), Autocomplete: autocomplete[f.Name],
	}
	if !f.Required {
		v.Optional = page.T("forms.optional")
	}
	switch f.Type {
	case "email", "url", "phone", "date":
		v.Dir = "ltr"
	}
	switch f.Type {
	case "phone":
		v.Type, v.InputMode = "tel", "tel"
	case "number":
		// type=number refuses Persian digits; the server reads them.
		v.Type, v.InputMode = "text", "decimal"
	case "date":
		// The browser's own picker knows no Jalali calendar.
		if page.Lang == i18n.Persian {
			v.Type, v.InputMode, v.Placeholder = "text", "numeric", page.T("forms.date.like")
		}
	}
	for _, o := range f.Options {
		v.Options = append(v.Options, optionView{o.Value, o.Label.In(page.Lang), o.Value == value})
	}
	return v
}

var autocomplete = map[string]string{
	"email": "email", "first_name": "given-name", "last_name": "family-name", "phone": "tel",
	"company": "organization", "city": "address-level2", "country": "country",
}

// hidden carries where the visitor came from through the form, without a cookie.
func hidden(r *http.Request, post url.Values, visitor string, lang i18n.Lang) []hiddenView {
	query := r.URL.Query()
	// Of a form that comes back, what it carried counts, not where it was posted from.
	keep := func(name, fallback string) hiddenView {
		if post != nil {
			fallback = post.Get(name)
		}
		return hiddenView{name, clip(fallback, 500)}
	}
	list := []hiddenView{
		keep(paramOnce, rand.Text()), {paramLang, string(lang)},
		keep(paramPage, r.URL.Path), keep(paramReferrer, r.Referer()),
	}
	if visitor != "" {
		list = append(list, hiddenView{paramVisitor, visitor})
	}
	for _, name := range utmParams {
		if h := keep(name, query.Get(name)); h.Value != "" {
			list = append(list, h)
		}
	}
	return list
}

// VisitorCookie holds the number by which a browser is recognised, on this site
// only. It names nobody.
const VisitorCookie = "visitor"

// visitor returns the browser's number and gives it one when it has none.
func (s *Service) visitor(w http.ResponseWriter, r *http.Request) string {
	if id := visitorOf(r); id != "" {
		return id
	}
	id := rand.Text()
	http.SetCookie(w, &http.Cookie{
		Name: VisitorCookie, Value: id, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.kit.Secure(),
	})
	return id
}

// visitorOf is the number that a browser has; "" when it has none.
func visitorOf(r *http.Request) string {
	if c, err := r.Cookie(VisitorCookie); err == nil && VisitorID.MatchString(c.Value) {
		return c.Value
	}
	return ""
}

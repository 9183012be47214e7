package access

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type setupPage struct {
	web.Page
	Usable        bool // the link can be used
	Token         string
	Email         string
	EmailError    string
	PasswordError string
	AgainError    string
	MinPassword   int
}

// showSetup asks for the first account's e-mail and password. Once there is an
// account it leads to the sign-in; without a good link it says where to find one.
func (p pages) showSetup(w http.ResponseWriter, r *http.Request) error {
	exists, err := anyUser(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	if exists {
		return web.Redirect(w, r, "/signin")
	}
	token := r.URL.Query().Get("token")
	page := p.setupPage(r, token)
	if token == "" {
		return p.auth(w, http.StatusOK, "access_setup", page)
	}
	err = p.checkLink(r.Context(), linkSetup, token)
	if errors.Is(err, errs.NotFound) || errors.Is(err, errs.Gone) {
		return p.auth(w, web.Status(err), "access_setup", page)
	}
	if err != nil {
		return err
	}
	page.Usable = true
	return p.auth(w, http.StatusOK, "access_setup", page)
}

func (p pages) postSetup(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	form := r.PostForm
	page := p.setupPage(r, form.Get("token"))
	page.Email = form.Get("email")
	bad := errs.Fields{}
	if fields, ok := errs.AsFields(checkCredentials(page.Email, form.Get("password"))); ok {
		bad = fields
	}
	if form.Get("again") != form.Get("password") {
		bad["again"] = "errors.access.again"
	}
	if len(bad) > 0 {
		said := page.Say(bad)
		page.Usable = true
		page.EmailError, page.PasswordError, page.AgainError = said["email"], said["password"], said["again"]
		return p.auth(w, http.StatusUnprocessableEntity, "access_setup", page)
	}
	u, err := p.setUp(r.Context(), page.Token, page.Email, form.Get("password"))
	if errors.Is(err, errs.Gone) {
		return p.auth(w, web.Status(err), "access_setup", page)
	}
	if err != nil {
		return err
	}
	if err := p.begin(w, r, u); err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("access.setup.done"))
	return web.Redirect(w, r, "/")
}

func (p pages) setupPage(r *http.Request, token string) setupPage {
	page := setupPage{Page: p.kit.Page(r, "access.setup.title"), Token: token, MinPassword: minPassword}
	page.Path = "/setup?token=" + url.QueryEscape(token) // a change of language keeps the link
	return page
}

// auth renders a page of the way in, which no cache may keep.
func (p pages) auth(w http.ResponseWriter, status int, name string, data any) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Frame-Options", "DENY")
	return p.kit.Render(w, status, "auth", name, data)
}

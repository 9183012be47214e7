package access

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type signInPage struct {
	web.Page
	Next    string // where to go afterwards, always on this site
	Email   string
	Message string // why it did not work
}

func (p pages) showSignIn(w http.ResponseWriter, r *http.Request) error {
	page := p.signInPage(r, r.URL.Query().Get("next"))
	if _, err := p.sessionUser(r); err == nil {
		return web.Redirect(w, r, "%s", page.Next)
	}
	exists, err := anyUser(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	if !exists { // a fresh installation: say how the first account is made
		return web.Redirect(w, r, "/setup")
	}
	return p.auth(w, http.StatusOK, "access_signin", page)
}

func (p pages) postSignIn(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	page := p.signInPage(r, r.PostForm.Get("next"))
	page.Email = r.PostForm.Get("email")
	u, err := p.authenticate(r.Context(), web.ClientIP(r), page.Email, r.PostForm.Get("password"))
	switch {
	case errors.Is(err, errs.Unauthorized):
		page.Message = page.T("access.signin.wrong")
		return p.auth(w, http.StatusUnprocessableEntity, "access_signin", page)
	case errors.Is(err, errs.TooMany):
		page.Message = page.T("access.signin.too_many", "wait", tryAgainAccount)
		w.Header().Set("Retry-After", "30")
		return p.auth(w, web.Status(err), "access_signin", page)
	case err != nil:
		return err
	}
	if err := p.begin(w, r, u); err != nil {
		return err
	}
	return web.Redirect(w, r, "%s", page.Next)
}

func (p pages) signInPage(r *http.Request, next string) signInPage {
	page := signInPage{Page: p.kit.Page(r, "access.signin.title"), Next: web.LocalPath(next)}
	page.Path = "/signin?next=" + url.QueryEscape(page.Next)
	return page
}

func (p pages) postSignOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.end(w, r); err != nil {
		return err
	}
	return web.Redirect(w, r, "/signin")
}

type linkPage struct {
	web.Page
	Usable bool
	Token  string
}

// showLink shows a button and uses nothing up: mail scanners and browsers that
// fetch links in advance must not burn it.
func (p pages) showLink(w http.ResponseWriter, r *http.Request) error {
	page := p.linkPage(r, r.URL.Query().Get("token"))
	err := p.checkLink(r.Context(), linkSignIn, page.Token)
	switch {
	case errors.Is(err, errs.NotFound), errors.Is(err, errs.Gone):
		return p.auth(w, web.Status(err), "access_link", page)
	case err != nil:
		return err
	}
	page.Usable = true
	return p.auth(w, http.StatusOK, "access_link", page)
}

func (p pages) postLink(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	page := p.linkPage(r, r.PostForm.Get("token"))
	u, err := p.useSignInLink(r.Context(), page.Token)
	if errors.Is(err, errs.Gone) {
		return p.auth(w, web.Status(err), "access_link", page)
	}
	if err != nil {
		return err
	}
	if err := p.begin(w, r, u); err != nil {
		return err
	}
	return web.Redirect(w, r, "/")
}

func (p pages) linkPage(r *http.Request, token string) linkPage {
	page := linkPage{Page: p.kit.Page(r, "access.link.title"), Token: token}
	page.Path = "/signin/link?token=" + url.QueryEscape(token)
	return page
}

package access

import (
	"errors"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type keysPage struct {
	web.Page
	Keys      []*Key
	Made      string // a new key, shown this once
	Name      string
	NameError string
	WallNow   time.Time
}

func (p pages) showKeys(w http.ResponseWriter, r *http.Request) error {
	return p.keysPage(w, r, http.StatusOK, keysPage{})
}

// postKey answers with the page itself, not with a redirect: the key is nowhere
// kept and can be shown only now. Reloading is a Conflict, as the name is taken.
func (p pages) postKey(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	page := keysPage{Name: r.PostForm.Get("name")}
	_, whole, err := p.CreateKey(r.Context(), page.Name, web.Who(r).Name)
	locale := p.kit.Page(r, "access.keys.title")
	if fields, ok := errs.AsFields(err); ok {
		page.NameError = locale.Say(fields)["name"]
		return p.keysPage(w, r, http.StatusUnprocessableEntity, page)
	}
	if errors.Is(err, errs.Conflict) {
		page.NameError = locale.T("access.keys.taken")
		return p.keysPage(w, r, web.Status(err), page)
	}
	if err != nil {
		return err
	}
	return p.keysPage(w, r, http.StatusOK, keysPage{Made: whole})
}

func (p pages) postRevoke(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := p.RevokeKey(r.Context(), id); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("access.keys.revoked_now"))
	return web.Redirect(w, r, "/settings/keys")
}

func (p pages) keysPage(w http.ResponseWriter, r *http.Request, status int, page keysPage) error {
	keys, err := p.ListKeys(r.Context())
	if err != nil {
		return err
	}
	page.Page, page.Keys, page.WallNow = p.kit.StaffPage(w, r, "access.keys.title"), keys, p.wall.Now()
	return p.kit.Render(w, status, "app", "access_keys", page)
}

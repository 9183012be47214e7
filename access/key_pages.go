package access

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type keysPage struct {
	web.Page
	Keys       []keyRow
	Made       string // a new key, shown this once
	Name       string
	NameError  string
	Everything bool // the scope that stands for all is chosen
	Scopes     []scopeRow
	ScopeError string
	WallNow    time.Time
}

// keyRow is a key with its scopes in words: none when it may do everything.
type keyRow struct {
	*Key
	May []string
}

// scopeRow is a line of the choice of scopes.
type scopeRow struct {
	Name, Label      string
	Read, Write      bool // whether there is anything to read, to write
	Reading, Writing bool // whether it is chosen
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
	scopes := web.Scopes(r.PostForm["scope"])
	page := keysPage{Name: r.PostForm.Get("name"), Everything: slices.Contains(scopes, web.EveryScope)}
	locale := p.kit.Page(r, "access.keys.title")
	page.Scopes = scopeRows(locale, scopes)
	_, whole, err := p.CreateKey(r.Context(), page.Name, web.Who(r).Name, scopes)
	if fields, ok := errs.AsFields(err); ok {
		said := locale.Say(fields)
		page.NameError, page.ScopeError = said["name"], said["scopes"]
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
	page.Page, page.WallNow = p.kit.StaffPage(w, r, "access.keys.title"), p.wall.Now()
	for _, k := range keys {
		page.Keys = append(page.Keys, keyRow{k, inWords(page.Page, k.Scopes)})
	}
	if page.Scopes == nil {
		page.Scopes = scopeRows(page.Page, nil)
	}
	return p.kit.Render(w, status, "app", "access_keys", page)
}

// scopeRows is the choice of scopes, with those that were chosen before.
func scopeRows(page web.Page, chosen web.Scopes) []scopeRow {
	rows := make([]scopeRow, len(scopeGroups))
	for i, g := range scopeGroups {
		rows[i] = scopeRow{
			Name: g.Name, Label: page.T("access.scope." + g.Name), Read: g.Read, Write: g.Write,
			Reading: slices.Contains(chosen, g.Name+":read"), Writing: slices.Contains(chosen, g.Name+":write"),
		}
	}
	return rows
}

// inWords says what scopes allow, one group of the workspace after the other.
func inWords(page web.Page, scopes web.Scopes) []string {
	var words []string
	for _, row := range scopeRows(page, scopes) {
		switch {
		case row.Reading && row.Writing:
			words = append(words, page.T("access.scopes.both", "what", row.Label))
		case row.Reading:
			words = append(words, page.T("access.scopes.read", "what", row.Label))
		case row.Writing:
			words = append(words, page.T("access.scopes.write", "what", row.Label))
		}
	}
	return words
}

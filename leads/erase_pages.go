package leads

import (
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type erasePage struct {
	web.Page
	Lead         *Lead
	Name         string
	Emails       []string
	Goes         []countRow // what is emptied
	Merged       int
	Reason       string
	ReasonError  string
	Suppress     bool
	Unsubscribed bool // they are kept from it anyway
}

// erase says what will go, and asks.
func (p pages) erase(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	return p.showErase(w, r, http.StatusOK, l, erasePage{Suppress: true})
}

func (p pages) showErase(w http.ResponseWriter, r *http.Request, status int, l *Lead, data erasePage) error {
	if err := l.stands(); err != nil {
		return err
	}
	ctx := r.Context()
	data.Page, data.Lead = p.kit.StaffPage(w, r, "privacy.erase"), l
	data.Name = calledOn(data.Page, l)
	who, err := p.s.Person(ctx, p.s.db.Read(), l.ID)
	if err != nil {
		return err
	}
	data.Emails, data.Merged = who.Emails(), len(who.Merged)
	data.Goes, err = p.s.counts(ctx, &teller{Page: data.Page, ctx: ctx, desk: p.s.desk}, who.IDs())
	if err != nil {
		return err
	}
	return p.kit.Render(w, status, "app", "leads_erase", data)
}

// doErase erases.
func (p pages) doErase(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	asked := EraseRequest{LeadID: l.ID, Reason: r.PostForm.Get("reason"), By: web.Who(r).Name, Suppress: r.PostForm.Get("suppress") != ""}
	page := p.kit.Page(r, "")
	if r.PostForm.Get("sure") == "" {
		return p.showErase(w, r, http.StatusUnprocessableEntity, l, erasePage{Reason: asked.Reason, Suppress: asked.Suppress, ReasonError: page.T("privacy.erase.sure.missing")})
	}
	_, err = p.s.Erase(r.Context(), asked)
	if bad, ok := errs.AsFields(err); ok {
		return p.showErase(w, r, http.StatusUnprocessableEntity, l, erasePage{Reason: asked.Reason, Suppress: asked.Suppress, ReasonError: page.Say(bad)["reason"]})
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("privacy.erase.done"))
	return web.Redirect(w, r, "/leads/erasures")
}

type erasuresPage struct {
	web.Page
	Known   string
	Erased  []*Erased
	Next    int64
	First   bool
	Nothing bool // nobody of that name was erased
}

// erasures is the log of who was erased.
func (p pages) erasures(w http.ResponseWriter, r *http.Request) error {
	before := queryID(r, "before")
	data := erasuresPage{Page: p.kit.StaffPage(w, r, "privacy.erasures"), Known: strings.TrimSpace(r.URL.Query().Get("q")), First: before == 0}
	var more bool
	var err error
	if data.Erased, more, err = p.s.Erasures(r.Context(), data.Known, before, perPage); err != nil {
		return err
	}
	data.Nothing = data.Known != "" && len(data.Erased) == 0
	if more {
		data.Next = data.Erased[len(data.Erased)-1].ID
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_erasures", data)
}

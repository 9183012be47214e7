package tracking

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// sourceForm is what a person types about a source, with what is wrong with it.
type sourceForm struct {
	Name, Origins           string
	Server                  bool
	NameError, OriginsError string
}

type listPage struct {
	web.Page
	Sources []*Source
	Form    sourceForm
}

func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.showList(w, r, http.StatusOK, sourceForm{})
}

func (p pages) showList(w http.ResponseWriter, r *http.Request, status int, form sourceForm) error {
	if err := p.recent.write(r.Context()); err != nil {
		return err
	}
	all, err := p.List(r.Context())
	if err != nil {
		return err
	}
	return p.kit.Render(w, status, "app", "tracking_list", listPage{p.kit.StaffPage(w, r, "tracking.title"), all, form})
}

func (p pages) create(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	form := sourceForm{Name: r.PostForm.Get("name"), Origins: r.PostForm.Get("origins"), Server: r.PostForm.Get("kind") == "server"}
	if form.Server {
		form.Origins = "" // what was typed before the other kind was chosen
	}
	one, err := p.Create(r.Context(), Source{Name: form.Name, Origins: strings.Fields(form.Origins), Server: form.Server}, web.Who(r).Name)
	if form.wrong(p.kit.Page(r, ""), err) {
		return p.showList(w, r, web.Status(err), form)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/sources/%d", one.ID)
}

// wrong puts what is wrong with the form beside its fields, if that is what err is.
func (f *sourceForm) wrong(page web.Page, err error) bool {
	if bad, ok := errs.AsFields(err); ok {
		said := page.Say(bad)
		f.NameError, f.OriginsError = said["name"], said["origins"]
		return true
	}
	if errors.Is(err, errs.Conflict) {
		f.NameError = page.T("tracking.taken")
		return true
	}
	return false
}

type detailPage struct {
	web.Page
	Source  *Source
	Form    sourceForm
	Snippet string        // for web pages
	Example string        // of what a page's own scripts may say
	Node    string        // for a server with Segment's library
	Recent  template.HTML // see recentPart
}

func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	one, err := p.source(r)
	if err != nil {
		return err
	}
	return p.showDetail(w, r, http.StatusOK, one, sourceForm{Name: one.Name, Origins: strings.Join(one.Origins, "\n")})
}

// source is the one that the path names.
func (p pages) source(r *http.Request) (*Source, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return p.Find(r.Context(), id)
}

func (p pages) showDetail(w http.ResponseWriter, r *http.Request, status int, one *Source, form sourceForm) error {
	recent, err := p.recentHTML(r, one)
	if err != nil {
		return err
	}
	page := detailPage{
		Page: p.kit.StaffPage(w, r, ""), Source: one, Form: form, Recent: template.HTML(recent),
		Snippet: fmt.Sprintf("<script src=\"%s/t.js\"\n  data-key=\"%s\" async></script>", p.kit.PublicURL, one.WriteKey),
		Example: example,
		Node:    fmt.Sprintf(node, one.WriteKey, p.kit.PublicURL),
	}
	page.Title = one.Name
	return p.kit.Render(w, status, "app", "tracking_detail", page)
}

const example = `window.sarnakh ||= []
sarnakh.push(["track", "Plan Chosen", { plan: "gold" }])
sarnakh.push(["identify", "user-42", { firstName: "Sara" }])`

const node = `import { Analytics } from "@segment/analytics-node"

const analytics = new Analytics({
  writeKey: "%s",
  host: "%s",
})
analytics.track({
  userId: "user-42",
  event: "Order Completed",
  properties: { order_id: "A-1001", value: 89 },
})`

type recentView struct {
	web.Page
	Entries []recentRow
	LastDay bool
}

// recentRow is a message as the page shows it.
type recentRow struct {
	Entry
	Reason string
}

// recentPart is the list of the last messages alone: the page asks for it again and
// again while somebody looks.
func (p pages) recentPart(w http.ResponseWriter, r *http.Request) error {
	one, err := p.source(r)
	if err != nil {
		return err
	}
	html, err := p.recentHTML(r, one)
	if err != nil {
		return err
	}
	return web.Compressed(w, r, "text/html; charset=utf-8", html)
}

func (p pages) recentHTML(r *http.Request, one *Source) ([]byte, error) {
	entries, err := p.Recent(r.Context(), one.ID)
	if err != nil {
		return nil, err
	}
	view := recentView{Page: p.kit.Page(r, ""), LastDay: !one.LastSeenAt.IsZero()}
	for _, e := range entries {
		row := recentRow{Entry: e}
		if e.Why != "" {
			row.Reason = view.Say(errs.Fields{"": e.Why})[""]
		}
		view.Entries = append(view.Entries, row)
	}
	return p.kit.Fragment("tracking_recent", view)
}

func (p pages) change(w http.ResponseWriter, r *http.Request) error {
	one, err := p.source(r)
	if err != nil {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	form := sourceForm{Name: r.PostForm.Get("name"), Origins: r.PostForm.Get("origins")}
	_, err = p.Change(r.Context(), one.ID, form.Name, strings.Fields(form.Origins))
	if form.wrong(p.kit.Page(r, ""), err) {
		return p.showDetail(w, r, web.Status(err), one, form)
	}
	return p.done(w, r, one.ID, "tracking.changed", err)
}

func (p pages) rotate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	_, err = p.Rotate(r.Context(), id)
	return p.done(w, r, id, "tracking.rotated", err)
}

func (p pages) enable(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	_, err = p.Enable(r.Context(), id, true)
	return p.done(w, r, id, "tracking.enabled_now", err)
}

func (p pages) disable(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	_, err = p.Enable(r.Context(), id, false)
	return p.done(w, r, id, "tracking.disabled_now", err)
}

// done leads back to the page of the source, which says what was done.
func (p pages) done(w http.ResponseWriter, r *http.Request, id int64, said string, err error) error {
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T(said))
	return web.Redirect(w, r, "/sources/%d", id)
}

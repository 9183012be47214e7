package webhooks

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type formPage struct {
	web.Page
	ID          int64 // 0 for a new one
	URL         string
	Description string
	Offered     []offeredEvent
	Others      string // names that are not offered, one a line
	Private     bool   // whether addresses in the own network are taken

	URLError, DescriptionError, EventsError string
}

// offeredEvent is an event that can be ticked.
type offeredEvent struct {
	Name, Label string
	Chosen      bool
}

// eventKey is where the catalogue of the leads names an event.
func eventKey(name string) string {
	return "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_")
}

func (p pages) showNew(w http.ResponseWriter, r *http.Request) error {
	return p.form(w, r, http.StatusOK, 0, Input{}, nil)
}

func (p pages) showEdit(w http.ResponseWriter, r *http.Request) error {
	e, err := p.named(r)
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, e.ID, Input{URL: e.URL, Description: e.Description, Events: e.Events}, nil)
}

// form shows what was filled in, with what is wrong beside each field.
func (p pages) form(w http.ResponseWriter, r *http.Request, status int, id int64, in Input, bad errs.Fields) error {
	title := "webhooks.new"
	if id != 0 {
		title = "webhooks.edit"
	}
	page := formPage{
		Page: p.kit.StaffPage(w, r, title), ID: id, URL: in.URL, Description: in.Description, Private: p.config.AllowPrivate,
	}
	said := page.Say(bad)
	page.URLError, page.DescriptionError, page.EventsError = said["url"], said["description"], said["events"]
	for _, name := range known {
		page.Offered = append(page.Offered, offeredEvent{name, eventName(page.Locale, name), slices.Contains(in.Events, name)})
	}
	var others []string
	for _, name := range in.Events {
		if !slices.Contains(known, name) {
			others = append(others, name)
		}
	}
	page.Others = strings.Join(others, "\n")
	return p.kit.Render(w, status, "app", "webhooks_form", page)
}

// posted is what a person filled in.
func posted(r *http.Request) (Input, error) {
	if err := web.ParseForm(r); err != nil {
		return Input{}, err
	}
	f := r.PostForm
	return Input{
		URL: strings.TrimSpace(f.Get("url")), Description: strings.TrimSpace(f.Get("description")),
		Events: append(slices.Clone(f["event"]), strings.Split(f.Get("others"), "\n")...),
	}, nil
}

func (p pages) create(w http.ResponseWriter, r *http.Request) error {
	in, err := posted(r)
	if err != nil {
		return err
	}
	e, err := p.Create(r.Context(), in)
	if bad, ok := errs.AsFields(err); ok {
		return p.form(w, r, http.StatusUnprocessableEntity, 0, in, bad)
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("webhooks.created"))
	return web.Redirect(w, r, "/webhooks/%d?secret=1", e.ID)
}

func (p pages) update(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	in, err := posted(r)
	if err != nil {
		return err
	}
	_, err = p.Update(r.Context(), id, in)
	if bad, ok := errs.AsFields(err); ok {
		return p.form(w, r, http.StatusUnprocessableEntity, id, in, bad)
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("webhooks.saved"))
	return web.Redirect(w, r, "/webhooks/%d", id)
}

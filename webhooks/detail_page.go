package webhooks

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// shown is how many deliveries the log shows at a time.
const shown = 50

type detailPage struct {
	web.Page
	Endpoint endpointRow
	Events   []string // in words; none when it wants all
	Secret   string   // only when asked for
	Lost     bool     // the secret cannot be opened: messages are not signed
	OldUntil time.Time
	Tabs     []tab
	State    string
	Rows     []deliveryRow
	Next     int64 // where the older ones begin, 0 at the end
	First    bool
	Spans    []span
}

// tab is one of the filters of the log.
type tab struct {
	State, Label string
	Current      bool
}

// span is how far back failed deliveries are sent again.
type span struct {
	Hours int
	Label string
}

// deliveryRow is a delivery as a page shows it.
type deliveryRow struct {
	*Delivery
	Event, Tone, Says string
	Why               string // what went wrong last
	Who               string // whom it is about
}

// toneOf is the colour of a delivery's state.
func toneOf(d *Delivery) string {
	switch {
	case d.State == StateDelivered:
		return "good"
	case d.State == StateFailed:
		return "bad"
	case d.Error != "":
		return "warn"
	}
	return ""
}

func row(p web.Page, d *Delivery) deliveryRow {
	r := deliveryRow{Delivery: d, Event: eventName(p.Locale, d.Message.Event), Tone: toneOf(d), Says: p.T("webhooks.delivery." + d.State)}
	if d.Message.Event == testName {
		r.Event = p.T("webhooks.test.event")
	}
	r.Why = why(p, d.Error, d.Status)
	return r
}

// why puts an error into words.
func why(p web.Page, code string, status int) string {
	if code == "" {
		return ""
	}
	return p.T("webhooks.error."+code, "status", strconv.Itoa(status))
}

// detail shows an endpoint with its health, its secret when asked for, and its log.
func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	e, err := p.named(r)
	if err != nil {
		return err
	}
	health, err := p.withHealth(r.Context(), e)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	state := q.Get("state")
	if !slices.Contains(states, state) {
		state = ""
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	log, more, err := p.Deliveries(r.Context(), e.ID, state, before, shown)
	if err != nil {
		return err
	}
	page := detailPage{Page: p.kit.StaffPage(w, r, "webhooks.title"), State: state, First: before == 0}
	page.Endpoint = describe(page.Page, health[0])
	page.Title = page.Endpoint.Name
	for _, name := range e.Events {
		page.Events = append(page.Events, eventName(page.Locale, name))
	}
	if page.Lost = !opened(e.Secret); q.Get("secret") != "" && !page.Lost {
		page.Secret = e.Secret
	}
	if e.signsTwice(page.Now) {
		page.OldUntil = e.OldSecretUntil
	}
	page.Tabs = []tab{{"", page.T("webhooks.log.all"), state == ""}}
	for _, s := range []string{StateWaiting, StateDelivered, StateFailed} {
		page.Tabs = append(page.Tabs, tab{s, page.T("webhooks.delivery." + s), state == s})
	}
	if page.Rows, err = p.rows(r.Context(), page.Page, log); err != nil {
		return err
	}
	if more {
		page.Next = log[len(log)-1].ID
	}
	for _, hours := range []int{1, 24, 7 * 24, 30 * 24} {
		page.Spans = append(page.Spans, span{hours, page.Span(time.Duration(hours) * time.Hour)})
	}
	return p.kit.Render(w, http.StatusOK, "app", "webhooks_detail", page)
}

// rows are deliveries with the names of the people whom they are about.
func (p pages) rows(ctx context.Context, said web.Page, deliveries []*Delivery) ([]deliveryRow, error) {
	var people []int64
	for _, d := range deliveries {
		if d.Message.LeadID != 0 {
			people = append(people, d.Message.LeadID)
		}
	}
	known, err := p.leads.FindMany(ctx, p.db.Read(), people)
	if err != nil {
		return nil, err
	}
	out := make([]deliveryRow, len(deliveries))
	for i, d := range deliveries {
		out[i] = row(said, d)
		if l := known[d.Message.LeadID]; l != nil {
			out[i].Who = l.Name()
		}
	}
	return out, nil
}

// do carries out an action on the endpoint of the path and leads back to its page. A
// Conflict is told there too.
func (p pages) do(w http.ResponseWriter, r *http.Request, where string, act func(ctx context.Context, id int64) (said string, err error)) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	said, err := act(r.Context(), id)
	switch {
	case errors.Is(err, errs.Conflict):
		web.SetFlash(w, "bad", p.kit.Page(r, "").T("webhooks.refused"))
	case errors.Is(err, errs.Invalid):
		page := p.kit.Page(r, "")
		fields, _ := errs.AsFields(err)
		for _, said := range page.Say(fields) {
			web.SetFlash(w, "bad", said)
		}
	case err != nil:
		return err
	default:
		web.SetFlash(w, "good", said)
	}
	return web.Redirect(w, r, "/webhooks/%d%s", id, where)
}

func (p pages) enable(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, "", func(ctx context.Context, id int64) (string, error) {
		_, err := p.Enable(ctx, id)
		return p.kit.Page(r, "").T("webhooks.enabled"), err
	})
}

func (p pages) disable(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, "", func(ctx context.Context, id int64) (string, error) {
		_, err := p.Disable(ctx, id)
		return p.kit.Page(r, "").T("webhooks.disabled"), err
	})
}

func (p pages) rotate(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, "?secret=1", func(ctx context.Context, id int64) (string, error) {
		e, err := p.Rotate(ctx, id, "", 0)
		if err == nil && e.OldSecret == "" {
			return p.kit.Page(r, "").T("webhooks.rotated.alone"), nil
		}
		return p.kit.Page(r, "").T("webhooks.rotated", "span", p.config.KeepSecret), err
	})
}

func (p pages) test(w http.ResponseWriter, r *http.Request) error {
	return p.do(w, r, "", func(ctx context.Context, id int64) (string, error) {
		_, err := p.Test(ctx, id)
		return p.kit.Page(r, "").T("webhooks.test.sent"), err
	})
}

func (p pages) replayFailed(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	hours, err := strconv.Atoi(r.PostForm.Get("hours"))
	if err != nil || hours < 1 || hours > 30*24 {
		hours = 24
	}
	return p.do(w, r, "", func(ctx context.Context, id int64) (string, error) {
		n, err := p.ReplayFailed(ctx, id, p.clock.Now().Add(-time.Duration(hours)*time.Hour))
		return p.kit.Page(r, "").T("webhooks.replayed", "n", n), err
	})
}

func (p pages) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := p.Delete(r.Context(), id); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("webhooks.deleted"))
	return web.Redirect(w, r, "/webhooks")
}

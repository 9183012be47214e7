package webhooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type deliveryPage struct {
	web.Page
	Endpoint   endpointRow
	Delivery   deliveryRow
	LeadID     int64
	Body       string // indented, for reading
	Attempts   []attemptRow
	Replayable bool
}

// attemptRow is an attempt as a page shows it.
type attemptRow struct {
	*Attempt
	Good bool
	Why  string
}

// delivery shows one delivery: what is sent, and each attempt at it.
func (p pages) delivery(w http.ResponseWriter, r *http.Request) error {
	d, err := p.deliveryOf(r)
	if err != nil {
		return err
	}
	e, err := p.named(r)
	if err != nil {
		return err
	}
	attempts, err := p.Attempts(r.Context(), d.ID)
	if err != nil {
		return err
	}
	page := deliveryPage{Page: p.kit.StaffPage(w, r, "webhooks.title"), LeadID: d.Message.LeadID, Body: indented(d.Message.Body)}
	page.Endpoint = describe(page.Page, apiEndpoint{Endpoint: e})
	rows, err := p.rows(r.Context(), page.Page, []*Delivery{d})
	if err != nil {
		return err
	}
	page.Delivery = rows[0]
	page.Title = page.Delivery.Event
	for _, a := range attempts {
		page.Attempts = append(page.Attempts, attemptRow{a, a.Error == "", why(page.Page, a.Error, a.Status)})
	}
	page.Replayable = e.State == StateEnabled && d.Error != ErrorErased && d.State != StateSending
	return p.kit.Render(w, http.StatusOK, "app", "webhooks_delivery", page)
}

func indented(body string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(body), "", "  "); err != nil {
		return body
	}
	return out.String()
}

func (p pages) replay(w http.ResponseWriter, r *http.Request) error {
	d, err := p.deliveryOf(r)
	if err != nil {
		return err
	}
	said := p.kit.Page(r, "")
	_, err = p.Replay(r.Context(), d.ID)
	switch {
	case errors.Is(err, errs.Conflict):
		web.SetFlash(w, "bad", said.T("webhooks.refused"))
	case err != nil:
		return err
	default:
		web.SetFlash(w, "good", said.T("webhooks.replaying"))
	}
	return web.Redirect(w, r, "/webhooks/%d/deliveries/%d", d.EndpointID, d.ID)
}

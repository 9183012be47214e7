package webhooks

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type listPage struct {
	web.Page
	Endpoints []endpointRow
}

// endpointRow is an endpoint as a page shows it.
type endpointRow struct {
	*Endpoint
	Health
	Name string // the description, else the host
	Wish string // what it wants to be told
	Tone string // of the badge: good, warn, bad or muted
	Says string // the badge's words
	Why  string // a sentence where something is not as it should be
}

func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	all, err := p.List(r.Context())
	if err != nil {
		return err
	}
	rows, err := p.withHealth(r.Context(), all...)
	if err != nil {
		return err
	}
	page := listPage{Page: p.kit.StaffPage(w, r, "webhooks.title")}
	for _, row := range rows {
		page.Endpoints = append(page.Endpoints, describe(page.Page, row))
	}
	return p.kit.Render(w, http.StatusOK, "app", "webhooks_list", page)
}

// describe puts an endpoint into words.
func describe(p web.Page, e apiEndpoint) endpointRow {
	row := endpointRow{Endpoint: e.Endpoint, Health: e.Health, Name: e.Description, Tone: "good", Says: p.T("webhooks.state.enabled")}
	if row.Name == "" {
		row.Name = e.Host()
	}
	row.Wish = p.T("webhooks.events.all")
	switch n := len(e.Events); n {
	case 0:
	case 1:
		row.Wish = eventName(p.Locale, e.Events[0])
	default:
		row.Wish = p.T("webhooks.events.count", "n", n)
	}
	switch {
	case e.State == StateDisabled:
		row.Tone, row.Says = "muted", p.T("webhooks.state.disabled")
		if e.Reason != ReasonByHand {
			row.Tone = "bad"
		}
		row.Why = p.T("webhooks.reason." + e.Reason)
	case e.Failures > 0:
		row.Tone, row.Says = "warn", p.T("webhooks.state.failing")
		row.Why = p.T("webhooks.failing", "n", e.Failures, "ago", p.Ago(e.FailingSince, p.Now))
	case e.HoldUntil.After(p.Now):
		row.Tone, row.Says = "warn", p.T("webhooks.state.held")
	}
	return row
}

// eventName is an event as a person reads it: ours in their language, others as they
// are called.
func eventName(l i18n.Locale, name string) string {
	if key := eventKey(name); l.Has(key) {
		return l.T(key)
	}
	return name
}

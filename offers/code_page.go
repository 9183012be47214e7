package offers

import (
	"fmt"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type codePage struct {
	web.Page
	Heading, Text string
	Grant         *Grant
	State         string
}

// showCode shows a lead their offer, in their language. The code is the secret: it
// says nothing about whose it is. An expired one is told so, with 410.
func (p pages) showCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	norm := normCode(r.PathValue("code"))
	if norm == "" {
		return fmt.Errorf("code: %w", errs.NotFound)
	}
	g, err := byCode(ctx, p.db.Read(), norm)
	if err != nil {
		return err
	}
	offers, err := offersByID(ctx, p.db.Read(), []int64{g.OfferID})
	if err != nil {
		return err
	}
	lead, err := p.leads.Find(ctx, p.db.Read(), g.LeadID)
	if err != nil {
		return err
	}
	page := codePage{Page: p.kit.Page(r, ""), Grant: g, State: g.StateAt(p.clock.Now())}
	if lang, ok := i18n.Parse(lead.Language); ok && r.URL.Query().Get("lang") == "" {
		page.Page = p.kit.In(page.Page, lang)
	}
	o := offers[g.OfferID].Definition.Variant(g.Variant)
	page.Heading, page.Text = o.Title.In(page.Lang), o.Text.In(page.Lang)
	page.Title = page.Heading
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Referrer-Policy", "no-referrer")
	status := http.StatusOK
	if page.State == StateExpired {
		status = web.Status(errs.Gone)
	}
	return p.kit.Render(w, status, "public", "offers_code", page)
}

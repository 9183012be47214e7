package content

import (
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Reader is what is known about the one who gets an e-mail.
type Reader struct {
	Lead   map[string]any // first_name, email, … and attributes, by name
	Points int64
	Offer  *Offer // granted on the way; nil when none was
	Site   string // where our pages are, without a slash at the end
}

// Offer is a granted offer as an e-mail shows it.
type Offer struct {
	Title     i18n.Text
	Text      i18n.Text
	Code      string
	ExpiresAt time.Time // zero: it does not expire
	URL       string    // of the page that shows it
}

// vars are the names that merge tags know. What is not known is absent, so that
// {% if lead.first_name %} and the default filter see it.
func (r Reader) vars(lang i18n.Lang) map[string]any {
	lead := make(map[string]any, len(r.Lead))
	for name, v := range r.Lead {
		if v != nil && v != "" {
			lead[name] = v
		}
	}
	vars := map[string]any{"lead": lead, "points": r.Points, "site": r.Site}
	if o := r.Offer; o != nil {
		offer := map[string]any{"title": o.Title.In(lang), "text": o.Text.In(lang), "code": o.Code, "url": o.URL}
		if !o.ExpiresAt.IsZero() {
			offer["expires_at"] = o.ExpiresAt
		}
		vars["offer"] = offer
	}
	return vars
}

// SampleReader is somebody to show a preview to.
func SampleReader(lang i18n.Lang, site string) Reader {
	first, last := "Sara", "Ahmadi"
	if lang == i18n.Persian {
		first, last = "سارا", "احمدی"
	}
	title := i18n.Text{i18n.Persian: "۲۰٪ تخفیف نخستین سفارش", i18n.English: "20% off your first order"}
	return Reader{
		Lead: map[string]any{
			"first_name": first, "last_name": last, "email": "sara@example.com", "phone": "+989121234567", "language": string(lang),
		},
		Points: 150,
		Offer:  &Offer{Title: title, Code: "GIFT-7K2M", URL: site + "/o/GIFT-7K2M", ExpiresAt: time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)},
		Site:   site,
	}
}

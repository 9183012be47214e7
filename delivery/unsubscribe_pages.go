package delivery

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

type pages struct {
	s   *Service
	kit *web.Kit
}

type unsubscribePage struct {
	web.Page
	State string // "ask", "done", "off" (before this visit) or "back"
	Token string
	From  string // who writes
	Email string // masked: a forwarded mail must not tell whose it was
}

// A mail program posts this when its own button is pressed (RFC 8058).
const oneClickName, oneClickValue = "List-Unsubscribe", "One-Click"

// ask shows the page with the button, or that the address is off the list already.
// It changes nothing: scanners open every link.
func (p pages) ask(w http.ResponseWriter, r *http.Request) error {
	page, _, err := p.page(r, "ask")
	if err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "public", "delivery_unsubscribe", page)
}

// unsubscribe takes the press of the button, on our page or in the mail program.
func (p pages) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	page, id, err := p.page(r, "done")
	if err != nil {
		return err
	}
	words := page.T("delivery.unsubscribe.button")
	if r.PostFormValue(oneClickName) == oneClickValue {
		words = oneClickName + "=" + oneClickValue
	}
	if err := p.s.unsubscribe(r.Context(), id, p.act(r, page, words)); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "public", "delivery_unsubscribe", page)
}

// resubscribe takes it back, for those who pressed by mistake.
func (p pages) resubscribe(w http.ResponseWriter, r *http.Request) error {
	page, id, err := p.page(r, "back")
	if err != nil {
		return err
	}
	if err := p.s.resubscribe(r.Context(), id, p.act(r, page, page.T("delivery.resubscribe.button", "from", page.From))); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "public", "delivery_unsubscribe", page)
}

func (p pages) act(r *http.Request, page *unsubscribePage, words string) act {
	return act{words: words, language: string(page.Lang), page: r.URL.Path, ip: web.ClientIP(r), userAgent: clip(r.UserAgent())}
}

// page begins the page for a token, in the language of the lead.
func (p pages) page(r *http.Request, state string) (*unsubscribePage, int64, error) {
	id, ok := messageOf(p.s.signer, purposeUnsubscribe, r.PathValue("token"), "")
	if !ok {
		return nil, 0, fmt.Errorf("unsubscribe: the link is not one of ours: %w", errs.NotFound)
	}
	m, email, err := p.s.recipient(r.Context(), p.s.db.Read(), id)
	if err != nil {
		return nil, 0, err
	}
	lead, err := p.s.leads.Find(r.Context(), p.s.db.Read(), m.LeadID)
	if err != nil {
		return nil, 0, err
	}
	if state == "ask" {
		off, err := p.s.unsubscribed(r.Context(), m, email)
		if err != nil {
			return nil, 0, err
		}
		if off {
			state = "off"
		}
	}
	page := p.kit.Page(r, "delivery.unsubscribe.title."+state)
	if lang, ok := i18n.Parse(lead.Language); ok && !r.URL.Query().Has("lang") {
		page = p.kit.In(page, lang)
		page.Title = page.T("delivery.unsubscribe.title." + state)
	}
	w := &unsubscribePage{Page: page, State: state, Token: r.PathValue("token"), From: p.s.config.FromName.In(page.Lang), Email: leads.MaskEmail(email)}
	if w.From == "" {
		w.From = p.s.config.FromAddress
	}
	return w, id, nil
}

// clip keeps what a stranger's browser calls itself at a length worth storing.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if r := []rune(s); len(r) > 300 {
		return string(r[:300])
	}
	return s
}

package campaigns

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/offers"
)

// mailContext is what an e-mail shows beside its reader: as it was when the journey
// sent it. It travels with the message.
type mailContext struct {
	Points int64           `json:"points"`
	Offer  *offers.Granted `json:"offer,omitempty"`
}

// pack writes the context the way a message carries it.
func (c mailContext) pack() (map[string]any, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(raw, &out)
}

func unpack(carried map[string]any) (mailContext, error) {
	var c mailContext
	raw, err := json.Marshal(carried)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(raw, &c)
}

// Render writes the e-mail that a message calls for, in its reader's language. It
// is the delivery.Renderer of all e-mails.
func (s *Service) Render(ctx context.Context, m *delivery.Message, lead *leads.Lead, links delivery.Links) (*delivery.Content, error) {
	e, err := s.FindEmail(ctx, m.ContentKey)
	if err != nil {
		return nil, err
	}
	letter, err := s.letter(e, s.languageOf(lead), m.Variant)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, errs.Invalid)
	}
	c, err := unpack(m.Context)
	if err != nil {
		return nil, fmt.Errorf("message %d: context: %w: %w", m.ID, err, errs.Invalid)
	}
	out, err := letter.Render(content.Reader{
		Lead: about(lead), Points: c.Points, Offer: s.shown(c.Offer), Site: s.look.Site,
	}, s.look.Brand, content.Links{Track: links.Click, Pixel: links.Open(), Unsubscribe: links.Unsubscribe()})
	if err != nil {
		return nil, fmt.Errorf("e-mail %s: %w: %w", e.Key, err, errs.Invalid)
	}
	return &delivery.Content{Language: out.Lang, FromName: out.FromName, Subject: out.Subject, HTML: out.HTML, Text: out.Text}, nil
}

func (s *Service) languageOf(l *leads.Lead) i18n.Lang {
	if lang, ok := i18n.Parse(l.Language); ok {
		return lang
	}
	return s.look.Language
}

// about is what merge tags may say of a lead: attributes, and before them the fields.
func about(l *leads.Lead) map[string]any {
	out := make(map[string]any, len(l.Attributes)+5)
	for name, v := range l.Attributes {
		out[name] = v
	}
	out["email"], out["phone"], out["language"] = l.Email, l.Phone, l.Language
	out["first_name"], out["last_name"] = l.FirstName, l.LastName
	return out
}

// shown is the offer as an e-mail shows it.
func (s *Service) shown(g *offers.Granted) *content.Offer {
	if g == nil {
		return nil
	}
	return &content.Offer{Title: g.Title, Text: g.Text, Code: g.Code, ExpiresAt: g.ExpiresAt, URL: s.look.Site + g.Path}
}

var _ delivery.Renderer = (*Service)(nil)

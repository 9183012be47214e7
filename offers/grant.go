package offers

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// The states of a grant.
const (
	StateGranted  = "granted"
	StateRedeemed = "redeemed"
	StateExpired  = "expired"
)

// Grant is an offer in a lead's hands: a code that can be redeemed once.
type Grant struct {
	bun.BaseModel `bun:"table:offer_grants,alias:g"`

	ID         int64     `bun:",pk,autoincrement" json:"id"`
	OfferID    int64     `json:"-"`
	LeadID     int64     `json:"lead_id"`
	Cause      string    `json:"cause"`             // why: "journey:3:lead:7:step2", "api:…"
	Ordinal    int       `json:"-"`                 // the lead's first, second, … of this offer
	Variant    string    `json:"variant,omitempty"` // of the offer that was given; "" where it has none
	Regime     int       `bun:"-" json:"-"`         // by whose weights it was drawn, of a new grant
	Code       string    `json:"code"`
	CodeNorm   string    `json:"-"`
	State      string    `json:"state"`
	GrantedAt  time.Time `json:"granted_at"`
	ExpiresAt  time.Time `bun:",nullzero" json:"expires_at,omitzero"`
	RedeemedAt time.Time `bun:",nullzero" json:"redeemed_at,omitzero"`
	RedeemedBy string    `json:"redeemed_by,omitempty"`
	OrderID    string    `json:"order_id,omitempty"`
	Value      float64   `json:"value,omitempty"` // of the order, in the shop's currency
}

// StateAt is the state at a time: a code is expired from its last moment on,
// whether that has been marked or not.
func (g *Grant) StateAt(now time.Time) string {
	if g.State == StateGranted && !g.ExpiresAt.IsZero() && !g.ExpiresAt.After(now) {
		return StateExpired
	}
	return g.State
}

// Granted is a grant with what its offer says, ready for an e-mail or a page.
type Granted struct {
	Offer     string    `json:"offer"` // its key
	Title     i18n.Text `json:"title"`
	Text      i18n.Text `json:"text"`
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: it does not expire
	Path      string    `json:"path"`                // of the page that shows it: "/o/KAFE-7Q4MR-X2WKD"

	// Shown is what an experiment has to count, of an offer with versions that was given just
	// now: whoever had it chosen has it counted, in the same transaction.
	Shown []abtest.Shown `json:"-"`
}

// granted is a grant in the words of the version that was given.
func granted(g *Grant, o *Offer) Granted {
	o = o.Variant(g.Variant)
	return Granted{
		Offer: o.Key, Title: o.Title, Text: o.Text, Code: g.Code, ExpiresAt: g.ExpiresAt, Path: "/o/" + g.Code,
	}
}

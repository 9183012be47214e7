package campaigns

import (
	"context"
	"time"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/loyalty"
)

// Effects are the hands that carry out what a journey decides. Each does the same
// effect, known by its key, only once.
type Effects struct {
	Delivery *delivery.Service
	Loyalty  *loyalty.Service
	Granter  Granter
}

// Granter grants an offer within tx. The same lead, offer and cause once more get
// the same grant.
type Granter interface {
	Grant(ctx context.Context, tx db.Tx, leadID int64, offer, cause string) (Granted, error)
}

// Granted is what became of an offer. Refused says why the lead did not get it,
// and is empty when they did.
type Granted struct {
	Offer     string    `json:"offer"`
	Title     i18n.Text `json:"title,omitempty"`
	Code      string    `json:"code,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: it does not expire
	Refused   string    `json:"refused,omitempty"`
}

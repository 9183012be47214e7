package offers

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// What was decided about a lead and an offer.
const (
	OutcomeGranted     = "granted"
	OutcomeNotEligible = "not_eligible" // a part of the condition did not hold
	OutcomeHadIt       = "had_it"       // as often as one lead may
	OutcomeNoStock     = "no_stock"     // all codes are given
	OutcomePaused      = "paused"
	OutcomeSurpassed   = "surpassed" // another one came first
)

// Decision says why a lead did, or did not, get an offer. The newest one for a
// cause holds.
type Decision struct {
	bun.BaseModel `bun:"table:offer_decisions,alias:decision"`

	ID      int64                 `bun:",pk,autoincrement" json:"id"`
	OfferID int64                 `json:"-"`
	LeadID  int64                 `json:"lead_id"`
	Cause   string                `json:"cause"`
	Outcome string                `json:"outcome"`
	Failed  *conditions.Condition `bun:"type:jsonb" json:"failed,omitempty"` // the part that did not hold
	Better  string                `json:"better,omitempty"`                  // the offer that came first
	At      time.Time             `json:"at"`
}

// failing returns the smallest part of a condition that does not hold, or nil when
// it holds.
func failing(c *conditions.Condition, f conditions.Facts, now time.Time) *conditions.Condition {
	if c == nil || c.Match(f, now) {
		return nil
	}
	for i := range c.All {
		if part := failing(&c.All[i], f, now); part != nil {
			return part
		}
	}
	return c
}

package campaigns

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
)

// Effects are the hands that carry out what a journey decides. Each does the same
// effect, known by its key, only once.
type Effects struct {
	Delivery *delivery.Service
	Loyalty  *loyalty.Service
	Offers   Chooser
	// Experiments say who gets which version of an e-mail, and who goes which way.
	Experiments *abtest.Service
}

// Chooser is what journeys need of the offers.
type Chooser interface {
	// Choose gives a lead, within tx, the best of the offers that they may have; ok is
	// false when there is none. The same cause once more gives the same. What Granted.Shown
	// says is counted by the caller.
	Choose(ctx context.Context, tx db.Tx, leadID int64, candidates []string, cause string) (g offers.Granted, ok bool, err error)
	// WhyNot says why a cause gave nothing for an offer: its outcome, and the part of
	// its condition that did not hold, if that was it.
	WhyNot(ctx context.Context, idb bun.IDB, leadID int64, key, cause string) (outcome string, failed *conditions.Condition, err error)
	// Titles are what visitors read over the offers, by key.
	Titles(ctx context.Context, idb bun.IDB) (map[string]i18n.Text, error)
}

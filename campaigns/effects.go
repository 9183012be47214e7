package campaigns

import (
	"context"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
)

// Effects are the hands that carry out what a journey decides. Each does the same
// effect, known by its key, only once.
type Effects struct {
	Delivery *delivery.Service
	Loyalty  *loyalty.Service
	Offers   Chooser
}

// Chooser gives a lead, within tx, the best of the offers that they may have; ok is
// false when there is none. The same cause once more gives the same.
type Chooser interface {
	Choose(ctx context.Context, tx db.Tx, leadID int64, candidates []string, cause string) (g offers.Granted, ok bool, err error)
}

package main

import (
	"context"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
)

// importedSuppressions has the delivery keep off whoever left a list elsewhere, or whose
// mailbox was found gone there.
type importedSuppressions struct{ delivery *delivery.Service }

func (i importedSuppressions) SuppressImported(ctx context.Context, tx db.Tx, unsubscribed, bounced []string) error {
	if _, err := i.delivery.Suppress(ctx, tx, delivery.ReasonUnsubscribed, unsubscribed...); err != nil {
		return err
	}
	_, err := i.delivery.Suppress(ctx, tx, delivery.ReasonManual, bounced...)
	return err
}

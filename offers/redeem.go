package offers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// Redemption is a code handed in at the till.
type Redemption struct {
	Code    string  // however it is typed: small letters, Persian digits, without dashes
	OrderID string  // the shop's number; may be empty
	Value   float64 // of the order, in the shop's currency; 0 when unknown
	By      string  // who redeems: an account's e-mail, a key's name
}

// mostValue keeps a slip of the finger out of the figures.
const mostValue = 1e15

// Redeem uses a code up. A code works once however many hands hold it: an unknown
// one is NotFound, one past its time Gone, one that has been redeemed a Conflict.
// The same order again is no error and changes nothing, so that a till may repeat
// a call whose answer was lost.
func (s *Service) Redeem(ctx context.Context, r Redemption) (*Grant, error) {
	bad := errs.Fields{}
	if math.IsNaN(r.Value) || r.Value < 0 || r.Value > mostValue {
		bad["value"] = "errors.offers.value"
	}
	if len(r.OrderID) > 100 {
		bad["order_id"] = "errors.max=100"
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	norm := normCode(r.Code)
	if norm == "" {
		return nil, fmt.Errorf("code: %w", errs.NotFound)
	}
	g := new(Grant)
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		err := tx.NewUpdate().Model(g).Set("state = ?", StateRedeemed).Set("redeemed_at = ?", now).
			Set("redeemed_by = ?", r.By).Set("order_id = ?", r.OrderID).Set("value = ?", r.Value).
			Where("code_norm = ?", norm).Where("state = ?", StateGranted).
			Where("(expires_at IS NULL OR expires_at > ?)", now).Returning("*").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			g, err = refuse(ctx, tx, norm, r.OrderID, now)
			return err
		}
		if err != nil {
			return fmt.Errorf("code: redeem: %w", err)
		}
		return s.tellRedeemed(ctx, tx, g)
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

// refuse says why a code could not be redeemed, unless it was, by the same order.
func refuse(ctx context.Context, tx db.Tx, norm, orderID string, now time.Time) (*Grant, error) {
	g, err := byCode(ctx, tx, norm)
	if err != nil {
		return nil, err
	}
	switch {
	case g.StateAt(now) == StateExpired:
		return nil, fmt.Errorf("code %s: its time is over: %w", g.Code, errs.Gone)
	case g.OrderID != "" && g.OrderID == orderID:
		return g, nil
	}
	return nil, fmt.Errorf("code %s: redeemed already: %w", g.Code, errs.Conflict)
}

func (s *Service) tellRedeemed(ctx context.Context, tx db.Tx, g *Grant) error {
	offers, err := offersByID(ctx, tx, []int64{g.OfferID})
	if err != nil {
		return err
	}
	key := offers[g.OfferID].Key
	properties := map[string]any{"offer": key, "code": g.Code, "value": g.Value}
	if g.OrderID != "" {
		properties["order_id"] = g.OrderID
	}
	return s.leads.Record(ctx, tx, &leads.Event{
		MessageID: fmt.Sprintf("offer-redeemed:%d", g.ID), LeadID: g.LeadID, Name: leads.EventOfferRedeemed,
		Properties: properties, Source: "offer:" + key, OccurredAt: g.RedeemedAt,
	})
}

package offers

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// tries bounds how often give begins anew when another worker was quicker, or a
// code drawn by chance is taken.
const tries = 10

// give makes a grant when the offer's limits leave room. Others may give to the
// same lead, or the last of the stock, at the same time; none of the limits breaks.
func (s *Service) give(ctx context.Context, tx db.Tx, o *offerRow, leadID int64, cause string) (*Grant, string, error) {
	def := &o.Definition
	if def.Stock > 0 {
		left, err := s.holdStock(ctx, tx, o)
		if err != nil {
			return nil, "", err
		}
		if !left {
			return nil, OutcomeNoStock, nil
		}
	}
	has, err := s.assigned(ctx, tx, def, leadID)
	if err != nil {
		return nil, "", err
	}
	words := def.Variant(has.Variant)
	for range tries {
		var had []*Grant
		if err := tx.NewSelect().Model(&had).Where("offer_id = ?", o.ID).Where("lead_id = ?", leadID).
			Order("ordinal").Scan(ctx); err != nil {
			return nil, "", fmt.Errorf("offer %q: lead %d: grants: %w", o.Key, leadID, err)
		}
		for _, g := range had {
			if g.Cause == cause { // another worker did the same work meanwhile
				return g, OutcomeGranted, nil
			}
		}
		if len(had) >= def.perLead() {
			return nil, OutcomeHadIt, nil
		}
		now := s.clock.Now()
		g := &Grant{
			OfferID: o.ID, LeadID: leadID, Cause: cause, Ordinal: len(had) + 1,
			Variant: has.Variant, Regime: has.Regime, Code: drawCode(words.Prefix), State: StateGranted, GrantedAt: now,
		}
		g.CodeNorm = normCode(g.Code)
		if words.ValidFor > 0 {
			g.ExpiresAt = now.Add(words.ValidFor.Duration())
		}
		var made []int64
		if err := tx.NewInsert().Model(g).ExcludeColumn("id").On("CONFLICT DO NOTHING").
			Returning("id").Scan(ctx, &made); err != nil {
			return nil, "", fmt.Errorf("offer %q: lead %d: grant: %w", o.Key, leadID, err)
		}
		if len(made) == 0 {
			continue
		}
		g.ID = made[0]
		return g, OutcomeGranted, s.tell(ctx, tx, g, o.Key)
	}
	return nil, "", fmt.Errorf("offer %q: lead %d: no grant after %d tries", o.Key, leadID, tries)
}

// holdStock says whether codes are left, and keeps others from taking them until the
// transaction ends. SQLite has one writer and needs no lock.
func (s *Service) holdStock(ctx context.Context, tx db.Tx, o *offerRow) (bool, error) {
	if s.db.Dialect() == db.Postgres {
		var held int64
		if err := tx.NewSelect().Table("offers").Column("id").Where("id = ?", o.ID).
			For("UPDATE").Scan(ctx, &held); err != nil {
			return false, fmt.Errorf("offer %q: hold the stock: %w", o.Key, err)
		}
	}
	given, err := tx.NewSelect().Model((*Grant)(nil)).Where("offer_id = ?", o.ID).
		Where("state <> ?", StateExpired).Count(ctx)
	if err != nil {
		return false, fmt.Errorf("offer %q: count: %w", o.Key, err)
	}
	return int(given) < o.Definition.Stock, nil
}

// tell puts a new grant on the lead's timeline.
func (s *Service) tell(ctx context.Context, tx db.Tx, g *Grant, key string) error {
	properties := map[string]any{"offer": key, "code": g.Code}
	if !g.ExpiresAt.IsZero() {
		properties["expires_at"] = g.ExpiresAt
	}
	return s.leads.Record(ctx, tx, &leads.Event{
		MessageID: fmt.Sprintf("offer-granted:%d", g.ID), LeadID: g.LeadID, Name: leads.EventOfferGranted,
		Properties: properties, Source: "offer:" + key, OccurredAt: g.GrantedAt,
	})
}

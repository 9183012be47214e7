package offers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// byCode returns the grant with this folded code, or NotFound.
func byCode(ctx context.Context, idb bun.IDB, norm string) (*Grant, error) {
	g := new(Grant)
	err := idb.NewSelect().Model(g).Where("code_norm = ?", norm).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("code: %w", errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("code: find: %w", err)
	}
	return g, nil
}

// FindGrant returns what a cause gave a lead, or NotFound. Inside a transaction pass
// it as idb.
func (s *Service) FindGrant(ctx context.Context, idb bun.IDB, leadID int64, cause string) (Granted, error) {
	g := new(Grant)
	err := idb.NewSelect().Model(g).Where("lead_id = ?", leadID).Where("cause = ?", cause).Order("id").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Granted{}, fmt.Errorf("lead %d: grant: %w", leadID, errs.NotFound)
	}
	if err != nil {
		return Granted{}, fmt.Errorf("lead %d: grant: %w", leadID, err)
	}
	offers, err := offersByID(ctx, idb, []int64{g.OfferID})
	if err != nil {
		return Granted{}, err
	}
	return granted(g, &offers[g.OfferID].Definition), nil
}

// Figures are what became of an offer's codes. Waiting, Redeemed and Expired add up
// to Granted.
type Figures struct {
	Granted  int     `json:"granted"`
	Waiting  int     `json:"waiting"`
	Redeemed int     `json:"redeemed"`
	Expired  int     `json:"expired"`
	Value    float64 `json:"value"` // of the orders they were redeemed with
}

// Rate is the share of the codes that were redeemed; 0 while there are none.
func (f Figures) Rate() float64 {
	if f.Granted == 0 {
		return 0
	}
	return float64(f.Redeemed) / float64(f.Granted)
}

// Figures counts every offer's codes, by the offer's key; an offer without any is
// left out.
func (s *Service) Figures(ctx context.Context) (map[string]Figures, error) {
	var rows []struct {
		Key string
		Figures
	}
	err := s.db.Read().NewSelect().Model((*Grant)(nil)).Join("JOIN offers AS offer ON offer.id = g.offer_id").
		ColumnExpr("offer.key AS key").ColumnExpr("count(*) AS granted").
		ColumnExpr("count(CASE WHEN g.state = ? THEN 1 END) AS redeemed", StateRedeemed).
		ColumnExpr("count(CASE WHEN g.state = ? OR (g.state = ? AND g.expires_at <= ?) THEN 1 END) AS expired",
			StateExpired, StateGranted, s.clock.Now()).
		ColumnExpr("coalesce(sum(g.value), 0) AS value").
		Group("offer.key").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("offers: count: %w", err)
	}
	out := make(map[string]Figures, len(rows))
	for _, row := range rows {
		row.Waiting = row.Granted - row.Redeemed - row.Expired
		out[row.Key] = row.Figures
	}
	return out, nil
}

// grants returns an offer's newest grants.
func (s *Service) grants(ctx context.Context, offerID int64, limit int) ([]*Grant, error) {
	var rows []*Grant
	if err := s.db.Read().NewSelect().Model(&rows).Where("offer_id = ?", offerID).
		Order("id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("grants: list: %w", err)
	}
	return rows, nil
}

// decisions returns the newest decisions about an offer.
func (s *Service) decisions(ctx context.Context, offerID int64, limit int) ([]*Decision, error) {
	var rows []*Decision
	if err := s.db.Read().NewSelect().Model(&rows).Where("offer_id = ?", offerID).
		Order("id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("decisions: list: %w", err)
	}
	return rows, nil
}

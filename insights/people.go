package insights

import (
	"context"
	"fmt"
)

// people counts leads, each once: how many there are, and how far they came.
type people struct {
	Leads, Mailed, Opened, Clicked, Redeemed int
}

func (s *Service) people(ctx context.Context) (people, error) {
	var p people
	read := s.db.Read()
	if err := read.NewSelect().Table("leads").ColumnExpr("count(*)").Scan(ctx, &p.Leads); err != nil {
		return p, fmt.Errorf("people: %w", err)
	}
	err := read.NewSelect().Table("messages").
		ColumnExpr("count(DISTINCT CASE WHEN state = 'sent' THEN lead_id END)").
		ColumnExpr("count(DISTINCT CASE WHEN opened_at IS NOT NULL THEN lead_id END)").
		ColumnExpr("count(DISTINCT CASE WHEN clicked_at IS NOT NULL THEN lead_id END)").
		Scan(ctx, &p.Mailed, &p.Opened, &p.Clicked)
	if err != nil {
		return p, fmt.Errorf("people: mails: %w", err)
	}
	err = read.NewSelect().Table("offer_grants").ColumnExpr("count(DISTINCT lead_id)").
		Where("redeemed_at IS NOT NULL").Scan(ctx, &p.Redeemed)
	if err != nil {
		return p, fmt.Errorf("people: offers: %w", err)
	}
	return p, nil
}

package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// erase empties, within tx, refused rows in which an address or telephone number of a
// person stands who is being erased. That they were refused still counts.
func (s *Service) erase(ctx context.Context, tx db.Tx, p *leads.Person, _ leads.EraseRequest) error {
	within := "instr(lower(CAST(cells AS TEXT)), ?) > 0"
	if s.db.Dialect() == db.Postgres {
		within = "strpos(lower(CAST(cells AS TEXT)), ?) > 0"
	}
	known := p.Emails()
	for _, l := range append([]*leads.Lead{p.Lead}, p.Merged...) {
		for _, phone := range []string{l.Phone, l.PhoneNorm} {
			if len(phone) > 6 {
				known = append(known, strings.ToLower(phone))
			}
		}
	}
	for _, word := range known {
		if _, err := tx.NewUpdate().Model((*Refusal)(nil)).Set("cells = '[]'").Where(within, word).Exec(ctx); err != nil {
			return fmt.Errorf("imports: erase: %w", err)
		}
	}
	return nil
}

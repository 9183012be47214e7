package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// erase removes, within tx, the refused rows that name a person: they are kept as they
// stood in the file, and only their text tells whose they are.
func (s *Service) erase(ctx context.Context, tx db.Tx, p *leads.Person, _ leads.EraseRequest) error {
	for _, email := range p.Emails() {
		if email == "" {
			continue
		}
		pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(leads.NormEmail(email)) + "%"
		if _, err := tx.NewDelete().Model((*Refusal)(nil)).Where(`lower(CAST(cells AS TEXT)) LIKE ? ESCAPE '\'`, pattern).Exec(ctx); err != nil {
			return fmt.Errorf("imports: erase refused rows: %w", err)
		}
	}
	return nil
}

package mailbox

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Erase deletes, within tx, the letters to these addresses, which are in lower case.
func (m *Mailbox) Erase(ctx context.Context, tx db.Tx, emails []string) error {
	if len(emails) == 0 {
		return nil
	}
	if _, err := tx.NewDelete().Model((*Message)(nil)).Where("recipient IN (?)", bun.List(emails)).Exec(ctx); err != nil {
		return fmt.Errorf("mailbox: erase: %w", err)
	}
	return nil
}

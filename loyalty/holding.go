package loyalty

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// holdings is what we keep about leads: the ledger, whose lines stay for the books when
// the lead is erased, without the reason that somebody wrote; and its sums.
func (s *Service) holdings() []leads.Holding {
	return []leads.Holding{
		{Table: "ledger_entries", Key: []string{"id"}, Hide: []string{"effect_key"}, Erase: leads.Erasure{Set: map[string]string{
			"reason": "'{}'", "effect_key": "'erased:' || id",
		}}},
		{Table: "loyalty_balances", Key: []string{"lead_id"}, Recount: s.recount},
	}
}

// recount works the balances of leads out anew from their entries, within tx. A balance
// that nothing is left of stays, with 0.
func (s *Service) recount(ctx context.Context, tx db.Tx, leadIDs []int64) error {
	if _, err := tx.NewUpdate().Model((*balance)(nil)).
		Set("points = (SELECT coalesce(sum(e.points), 0) FROM ledger_entries AS e WHERE e.lead_id = balance.lead_id)").
		Where("lead_id IN (?)", bun.List(leadIDs)).Exec(ctx); err != nil {
		return fmt.Errorf("balances: recount: %w", err)
	}
	if _, err := tx.NewRaw("INSERT INTO loyalty_balances (lead_id, points, updated_at) SELECT lead_id, sum(points), max(at) FROM ledger_entries"+
		" WHERE lead_id IN (?) GROUP BY lead_id ON CONFLICT (lead_id) DO NOTHING", bun.List(leadIDs)).Exec(ctx); err != nil {
		return fmt.Errorf("balances: recount: %w", err)
	}
	return nil
}

package leads

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// duplicate is two leads that may be one person, and what they have in common.
type duplicate struct {
	lead, other *Lead
	reason      string
}

// Duplicate is two leads that may be one person. Nobody is merged without a decision.
type Duplicate struct {
	bun.BaseModel `bun:"table:lead_duplicates,alias:duplicate"`

	ID      int64     `bun:",pk,autoincrement" json:"id"`
	LeadID  int64     `json:"lead_id"`
	OtherID int64     `json:"other_id"` // the greater of the two ids
	Reason  string    `json:"reason"`   // what they have in common: "email", "phone"
	State   string    `json:"state"`    // "open", "merged" or "dismissed"
	At      time.Time `json:"at"`
}

// A duplicate's states.
const (
	DuplicateOpen      = "open"
	DuplicateMerged    = "merged"
	DuplicateDismissed = "dismissed"
)

// noteDuplicates writes down who may be the same person. A pair that was noted before
// keeps its state.
func (s *Service) noteDuplicates(ctx context.Context, tx db.Tx, pairs []duplicate) error {
	if len(pairs) == 0 {
		return nil
	}
	rows := make([]*Duplicate, len(pairs))
	for i, p := range pairs {
		rows[i] = &Duplicate{
			LeadID: min(p.lead.ID, p.other.ID), OtherID: max(p.lead.ID, p.other.ID), Reason: p.reason, State: DuplicateOpen, At: s.clock.Now(),
		}
	}
	if _, err := tx.NewInsert().Model(&rows).ExcludeColumn("id").On("CONFLICT (lead_id, other_id) DO NOTHING").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("leads: note duplicates: %w", err)
	}
	return nil
}

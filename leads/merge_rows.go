package leads

import (
	"context"
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/db"
)

// handOver gives, within tx, all rows of the lead that is gone to the one that is kept,
// and writes down which they were. Doing it again gives what came in between.
func (s *Service) handOver(ctx context.Context, tx db.Tx, m *Merge) error {
	for _, h := range s.Holdings() {
		if !h.moves() {
			continue
		}
		inTheWay := slices.Repeat([]any{m.KeptID}, len(h.Unique))
		whose := "r." + h.Lead + " = ?" + h.free()
		if _, err := tx.NewRaw("INSERT INTO lead_merge_rows (merge_id, holding, row_id) SELECT ?, ?, "+h.rowID()+
			" FROM "+h.Table+" AS r WHERE "+whose+" ON CONFLICT DO NOTHING",
			slices.Concat([]any{m.ID, h.Table, m.GoneID}, inTheWay)...).Exec(ctx); err != nil {
			return fmt.Errorf("%s: merge: %w", h.Table, err)
		}
		if _, err := tx.NewRaw("UPDATE "+h.Table+" AS r SET "+h.Lead+" = ? WHERE "+whose,
			slices.Concat([]any{m.KeptID, m.GoneID}, inTheWay)...).Exec(ctx); err != nil {
			return fmt.Errorf("%s: merge: %w", h.Table, err)
		}
	}
	return s.recount(ctx, tx, m.KeptID, m.GoneID)
}

// handBack gives, within tx, the rows back that were handed over and are still there.
func (s *Service) handBack(ctx context.Context, tx db.Tx, m *Merge) error {
	for _, h := range s.Holdings() {
		if !h.moves() {
			continue
		}
		inTheWay := slices.Repeat([]any{m.GoneID}, len(h.Unique))
		if _, err := tx.NewRaw("UPDATE "+h.Table+" AS r SET "+h.Lead+" = ? WHERE r."+h.Lead+" = ? AND "+h.rowID()+
			" IN (SELECT row_id FROM lead_merge_rows WHERE merge_id = ? AND holding = ?)"+h.free(),
			slices.Concat([]any{m.GoneID, m.KeptID, m.ID, h.Table}, inTheWay)...).Exec(ctx); err != nil {
			return fmt.Errorf("%s: undo merge: %w", h.Table, err)
		}
	}
	return s.recount(ctx, tx, m.KeptID, m.GoneID)
}

// recount has the sums worked out anew.
func (s *Service) recount(ctx context.Context, tx db.Tx, ids ...int64) error {
	for _, h := range s.Holdings() {
		if h.Recount == nil {
			continue
		}
		if err := h.Recount(ctx, tx, ids); err != nil {
			return fmt.Errorf("%s: recount: %w", h.Table, err)
		}
	}
	return nil
}

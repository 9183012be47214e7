package scoring

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// store writes, within tx, the parts and scores of living leads that are not what they
// were, and returns the scores that changed. before are the scores as they are stored.
func (s *Service) store(ctx context.Context, tx db.Tx, sh *sheet, before map[int64]*Score) ([]change, error) {
	var rows []*Part
	if err := tx.NewSelect().Model(&rows).Where("lead_id IN (?)", bun.List(sh.ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("scores: read parts: %w", err)
	}
	old := make(map[int64]map[int64]*Part, len(sh.ids))
	for _, p := range rows {
		if old[p.LeadID] == nil {
			old[p.LeadID] = make(map[int64]*Part, len(sh.rules))
		}
		old[p.LeadID][p.RuleID] = p
	}
	now := s.clock.Now()
	var changes []change
	var scores []*Score
	var fresh []*Part
	gone := map[int64][]int64{} // by rule
	for _, id := range sh.ids {
		if before[id] == nil {
			continue // merged or erased
		}
		if c, changed := sh.differs(id, *before[id], old[id], now); changed {
			changes, scores = append(changes, c), append(scores, &c.now)
		}
		parts := sh.of(id)
		for j := range parts {
			p := &parts[j]
			switch o := old[id][p.RuleID]; {
			case p.Times > 0 && (o == nil || o.Points != p.Points || o.Times != p.Times):
				fresh = append(fresh, p)
			case p.Times == 0:
				continue // what is stored goes
			}
			delete(old[id], p.RuleID)
		}
		for rule := range old[id] {
			gone[rule] = append(gone[rule], id)
		}
	}
	for rule, ids := range gone {
		if _, err := tx.NewDelete().Model((*Part)(nil)).Where("rule_id = ?", rule).Where("lead_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return nil, fmt.Errorf("scores: clear parts: %w", err)
		}
	}
	if _, err := db.InsertMany(ctx, tx, fresh, "ON CONFLICT (lead_id, rule_id) DO UPDATE SET points = EXCLUDED.points, times = EXCLUDED.times"); err != nil {
		return nil, fmt.Errorf("scores: store parts: %w", err)
	}
	if _, err := db.InsertMany(ctx, tx, scores,
		"ON CONFLICT (lead_id) DO UPDATE SET score = EXCLUDED.score, grade = EXCLUDED.grade, updated_at = EXCLUDED.updated_at"); err != nil {
		return nil, fmt.Errorf("scores: store: %w", err)
	}
	return changes, nil
}

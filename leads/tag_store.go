package leads

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// TagsOf returns the tags of leads, by lead and then by name.
func (s *Service) TagsOf(ctx context.Context, idb bun.IDB, leadIDs []int64) (map[int64][]string, error) {
	out := make(map[int64][]string, len(leadIDs))
	if len(leadIDs) == 0 {
		return out, nil
	}
	var rows []struct {
		LeadID int64
		Name   string
	}
	if err := idb.NewSelect().TableExpr("lead_tags AS lt").Join("JOIN tags AS t ON t.id = lt.tag_id").ColumnExpr("lt.lead_id, t.name").
		Where("lt.lead_id IN (?)", bun.List(leadIDs)).OrderExpr("t.name_fold").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("leads: tags: %w", err)
	}
	for _, row := range rows {
		out[row.LeadID] = append(out[row.LeadID], row.Name)
	}
	return out, nil
}

// TagNames returns the tags that there are, in the order of their folded names, behind
// the one called after.
func (s *Service) TagNames(ctx context.Context, idb bun.IDB, after string, limit int) ([]string, error) {
	var names []string
	q := idb.NewSelect().Model((*Tag)(nil)).Column("name").Order("name_fold").Limit(int64(limit))
	if after != "" {
		q = q.Where("name_fold > ?", i18n.Fold(after))
	}
	if err := q.Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("tags: list: %w", err)
	}
	return names, nil
}

// living keeps those ids that are leads, and not of such that were merged or erased.
func (s *Service) living(ctx context.Context, idb bun.IDB, ids []int64) ([]int64, error) {
	var out []int64
	if err := idb.NewSelect().Model((*Lead)(nil)).Column("id").Where("id IN (?)", bun.List(ids)).
		Where("merged_into IS NULL").Where("erased_at IS NULL").Order("id").Scan(ctx, &out); err != nil {
		return nil, fmt.Errorf("leads: find many: %w", err)
	}
	return out, nil
}

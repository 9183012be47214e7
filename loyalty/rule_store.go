package loyalty

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// ruleRow is a stored rule.
type ruleRow struct {
	bun.BaseModel `bun:"table:earning_rules,alias:rule"`

	ID         int64 `bun:",pk,autoincrement"`
	Key        string
	Definition EarningRule `bun:"type:jsonb"`
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Rules returns the earning rules in the order in which they were made, 500 at the
// most.
func (s *Service) Rules(ctx context.Context) ([]*EarningRule, error) {
	var rows []*ruleRow
	if err := s.db.Read().NewSelect().Model(&rows).Order("id").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("earning rules: list: %w", err)
	}
	rules := make([]*EarningRule, len(rows))
	for i, row := range rows {
		rules[i] = &row.Definition
	}
	return rules, nil
}

// Kinds are the documents that set the rules up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{ruleKind{s}} }

type ruleKind struct{ *Service }

func (ruleKind) Name() string      { return "earning_rule" }
func (ruleKind) New() manifest.Doc { return new(EarningRule) }

func (ruleKind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	row := new(ruleRow)
	err := idb.NewSelect().Model(row).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("earning rule %q: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("earning rule %q: %w", key, err)
	}
	return &row.Definition, nil
}

func (k ruleKind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	rule := doc.(*EarningRule)
	old, err := k.Current(ctx, tx, rule.Key)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	if err == nil && same(old, rule) {
		return nil
	}
	now := k.clock.Now()
	row := &ruleRow{Key: rule.Key, Definition: *rule, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.NewInsert().Model(row).ExcludeColumn("id").On("CONFLICT (key) DO UPDATE").
		Set("definition = EXCLUDED.definition").Set("updated_at = EXCLUDED.updated_at").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("earning rule %q: store: %w", rule.Key, err)
	}
	return nil
}

// same compares two documents as they are stored.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

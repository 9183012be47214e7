package loyalty

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// Kinds are the documents that set the rules up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{s.ruleTable()} }

func (s *Service) ruleTable() manifest.Table[EarningRule, *EarningRule] {
	return manifest.Table[EarningRule, *EarningRule]{Table: "earning_rules", Kind: "earning_rule", Now: s.clock.Now}
}

// Rules returns the earning rules in the order in which they were made, 500 at the
// most.
func (s *Service) Rules(ctx context.Context) ([]*EarningRule, error) {
	rows, err := s.ruleTable().List(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	rules := make([]*EarningRule, len(rows))
	for i, row := range rows {
		rules[i] = &row.Definition
	}
	return rules, nil
}

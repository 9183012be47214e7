package scoring

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// Find returns a lead's score; 0 without a grade when nothing was counted yet.
func (s *Service) Find(ctx context.Context, leadID int64) (*Score, error) {
	score := &Score{LeadID: leadID}
	err := s.db.Read().NewSelect().Model(score).WherePK().Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("lead %d: score: %w", leadID, err)
	}
	return score, nil
}

// CountedPart is a part of a score with the rule that it comes from.
type CountedPart struct {
	Rule string    `json:"rule"`
	Name i18n.Text `json:"name"`
	Part
}

// Parts returns what a lead's score is made of, in the order of the rules.
func (s *Service) Parts(ctx context.Context, leadID int64) ([]CountedPart, error) {
	b, err := s.book(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	var parts []*Part
	if err := s.db.Read().NewSelect().Model(&parts).Where("lead_id = ?", leadID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: score: %w", leadID, err)
	}
	var out []CountedPart
	for _, r := range b.rules {
		for _, p := range parts {
			if p.RuleID == r.ID {
				out = append(out, CountedPart{r.Key, r.Name, *p})
			}
		}
	}
	return out, nil
}

// gradeCount is how many leads have a grade.
type gradeCount struct {
	Grade string `json:"grade"` // "" are those below the last grade
	Leads int    `json:"leads"`
}

// gradeCounts counts the leads with a score by grade, the best grade first.
func (s *Service) gradeCounts(ctx context.Context, b *book) ([]gradeCount, error) {
	var rows []gradeCount
	if err := s.db.Read().NewSelect().Model((*Score)(nil)).Column("grade").ColumnExpr("count(*) AS leads").
		Group("grade").Limit(20).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("scores: count: %w", err)
	}
	count := make(map[string]int, len(rows))
	for _, row := range rows {
		count[row.Grade] = row.Leads
	}
	var out []gradeCount
	for _, g := range b.scale.Grades {
		out = append(out, gradeCount{g.Name, count[g.Name]})
	}
	return append(out, gradeCount{"", count[""]}), nil
}

// ruleCount is how many leads a rule counts for, and how much.
type ruleCount struct {
	RuleID int64
	Leads  int
	Points float64
}

func (s *Service) ruleCounts(ctx context.Context) (map[int64]ruleCount, error) {
	var rows []ruleCount
	if err := s.db.Read().NewSelect().Model((*Part)(nil)).Column("rule_id").ColumnExpr("count(*) AS leads").
		ColumnExpr("sum(points) AS points").Group("rule_id").Limit(1000).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("scores: count rules: %w", err)
	}
	out := make(map[int64]ruleCount, len(rows))
	for _, row := range rows {
		out[row.RuleID] = row
	}
	return out, nil
}

// top returns the warmest leads.
func (s *Service) top(ctx context.Context, n int) ([]*Score, error) {
	var rows []*Score
	if err := s.db.Read().NewSelect().Model(&rows).Where("score > 0").OrderExpr("score DESC, lead_id").Limit(int64(n)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("scores: top: %w", err)
	}
	return rows, nil
}

// history returns the newest changes of a lead's score.
func (s *Service) history(ctx context.Context, leadID int64) ([]*leads.Event, error) {
	var events []*leads.Event
	if err := s.db.Read().NewSelect().Model(&events).Where("lead_id = ?", leadID).Where("name = ?", leads.EventScoreChanged).
		Order("occurred_at DESC", "id DESC").Limit(shownChanges).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: score history: %w", leadID, err)
	}
	return events, nil
}

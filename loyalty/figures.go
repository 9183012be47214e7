package loyalty

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Figures are the programme in a few numbers, counted from the ledger.
type Figures struct {
	Awarded int64 `json:"points_awarded"` // earned and given, ever
	Spent   int64 `json:"points_redeemed"`
	Members int   `json:"members"`        // leads who have points now
	Open    int64 `json:"points_open"`    // what they have together
	Recent  int64 `json:"points_30_days"` // earned and given in the last 30 days
}

// Figures counts the programme.
func (s *Service) Figures(ctx context.Context) (Figures, error) {
	var f Figures
	err := s.db.Read().NewSelect().Model((*Entry)(nil)).
		ColumnExpr("coalesce(sum(CASE WHEN kind IN (?) THEN points END), 0)", gives).
		ColumnExpr("coalesce(sum(CASE WHEN kind = ? THEN -points END), 0)", KindRedeem).
		ColumnExpr("coalesce(sum(CASE WHEN kind IN (?) AND at > ? THEN points END), 0)", gives, s.clock.Now().Add(-30*day)).
		Scan(ctx, &f.Awarded, &f.Spent, &f.Recent)
	if err != nil {
		return f, fmt.Errorf("loyalty: count: %w", err)
	}
	err = s.db.Read().NewSelect().Model((*balance)(nil)).ColumnExpr("count(*)").
		ColumnExpr("coalesce(sum(points), 0)").Where("points > 0").Scan(ctx, &f.Members, &f.Open)
	if err != nil {
		return f, fmt.Errorf("loyalty: count: %w", err)
	}
	return f, nil
}

const day = 24 * time.Hour

// gives are the kinds of entry that count as points awarded.
var gives = bun.List([]string{KindEarn, KindAward})

// RuleFigures is what one rule has given.
type RuleFigures struct {
	Rule   string `json:"rule"`
	Times  int    `json:"times"`
	Points int64  `json:"points"`
}

// ruleFigures counts what each rule has given; one that gave nothing is left out.
func (s *Service) ruleFigures(ctx context.Context) (map[string]RuleFigures, error) {
	var rows []RuleFigures
	if err := s.db.Read().NewSelect().Model((*Entry)(nil)).Column("rule").
		ColumnExpr("count(*) AS times").ColumnExpr("sum(points) AS points").
		Where("rule <> ''").Group("rule").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("earning rules: count: %w", err)
	}
	out := make(map[string]RuleFigures, len(rows))
	for _, row := range rows {
		out[row.Rule] = row
	}
	return out, nil
}

// perDay sums the points awarded in each of the days that begin at these times and
// end where the next one begins, the last now.
func (s *Service) perDay(ctx context.Context, begins []time.Time) ([]float64, error) {
	sums := make([]float64, len(begins))
	for i, begin := range begins {
		var sum int64
		end := s.clock.Now().Add(time.Microsecond)
		if i+1 < len(begins) {
			end = begins[i+1]
		}
		if err := s.db.Read().NewSelect().Model((*Entry)(nil)).ColumnExpr("coalesce(sum(points), 0)").
			Where("kind IN (?)", gives).Where("at >= ?", begin.UTC()).Where("at < ?", end.UTC()).Scan(ctx, &sum); err != nil {
			return nil, fmt.Errorf("loyalty: points per day: %w", err)
		}
		sums[i] = float64(sum)
	}
	return sums, nil
}

// top returns the leads with the most points.
func (s *Service) top(ctx context.Context, limit int) ([]*balance, error) {
	var rows []*balance
	if err := s.db.Read().NewSelect().Model(&rows).Where("points > 0").
		Order("points DESC", "lead_id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("balances: top: %w", err)
	}
	return rows, nil
}

// Entries returns a lead's entries, or everybody's when leadID is 0, the newest
// first.
func (s *Service) Entries(ctx context.Context, leadID int64, limit int) ([]*Entry, error) {
	var rows []*Entry
	q := s.db.Read().NewSelect().Model(&rows).Order("id DESC").Limit(int64(limit))
	if leadID != 0 {
		q = q.Where("lead_id = ?", leadID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("ledger: list: %w", err)
	}
	return rows, nil
}

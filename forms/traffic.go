package forms

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Traffic is what a landing page brought in the days that were looked at.
type Traffic struct {
	Page        *LandingPage
	Days        int   // whole days since it was first counted; 0 while that is today
	Visitors    int64 // each once a day
	Conversions int64 // those of them who sent the form
}

// Traffic adds up what each landing page brought in its newest whole days, at most so
// many. Of a page that has none, today is told. What this server has counted is in it to
// the last visitor; of others the last second may be missing.
func (s *Service) Traffic(ctx context.Context, days int) ([]Traffic, error) {
	if err := s.counter.save(ctx); err != nil {
		return nil, fmt.Errorf("pages: traffic: %w", err)
	}
	pages, err := s.Pages(ctx)
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	keys := make([]string, len(pages))
	for i, p := range pages {
		keys[i] = p.Key
	}
	today := s.clock.Now().In(s.kit.Zone)
	var rows []*pageDay
	if err := s.db.Read().NewSelect().Model(&rows).Where("page IN (?)", bun.List(keys)).Where("day >= ?", today.AddDate(0, 0, -days).Format(time.DateOnly)).
		Order("page", "day").Limit(int64(len(pages)) * int64(days+2)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("pages: traffic: %w", err)
	}
	// A page that was quiet for a while is no page that was not there.
	var begun []*pageDay
	if err := s.db.Read().NewSelect().Model(&begun).Column("page").ColumnExpr("min(day) AS day").Where("page IN (?)", bun.List(keys)).
		Group("page").Scan(ctx); err != nil {
		return nil, fmt.Errorf("pages: traffic: %w", err)
	}
	first := make(map[string]string, len(begun))
	for _, b := range begun {
		first[b.Page] = b.Day
	}
	out := make([]Traffic, len(pages))
	for i, p := range pages {
		mine := slices.DeleteFunc(slices.Clone(rows), func(r *pageDay) bool { return r.Page != p.Key })
		if out[i], err = sum(p, mine, first[p.Key], today, days); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sum adds up the newest days of a page that was first counted on begun, today only where
// there is no other.
func sum(p *LandingPage, rows []*pageDay, begun string, today time.Time, days int) (Traffic, error) {
	t := Traffic{Page: p}
	if begun == "" {
		return t, nil
	}
	first, err := time.Parse(time.DateOnly, begun)
	if err != nil {
		return t, fmt.Errorf("page %q: %w", p.Key, err)
	}
	now, err := time.Parse(time.DateOnly, today.Format(time.DateOnly))
	if err != nil {
		return t, fmt.Errorf("page %q: %w", p.Key, err)
	}
	t.Days = min(days, max(0, int(now.Sub(first)/(24*time.Hour))))
	for _, r := range rows {
		if t.Days == 0 || r.Day != now.Format(time.DateOnly) {
			t.Visitors += r.Visitors
			t.Conversions += r.Conversions
		}
	}
	return t, nil
}

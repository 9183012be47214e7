package forms

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Brought is what came in the days that were looked at.
type Brought struct {
	Days        int   // whole days since it was first counted; 0 while that is today
	Visitors    int64 // each once a day
	Conversions int64 // those of them who sent the form
}

// Traffic is what a landing page brought.
type Traffic struct {
	Page *LandingPage
	Brought
}

// FormTraffic is what a form brought wherever it stands: on its own page, in landing pages,
// and in the pages of others.
type FormTraffic struct {
	Form *Form
	Brought
}

// Traffic adds up what each landing page brought in its newest whole days, at most so
// many. Of a page that has none, today is told. What this server has counted is in it to
// the last visitor; of others the last second may be missing.
func (s *Service) Traffic(ctx context.Context, days int) ([]Traffic, error) {
	pages, err := s.Pages(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(pages))
	for i, p := range pages {
		keys[i] = p.Key
	}
	sums, err := s.brought(ctx, aPage, keys, days)
	if err != nil {
		return nil, err
	}
	out := make([]Traffic, len(pages))
	for i, p := range pages {
		out[i] = Traffic{p, sums[p.Key]}
	}
	return out, nil
}

// FormTraffic adds up what each form brought, as Traffic does for landing pages.
func (s *Service) FormTraffic(ctx context.Context, days int) ([]FormTraffic, error) {
	forms, err := s.Forms(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(forms))
	for i, f := range forms {
		keys[i] = f.Key
	}
	sums, err := s.brought(ctx, aForm, keys, days)
	if err != nil {
		return nil, err
	}
	out := make([]FormTraffic, len(forms))
	for i, f := range forms {
		out[i] = FormTraffic{f, sums[f.Key]}
	}
	return out, nil
}

// brought adds up the newest days of places of one kind, by their keys.
func (s *Service) brought(ctx context.Context, kind string, keys []string, days int) (map[string]Brought, error) {
	if err := s.counter.saveNow(); err != nil {
		s.log.Error("visits of pages and forms not yet written down", "error", err) // and told a little late
	}
	out := make(map[string]Brought, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	of := func() *bun.SelectQuery {
		return s.db.Read().NewSelect().TableExpr("? AS day", bun.Ident(kind+"_days")).ColumnExpr("? AS key", bun.Ident(kind)).
			Where("? IN (?)", bun.Ident(kind), bun.List(keys))
	}
	now := s.clock.Now().In(s.kit.Zone)
	today := now.Format(time.DateOnly)
	// A place that was quiet for a while is none that was not there.
	var begun []struct{ Key, Day string }
	if err := of().ColumnExpr("min(day) AS day").GroupExpr("?", bun.Ident(kind)).Scan(ctx, &begun); err != nil {
		return nil, fmt.Errorf("traffic of %ss: %w", kind, err)
	}
	for _, b := range begun {
		n, err := wholeDays(b.Day, today)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", kind, b.Key, err)
		}
		out[b.Key] = Brought{Days: min(days, n)}
	}
	var rows []struct {
		Key, Day              string
		Visitors, Conversions int64
	}
	if err := of().Column("day", "visitors", "conversions").Where("day >= ?", now.AddDate(0, 0, -days).Format(time.DateOnly)).
		OrderExpr("?, day", bun.Ident(kind)).Limit(int64(len(keys))*int64(days+2)).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("traffic of %ss: %w", kind, err)
	}
	for _, r := range rows {
		if sum := out[r.Key]; sum.Days == 0 || r.Day != today {
			sum.Visitors += r.Visitors
			sum.Conversions += r.Conversions
			out[r.Key] = sum
		}
	}
	return out, nil
}

// wholeDays is how many days are over from the first one to today; 0 while it is that.
func wholeDays(first, today string) (int, error) {
	from, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return 0, err
	}
	to, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return 0, err
	}
	return max(0, int(to.Sub(from)/(24*time.Hour))), nil
}

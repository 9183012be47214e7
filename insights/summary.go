package insights

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
)

// Service counts what the features have stored.
type Service struct {
	db    *db.DB
	clock clock.Clock
	zone  *time.Location // in which days begin
}

// New returns the insights over d, for a team whose days begin in zone.
func New(d *db.DB, c clock.Clock, zone *time.Location) *Service {
	return &Service{db: d, clock: c, zone: zone}
}

// Summary is the whole of the funnel in figures, counted from the rows themselves.
type Summary struct {
	Visitors       int `json:"visitors"` // of landing pages, each once a day and page
	Submissions    int `json:"submissions"`
	Leads          int `json:"leads"`
	EmailsSent     int `json:"emails_sent"`
	EmailsOpened   int `json:"emails_opened"`  // opened at least once
	EmailsClicked  int `json:"emails_clicked"` // a link followed at least once
	PointsAwarded  int `json:"points_awarded"`
	OffersGranted  int `json:"offers_granted"`
	OffersRedeemed int `json:"offers_redeemed"`
}

// Count counts everything since a time, visitors since the day in which that lies; the zero
// time counts all there is.
func (s *Service) Count(ctx context.Context, since time.Time) (Summary, error) {
	var out Summary
	count := func(table, expr, column string, where ...string) *bun.SelectQuery {
		q := s.db.Read().NewSelect().TableExpr(table).ColumnExpr(expr)
		switch {
		case since.IsZero():
		case column == "day":
			q = q.Where("day >= ?", s.day(since))
		default:
			q = q.Where("? >= ?", bun.Ident(column), since)
		}
		for _, w := range where {
			q = q.Where(w)
		}
		return q
	}
	for _, c := range []struct {
		into  *int
		query *bun.SelectQuery
	}{
		{&out.Visitors, count("page_days", "coalesce(sum(visitors), 0)", "day")},
		{&out.Submissions, count("submissions", "count(*)", "created_at")},
		{&out.Leads, count("leads", "count(*)", "created_at")},
		{&out.EmailsSent, count("messages", "count(*)", "sent_at", "state = 'sent'")},
		{&out.EmailsOpened, count("messages", "count(*)", "opened_at", "opened_at IS NOT NULL")},
		{&out.EmailsClicked, count("messages", "count(*)", "clicked_at", "clicked_at IS NOT NULL")},
		{&out.PointsAwarded, count("ledger_entries", "coalesce(sum(points), 0)", "at", "points > 0")},
		{&out.OffersGranted, count("offer_grants", "count(*)", "granted_at")},
		{&out.OffersRedeemed, count("offer_grants", "count(*)", "redeemed_at", "redeemed_at IS NOT NULL")},
	} {
		if err := c.query.Scan(ctx, c.into); err != nil {
			return out, fmt.Errorf("summary: %w", err)
		}
	}
	return out, nil
}

// visitorsPerDay are the visitors of all landing pages on each of the days that begin at
// begins.
func (s *Service) visitorsPerDay(ctx context.Context, begins []time.Time) ([]float64, error) {
	var days []struct {
		Day      string
		Visitors int64
	}
	if err := visitorDays(s.db.Read(), s.day(begins[0])).Scan(ctx, &days); err != nil {
		return nil, fmt.Errorf("visitors per day: %w", err)
	}
	out := make([]float64, len(begins))
	for i, from := range begins {
		for _, d := range days {
			if d.Day == s.day(from) {
				out[i] = float64(d.Visitors)
			}
		}
	}
	return out, nil
}

func visitorDays(read bun.IDB, since string) *bun.SelectQuery {
	return read.NewSelect().TableExpr("page_days").Column("day").ColumnExpr("sum(visitors) AS visitors").
		Where("day >= ?", since).Group("day").Order("day")
}

// day is how the days of visitors are named.
func (s *Service) day(at time.Time) string { return at.In(s.zone).Format(time.DateOnly) }

// perDay counts the rows of a table whose time lies in each of the days that begin
// at begins; the last day is open. Each day is one stretch of the index on the time.
func (s *Service) perDay(ctx context.Context, table, column string, begins []time.Time) ([]float64, error) {
	counts, into := make([]int64, len(begins)), make([]any, len(begins))
	for i := range counts {
		into[i] = &counts[i]
	}
	if err := dayCounts(s.db.Read(), table, column, begins).Scan(ctx, into...); err != nil {
		return nil, fmt.Errorf("%s per day: %w", table, err)
	}
	out := make([]float64, len(counts))
	for i, n := range counts {
		out[i] = float64(n)
	}
	return out, nil
}

func dayCounts(read bun.IDB, table, column string, begins []time.Time) *bun.SelectQuery {
	q := read.NewSelect()
	for i, from := range begins {
		day := read.NewSelect().TableExpr(table).ColumnExpr("count(*)").Where("? >= ?", bun.Ident(column), from)
		if i+1 < len(begins) {
			day = day.Where("? < ?", bun.Ident(column), begins[i+1])
		}
		q = q.ColumnExpr("(?)", day)
	}
	return q
}

// days returns when each of the last n days began, in a time zone; the last is today.
func days(now time.Time, zone *time.Location, n int) []time.Time {
	here := now.In(zone)
	begins := make([]time.Time, n)
	for i := range begins {
		begins[i] = time.Date(here.Year(), here.Month(), here.Day()-(n-1-i), 0, 0, 0, 0, zone).UTC()
	}
	return begins
}

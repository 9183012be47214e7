package abtest

import (
	"context"
	"fmt"
	"time"
)

// shownDays is how many days the chart of daily visitors shows.
const shownDays = 35

// calendar counts the new visitors of the newest days as a calendar in this zone has
// them, from the start to the last day that brought any.
func (s *Service) calendar(ctx context.Context, r *Report, zone *time.Location) ([]Day, error) {
	if len(r.Daily) == 0 {
		return nil, nil
	}
	last := r.Daily[len(r.Daily)-1].From.Add(day)
	if until := r.until(); until.Before(last) {
		last = until
	}
	var days []Day
	for at := date(*r.StartedAt, zone); !at.After(last); at = date(at.AddDate(0, 0, 1), zone) {
		d := Day{From: at}
		for _, a := range r.Arms {
			d.Arms = append(d.Arms, DayCount{Key: a.Key})
		}
		days = append(days, d)
	}
	days = days[max(0, len(days)-shownDays):]
	var rows []struct {
		Variant  string
		Place    int
		Visitors int64
	}
	which, bounds := "CASE WHEN first_at < ? THEN -1", []any{days[0].From.UTC()}
	for i, d := range days[1:] {
		which += fmt.Sprintf(" WHEN first_at < ? THEN %d", i)
		bounds = append(bounds, d.From.UTC())
	}
	which += fmt.Sprintf(" ELSE %d END", len(days)-1)
	q := s.db.Read().NewSelect().Model((*exposure)(nil)).Column("variant").ColumnExpr(which+" AS place", bounds...).
		ColumnExpr("count(*) AS visitors").
		Where("experiment_id = ?", r.id).Where("NOT crossed").
		GroupExpr("variant, place")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("experiment %q: visitors by date: %w", r.Key, err)
	}
	for _, row := range rows {
		if row.Place < 0 {
			continue // older than what is shown
		}
		for i := range days[row.Place].Arms {
			if n := &days[row.Place].Arms[i]; n.Key == row.Variant {
				n.Visitors = row.Visitors
			}
		}
	}
	for len(days) > 1 && days[len(days)-1].empty() {
		days = days[:len(days)-1]
	}
	return days, nil
}

// empty reports whether the day brought nobody.
func (d Day) empty() bool {
	for _, n := range d.Arms {
		if n.Visitors > 0 {
			return false
		}
	}
	return true
}

// date is the midnight with which the moment's day begins.
func date(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

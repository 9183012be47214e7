package i18n

import (
	"time"

	"github.com/sarnakh/sarnakh/internal/calendar"
)

// Date is the day in the reader's calendar and zone: "۱ فروردین ۱۴۰۴" or
// "21 Mar 2025". The zero time is a dash, here and in the methods below.
func (l Locale) Date(t time.Time) string { return l.moment(t, calendar.Style.Date) }

// LongDate adds the weekday.
func (l Locale) LongDate(t time.Time) string { return l.moment(t, calendar.Style.LongDate) }

// DayMonth is the date without its year, for axes and tight columns.
func (l Locale) DayMonth(t time.Time) string { return l.moment(t, calendar.Style.DayMonth) }

// DateTime is the date and the time of day.
func (l Locale) DateTime(t time.Time) string { return l.moment(t, calendar.Style.DateTime) }

// Clock is the time of day, "14:05".
func (l Locale) Clock(t time.Time) string { return l.moment(t, calendar.Style.Clock) }

// Ago says how far t lies from now: "just now", "5 minutes ago", "in 2 days".
// Beyond 30 days it is the date.
func (l Locale) Ago(t, now time.Time) string {
	if t.IsZero() {
		return none
	}
	distance, when := now.Sub(t), "ago."
	if distance < 0 {
		distance, when = -distance, "in."
	}
	switch {
	case distance < time.Minute:
		return l.T("time.now")
	case distance < time.Hour:
		return l.T("time."+when+"minutes", "n", int(distance/time.Minute))
	case distance < 24*time.Hour:
		return l.T("time."+when+"hours", "n", int(distance/time.Hour))
	case distance <= 30*24*time.Hour:
		return l.T("time."+when+"days", "n", int(distance/(24*time.Hour)))
	}
	return l.Date(t)
}

// Span writes a duration in its one or two largest units: "3 days",
// "1 hour 30 minutes". Less than a minute is said in seconds.
func (l Locale) Span(d time.Duration) string {
	units := []struct {
		key  string
		size time.Duration
	}{
		{"time.span.days", 24 * time.Hour},
		{"time.span.hours", time.Hour},
		{"time.span.minutes", time.Minute},
		{"time.span.seconds", time.Second},
	}
	d = d.Abs()
	for i, unit := range units {
		n := d / unit.size
		if n == 0 && i < len(units)-1 {
			continue
		}
		text := l.T(unit.key, "n", int(n))
		if rest := d % unit.size; i < 2 && rest >= units[i+1].size {
			text = l.T("time.span.both", "big", text,
				"small", l.T(units[i+1].key, "n", int(rest/units[i+1].size)))
		}
		return text
	}
	return none
}

func (l Locale) moment(t time.Time, write func(calendar.Style, time.Time) string) string {
	if t.IsZero() {
		return none
	}
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	style := calendar.English
	if l.Lang == Persian {
		style = calendar.Persian
	}
	return write(style, t.In(zone))
}

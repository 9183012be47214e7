package calendar

import (
	"fmt"
	"time"
)

// Jalali is a day of the Solar Hijri calendar: Month 1 (Farvardin) to 12
// (Esfand), Day from 1. The zero value is no date.
type Jalali struct {
	Year, Month, Day int
}

// epoch is the day number (days since 1970-01-01) of the day before
// 1 Farvardin of year 1 in the arithmetic below.
const epoch = -492269

// Leap years follow the 33-year cycle: eight leap years in every 33. It equals
// the break table of K. M. Borkowski, "The Persian calendar for 3000 years",
// Earth, Moon, and Planets 74 (1996) 223-230, for the years 1210 to 1633
// (1831 to 2254), which is every date that marketing has met so far. Outside
// that range the result may be off by a day.

// IsLeap reports whether Esfand of the year has 30 days.
func IsLeap(year int) bool {
	return mod(25*year+11, 33) < 8
}

// DaysIn is the length of a month, 29 to 31; 0 for a month that does not exist.
func DaysIn(year, month int) int {
	switch {
	case month < 1 || month > 12:
		return 0
	case month <= 6:
		return 31
	case month <= 11 || IsLeap(year):
		return 30
	}
	return 29
}

// NewJalali is the date of that year, month and day. It fails when the month
// or the day does not exist.
func NewJalali(year, month, day int) (Jalali, error) {
	if day < 1 || day > DaysIn(year, month) {
		return Jalali{}, fmt.Errorf("jalali date %04d-%02d-%02d: no such day", year, month, day)
	}
	return Jalali{year, month, day}, nil
}

// FromTime is the Jalali day on which t falls in t's own time zone.
func FromTime(t time.Time) Jalali {
	y, m, d := t.Date()
	return fromDay(int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsADay))
}

// Time is the first moment of the day in loc (where the clock skips midnight,
// the first moment after it).
func (j Jalali) Time(loc *time.Location) time.Time {
	y, m, d := time.Unix(int64(j.day())*secondsADay, 0).UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc)
}

// String is the date as year-month-day in ASCII digits, for logs and files.
func (j Jalali) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", j.Year, j.Month, j.Day)
}

const secondsADay = 24 * 60 * 60

// day is the number of days since 1970-01-01.
func (j Jalali) day() int {
	months := 31 * (j.Month - 1)
	if j.Month > 7 {
		months -= j.Month - 7
	}
	return yearStart(j.Year) + months + j.Day
}

// yearStart is the day number of the eve of 1 Farvardin.
func yearStart(year int) int {
	return epoch + 365*(year-1) + div(8*year+21, 33)
}

func fromDay(day int) Jalali {
	// The mean year is 365 + 8/33 days; the guess is never more than one off.
	year := div(33*(day-epoch), 12053) + 1
	for day <= yearStart(year) {
		year--
	}
	for day > yearStart(year+1) {
		year++
	}
	rest := day - yearStart(year) - 1 // days since 1 Farvardin
	if rest < 186 {
		return Jalali{year, rest/31 + 1, rest%31 + 1}
	}
	rest -= 186
	return Jalali{year, rest/30 + 7, rest%30 + 1}
}

// div and mod round towards minus infinity, so years before 1 stay in order.
func div(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func mod(a, b int) int { return a - b*div(a, b) }

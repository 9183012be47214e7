package calendar

import (
	"strconv"
	"time"
)

// Style is a way of writing dates. Every method reads the time in its own time
// zone: convert with In first.
type Style struct {
	jalali   bool
	comma    string
	months   [12]string
	short    [12]string
	weekdays [7]string // from Sunday, as time.Weekday counts
}

// Persian writes Jalali dates in Persian words and digits: ۱ فروردین ۱۴۰۴.
var Persian = Style{
	jalali: true,
	comma:  "، ",
	months: persianMonths,
	short:  persianMonths,
	weekdays: [7]string{
		"یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه",
	},
}

var persianMonths = [12]string{
	"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
	"مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
}

// English writes Gregorian dates, day first and month by name, so that no
// reader takes the day for the month: 21 Mar 2025.
var English = Style{
	comma: ", ",
	months: [12]string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
	short: [12]string{
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	},
	weekdays: [7]string{
		"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
	},
}

// TransliteratedMonths are the Jalali months in Latin letters, Farvardin first,
// for English pages that must name a Jalali month.
var TransliteratedMonths = [12]string{
	"Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar",
	"Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
}

// Date is the day, the month and the year: "۱ فروردین ۱۴۰۴" or "21 Mar 2025".
func (s Style) Date(t time.Time) string {
	y, m, d := s.split(t)
	return s.digits(strconv.Itoa(d) + " " + s.short[m-1] + " " + strconv.Itoa(y))
}

// LongDate adds the weekday and writes the month in full.
func (s Style) LongDate(t time.Time) string {
	y, m, d := s.split(t)
	weekday := s.weekdays[t.Weekday()]
	if !s.jalali {
		weekday += ","
	}
	return s.digits(weekday + " " + strconv.Itoa(d) + " " + s.months[m-1] + " " + strconv.Itoa(y))
}

// DayMonth leaves the year out, for the axis of a chart: "۱ فروردین", "21 Mar".
func (s Style) DayMonth(t time.Time) string {
	_, m, d := s.split(t)
	return s.digits(strconv.Itoa(d) + " " + s.short[m-1])
}

// Clock is the time of day on a 24-hour clock: "۱۴:۰۵" or "14:05".
func (s Style) Clock(t time.Time) string {
	return s.digits(t.Format("15:04"))
}

// DateTime is Date, a comma and Clock.
func (s Style) DateTime(t time.Time) string {
	return s.Date(t) + s.comma + s.Clock(t)
}

// Month is the name of month 1 to 12 in this style's calendar.
func (s Style) Month(m int) string { return s.months[m-1] }

// Weekday is the name of the day.
func (s Style) Weekday(d time.Weekday) string { return s.weekdays[d] }

func (s Style) split(t time.Time) (year, month, day int) {
	if s.jalali {
		j := FromTime(t)
		return j.Year, j.Month, j.Day
	}
	y, m, d := t.Date()
	return y, int(m), d
}

func (s Style) digits(text string) string {
	if s.jalali {
		return PersianDigits(text)
	}
	return text
}

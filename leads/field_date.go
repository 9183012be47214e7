package leads

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/calendar"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// The years in which a date is taken for Jalali; later ones are Gregorian.
const (
	firstJalali    = 1200
	firstGregorian = 1700
	lastGregorian  = 9999
)

// parseDate takes a day as files and people write it, and keeps it as 2006-01-02:
// 2026-11-21 and ۱۴۰۵/۰۸/۳۰, with the year at either end, 21 Nov 2026 and ۳۰ آبان ۱۴۰۵,
// and a time, of which it takes the day. Of 3/4/2026 nobody can know the month: it is
// refused, unless one of the two is greater than 12 or dots mark it as day first.
func parseDate(raw string) (any, string) {
	text := i18n.ASCIIDigits(raw)
	if day, ok := datePart(text); ok {
		text = day
	}
	year, month, day, ok := numericDate(text)
	if !ok {
		year, month, day, ok = wordDate(text)
	}
	if !ok {
		return nil, "errors.date"
	}
	if year >= firstJalali && year < firstGregorian {
		jalali, err := calendar.NewJalali(year, month, day)
		if err != nil {
			return nil, "errors.date"
		}
		return jalali.Time(time.UTC).Format(time.DateOnly), ""
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < firstGregorian || year > lastGregorian || at.Month() != time.Month(month) || at.Day() != day {
		return nil, "errors.date"
	}
	return at.Format(time.DateOnly), ""
}

// datePart is the day of what is a day with a time of that day: 2026-11-21T10:00:00Z.
func datePart(text string) (string, bool) {
	before, _, timed := strings.Cut(text, ":")
	end := strings.LastIndexAny(before, " T")
	if !timed || end < 0 {
		return "", false
	}
	return strings.TrimRight(before[:end], " ,،"), true
}

// numericDate reads three numbers between dashes, slashes or dots.
func numericDate(text string) (year, month, day int, ok bool) {
	mark := strings.IndexAny(text, "-/.")
	if mark < 0 {
		return 0, 0, 0, false
	}
	parts := strings.Split(text, text[mark:mark+1])
	if len(parts) != 3 {
		return 0, 0, 0, false
	}
	var n [3]int
	for i, part := range parts {
		v, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || v < 0 || len(part) > 5 {
			return 0, 0, 0, false
		}
		n[i] = v
	}
	switch year := n[2]; {
	case n[0] >= firstJalali:
		return n[0], n[1], n[2], true
	case year < firstJalali:
		return 0, 0, 0, false
	case year < firstGregorian, text[mark] == '.', n[0] > 12: // the day comes first
		return year, n[1], n[0], true
	case n[1] > 12, n[0] == n[1]:
		return year, n[0], n[1], true
	}
	return 0, 0, 0, false
}

// wordDate reads a day, the name of its month and a year, as our own pages write them.
func wordDate(text string) (year, month, day int, ok bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '،' || r == '-' })
	if len(words) != 3 {
		return 0, 0, 0, false
	}
	if monthOf(words[0]) > 0 { // November 21, 2026
		words[0], words[1] = words[1], words[0]
	}
	day, errDay := strconv.Atoi(words[0])
	year, errYear := strconv.Atoi(words[2])
	month = monthOf(words[1])
	return year, month, day, errDay == nil && errYear == nil && month > 0
}

// monthOf is the number of a month by its name: one of ours in either calendar.
func monthOf(name string) int {
	name = i18n.Fold(name)
	for m := 1; m <= 12; m++ {
		english := i18n.Fold(calendar.English.Month(m))
		if name == english || name == english[:3] || name == "sept" && m == 9 ||
			name == i18n.Fold(calendar.Persian.Month(m)) || name == i18n.Fold(calendar.TransliteratedMonths[m-1]) {
			return m
		}
	}
	return 0
}

// writeDate is a civil date as somebody types it into a field: in their own calendar.
func writeDate(l i18n.Locale, date string) string {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || l.Lang != i18n.Persian {
		return date
	}
	return calendar.PersianDigits(strings.ReplaceAll(calendar.FromTime(day).String(), "-", "/"))
}

// chosen says whether a list of values of JSON holds one.
func chosen(list any, value string) bool {
	values, _ := list.([]any)
	return slices.Contains(values, any(value))
}

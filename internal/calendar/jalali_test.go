package calendar

import (
	"testing"
	"time"
)

func TestKnownDatesConvertBothWays(t *testing.T) {
	for _, c := range []struct {
		jalali    Jalali
		gregorian string
	}{
		{Jalali{1300, 1, 1}, "1921-03-21"},
		{Jalali{1348, 10, 11}, "1970-01-01"},
		{Jalali{1357, 11, 22}, "1979-02-11"},
		{Jalali{1375, 12, 30}, "1997-03-20"},
		{Jalali{1378, 10, 11}, "2000-01-01"},
		{Jalali{1399, 12, 30}, "2021-03-20"},
		{Jalali{1400, 1, 1}, "2021-03-21"},
		{Jalali{1403, 12, 30}, "2025-03-20"},
		{Jalali{1404, 1, 1}, "2025-03-21"},
		{Jalali{1405, 8, 30}, "2026-11-21"},
	} {
		if got := c.jalali.Time(time.UTC).Format(time.DateOnly); got != c.gregorian {
			t.Errorf("%v is %s, want %s", c.jalali, got, c.gregorian)
		}
		day, err := time.Parse(time.DateOnly, c.gregorian)
		if err != nil {
			t.Fatal(err)
		}
		if got := FromTime(day); got != c.jalali {
			t.Errorf("%s is %v, want %v", c.gregorian, got, c.jalali)
		}
	}
}

// The years of Borkowski's table between which this package keeps its promise.
const breakBefore, breakAfter = 1210, 1635

func TestLeapYearsAgreeWithBorkowskisTable(t *testing.T) {
	const jump = breakAfter - breakBefore
	for year := breakBefore; year < breakAfter-1; year++ {
		n := year - breakBefore
		if jump-n < 6 {
			n = n - jump + (jump+4)/33*33
		}
		leap := (((n+1)%33)-1)%4 == 0 && (n+1)%33 != 0
		if got := IsLeap(year); got != leap {
			t.Errorf("year %d: leap %v, the table says %v", year, got, leap)
		}
	}
}

func TestEveryDayOfTwoCenturiesMakesTheRoundTrip(t *testing.T) {
	day := time.Date(1921, 1, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(2122, 1, 1, 0, 0, 0, 0, time.UTC)
	previous := FromTime(day.AddDate(0, 0, -1))
	for ; day.Before(end); day = day.AddDate(0, 0, 1) {
		j := FromTime(day)
		if back := j.Time(time.UTC); !back.Equal(day) {
			t.Fatalf("%s became %v and came back as %s", day.Format(time.DateOnly), j, back)
		}
		if next := following(previous); j != next {
			t.Fatalf("after %v came %v, want %v", previous, j, next)
		}
		previous = j
	}
}

func following(j Jalali) Jalali {
	j.Day++
	if j.Day > DaysIn(j.Year, j.Month) {
		j.Day = 1
		j.Month++
	}
	if j.Month > 12 {
		j.Month = 1
		j.Year++
	}
	return j
}

func TestDaysThatDoNotExistAreRefused(t *testing.T) {
	for _, c := range [][3]int{{1404, 12, 30}, {1404, 7, 31}, {1404, 13, 1}, {1404, 0, 1}, {1404, 1, 0}, {1404, 1, 32}} {
		if j, err := NewJalali(c[0], c[1], c[2]); err == nil {
			t.Errorf("%v was accepted as %v", c, j)
		}
	}
	if _, err := NewJalali(1403, 12, 30); err != nil {
		t.Errorf("30 Esfand of a leap year: %v", err)
	}
}

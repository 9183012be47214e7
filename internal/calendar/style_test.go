package calendar

import (
	"testing"
	"time"
	_ "time/tzdata" // Tehran, also where the machine has no zone files
)

func TestDatesReadNaturallyInBothLanguages(t *testing.T) {
	tehran, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 3, 20, 21, 5, 0, 0, time.UTC).In(tehran) // 00:35 on Nowruz
	for _, c := range []struct{ got, want string }{
		{Persian.Date(at), "۱ فروردین ۱۴۰۴"},
		{Persian.LongDate(at), "جمعه ۱ فروردین ۱۴۰۴"},
		{Persian.DateTime(at), "۱ فروردین ۱۴۰۴، ۰۰:۳۵"},
		{Persian.DayMonth(at), "۱ فروردین"},
		{Persian.Clock(at), "۰۰:۳۵"},
		{Persian.Month(12), "اسفند"},
		{Persian.Weekday(time.Tuesday), "سه‌شنبه"},
		{English.Date(at), "21 Mar 2025"},
		{English.LongDate(at), "Friday, 21 March 2025"},
		{English.DateTime(at), "21 Mar 2025, 00:35"},
		{English.DateTime(at.UTC()), "20 Mar 2025, 21:05"},
		{English.DayMonth(at), "21 Mar"},
		{English.Month(1), "January"},
		{English.Weekday(time.Saturday), "Saturday"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

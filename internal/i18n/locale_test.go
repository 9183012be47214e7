package i18n

import (
	"math"
	"os"
	"testing"
	"time"
)

// product is the catalogue that ships.
func product(t *testing.T) *Catalog {
	t.Helper()
	c, err := Load(os.DirFS("../../templates/i18n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNumbersUseTheReadersDigits(t *testing.T) {
	en, fa := Locale{Lang: English}, Locale{Lang: Persian}
	type points int
	for _, c := range []struct{ got, want string }{
		{en.Num(0), "0"},
		{en.Num(999), "999"},
		{en.Num(-1234567), "-1,234,567"},
		{en.Num(1234.5), "1,234.5"},
		{en.Num(points(1000)), "1,000"},
		{en.Num(uint64(18446744073709551615)), "18,446,744,073,709,551,615"},
		{en.Num(math.NaN()), "–"},
		{en.Num(nil), "–"},
		{en.Num(-0.001), "0"},
		{en.Num("۱۲ Nov"), "12 Nov"},
		{fa.Num(1234567), "۱٬۲۳۴٬۵۶۷"},
		{fa.Num(-3), "\u200e−۳"},
		{fa.Num(0.25), "۰٫۲۵"},
		{fa.Digits("v1.20"), "v۱.۲۰"},
		{en.Pct(0.1234, 1), "12.3%"},
		{en.Pct(1, 0), "100%"},
		{fa.Pct(0.1234, 1), "\u061c۱۲٫۳٪"},
		{en.Pct(-0.03, 0), "-3%"},
		{fa.Pct(-0.03, 0), "\u061c\u200e−۳\u061c٪"},
		{en.SignedPct(0.12, 0), "+12%"},
		{en.SignedPct(-0.12, 0), "-12%"},
		{en.SignedPct(0.001, 0), "0%"},
		{en.SignedPct(-0.001, 0), "0%"},
		{fa.SignedPct(0.12, 0), "\u061c\u200e+۱۲\u061c٪"},
		{fa.SignedPct(-0.12, 0), "\u061c\u200e−۱۲\u061c٪"},
		{fa.SignedPct(0.001, 0), "\u061c۰٪"},
		{fa.SignedPct(math.NaN(), 0), "–"},
		{fa.Pct(math.Inf(1), 1), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTimesFollowCalendarAndZone(t *testing.T) {
	zone := time.FixedZone("Tehran", 12600)
	c := product(t)
	en, fa := c.Locale(English, nil), c.Locale(Persian, zone)
	at := time.Date(2025, 3, 20, 21, 5, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{fa.Date(at), "۱ فروردین ۱۴۰۴"},
		{fa.DateTime(at), "۱ فروردین ۱۴۰۴، ۰۰:۳۵"},
		{en.DateTime(at), "20 Mar 2025, 21:05"},
		{en.Clock(at), "21:05"},
		{en.Date(time.Time{}), "–"},
		{en.Ago(at, at.Add(30*time.Second)), "just now"},
		{en.Ago(at, at.Add(time.Minute)), "1 minute ago"},
		{en.Ago(at, at.Add(5*time.Hour)), "5 hours ago"},
		{fa.Ago(at, at.Add(5*time.Hour)), "۵ ساعت پیش"},
		{fa.Ago(at, at.Add(-49*time.Hour)), "۲ روز دیگر"},
		{en.Ago(at, at.AddDate(1, 0, 0)), "20 Mar 2025"},
		{en.Ago(time.Time{}, at), "–"},
		{en.Span(0), "0 seconds"},
		{en.Span(90 * time.Minute), "1 hour 30 minutes"},
		{en.Span(26 * time.Hour), "1 day 2 hours"},
		{fa.Span(72 * time.Hour), "۳ روز"},
		{fa.Span(25*time.Hour + time.Minute), "۱ روز و ۱ ساعت"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLanguageIsNegotiated(t *testing.T) {
	for _, c := range []struct {
		header string
		def    Lang
		want   Lang
	}{
		{"fa-IR,fa;q=0.9,en;q=0.8", English, Persian},
		{"en-GB,en;q=0.9", Persian, English},
		{"de-DE,de;q=0.9,en;q=0.5", Persian, English},
		{"de-DE", Persian, Persian},
		{"", English, English},
		{";;q=x", Persian, Persian},
	} {
		if got := Negotiate(c.header, c.def); got != c.want {
			t.Errorf("%q: got %s, want %s", c.header, got, c.want)
		}
	}
	for s, want := range map[string]Lang{"fa": Persian, "FA-ir": Persian, "en_US": English, "de": "", "": "", "fat": ""} {
		if got, ok := Parse(s); got != want || ok != (want != "") {
			t.Errorf("Parse(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestDirectionComesFromTheFirstLetter(t *testing.T) {
	for text, want := range map[string]string{"12 سلام": "rtl", "hi سلام": "ltr", "۱۲": "", "": ""} {
		if got := Direction(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

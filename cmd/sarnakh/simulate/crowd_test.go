package simulate

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

var saturday = time.Date(2026, 10, 10, 4, 30, 0, 0, time.UTC) // 8 o'clock in Tehran

// portrait is what makes a person, to compare.
func portrait(p *person) []any {
	return []any{p.number, p.lang, p.source.name, p.query.Encode(), p.browser.agent, p.first, p.email, p.temper.hours,
		p.will, p.hesitates, p.comesBack, p.slips, p.clicks, p.consents, p.asksAgain, p.persianDigits}
}

func TestSameSeedSamePeopleAtTheSameTimes(t *testing.T) {
	one, same, other := crowd(7, 300), crowd(7, 300), crowd(8, 300)
	differ := 0
	for i := range one {
		if diff := cmp.Diff(portrait(one[i]), portrait(same[i])); diff != "" {
			t.Fatal(diff)
		}
		if cmp.Diff(portrait(one[i]), portrait(other[i])) != "" {
			differ++
		}
	}
	if differ < 290 {
		t.Errorf("another seed makes %d of 300 others", differ)
	}
	if !cmp.Equal(arrivals(7, saturday, 14, 300), arrivals(7, saturday, 14, 300)) || cmp.Equal(arrivals(7, saturday, 14, 300), arrivals(8, saturday, 14, 300)) {
		t.Error("the times do not go by the seed")
	}
	if !cmp.Equal(portrait(crowd(7, 100)[99]), portrait(one[99])) {
		t.Error("who somebody is depends on how many come after")
	}
}

func TestPeopleAreAsVariedAsACampaignsPublic(t *testing.T) {
	const n = 8_000
	emails := map[string]bool{}
	var persian, unwilling, slips float64
	for _, p := range crowd(1, n) {
		emails[p.email] = true
		if !strings.Contains(p.email, "@example.") || strings.ContainsFunc(p.email, func(r rune) bool { return r > 126 || r <= ' ' }) {
			t.Fatalf("%q is no address for an example", p.email)
		}
		if p.lang == i18n.Persian {
			persian++
		}
		if !p.consents {
			unwilling++
		}
		if p.slips {
			slips++
		}
		r := &http.Request{Header: http.Header{"User-Agent": {p.browser.agent}}}
		if web.IsBot(r) {
			t.Fatalf("%q would be taken for a program", p.browser.agent)
		}
	}
	if len(emails) != n {
		t.Errorf("%d people share %d addresses", n, len(emails))
	}
	near(t, "Persian", persian/n, .7)
	near(t, "without consent", unwilling/n, .12)
	near(t, "making a mistake", slips/n, .07)
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if got < want-.02 || got > want+.02 {
		t.Errorf("%s: %.3f, about %.2f is believable", what, got, want)
	}
}

func TestVisitsFollowTheWeekAndTheDay(t *testing.T) {
	times := arrivals(3, saturday, 14, 20_000)
	byDay, byHour := map[time.Weekday]int{}, map[int]int{}
	for i, at := range times {
		if at.Before(saturday) || !at.Before(saturday.AddDate(0, 0, 14)) || i > 0 && at.Before(times[i-1]) {
			t.Fatalf("visit %d at %s", i, at)
		}
		byDay[at.In(tehran).Weekday()]++
		byHour[at.In(tehran).Hour()]++
	}
	if byDay[time.Friday] > byDay[time.Wednesday]*3/4 {
		t.Errorf("%d on Fridays, %d on Wednesdays", byDay[time.Friday], byDay[time.Wednesday])
	}
	if byHour[21] < byHour[11]*3/2 || byHour[4] > byHour[11]/8 {
		t.Errorf("%d at nine in the evening, %d before noon, %d before dawn", byHour[21], byHour[11], byHour[4])
	}
}

func TestNobodyReadsMailBeforeDawn(t *testing.T) {
	p := crowd(1, 1)[0]
	for h := range 24 {
		at := saturday.Add(time.Duration(h) * time.Hour)
		moved := awake(p.rng, at)
		if local := moved.In(tehran).Hour(); moved.Before(at) || local >= 1 && local < 7 {
			t.Errorf("%s becomes %s", at.In(tehran), moved.In(tehran))
		}
		if shop := opens(at).In(tehran); shop.Before(at) || shop.Hour() < 9 || shop.Hour() >= 22 {
			t.Errorf("%s becomes %s at the shop", at.In(tehran), shop)
		}
	}
}

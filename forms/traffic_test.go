package forms

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// autumn is a landing page with one version and no experiment.
func (r *room) autumn(t *testing.T) {
	t.Helper()
	p := &PageDefinition{Name: "Autumn", Variants: []PageVariant{{Key: "a", Title: both("Plain", "ساده"), Text: both("x", "x"), Form: "guide"}}}
	p.Kind, p.Key = "page", "autumn"
	r.applyPage(t, p)
}

func (r *room) traffic(t *testing.T) string {
	t.Helper()
	list, err := r.forms.Traffic(context.Background(), 28)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d pages, %v", len(list), err)
	}
	return fmt.Sprintf("%d of %d in %d days", list[0].Conversions, list[0].Visitors, list[0].Days)
}

func TestAPageCountsEachVisitorOnceADayAndNobodyElse(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		r.autumn(t)
		if got := r.traffic(t); got != "0 of 0 in 0 days" {
			t.Errorf("a page that nobody has seen: %s", got)
		}
		as := func(id string) []string { return []string{"Cookie", VisitorCookie + "=" + id} }
		for range 3 {
			r.do(t, "GET", "/p/autumn", "", "", as("visitor-00001")...)
			r.do(t, "GET", "/p/autumn", "", "", as("visitor-00002")...)
		}
		r.do(t, "GET", "/p/autumn", "", "", "User-Agent", "Googlebot/2.1")
		r.do(t, "GET", "/p/autumn", "", "", "Sec-Purpose", "prefetch;prerender")
		if got := r.traffic(t); got != "0 of 2 in 0 days" {
			t.Errorf("on the first day today is told: %s", got)
		}
		for range 2 {
			r.post(t, "/p/autumn", good(), as("visitor-00001")...)
		}
		trapped := good()
		trapped.Set(paramTrap, "x")
		r.post(t, "/p/autumn", trapped, as("visitor-00002")...)
		bad := good()
		bad.Set("email", "nobody")
		r.post(t, "/p/autumn", bad, as("visitor-00002")...)
		r.clock.Advance(24 * time.Hour)
		r.do(t, "GET", "/p/autumn", "", "", as("visitor-00001")...)
		// A form that was opened before midnight: never more conversions than visitors.
		r.post(t, "/p/autumn", good(), as("visitor-00003")...)
		if got := r.traffic(t); got != "1 of 2 in 1 days" {
			t.Errorf("whole days alone are told: %s", got)
		}
		r.clock.Advance(24 * time.Hour)
		if got := r.traffic(t); got != "2 of 4 in 2 days" {
			t.Errorf("after two days: %s", got)
		}
		r.clock.Advance(40 * 24 * time.Hour)
		if got := r.traffic(t); got != "0 of 0 in 28 days" {
			t.Errorf("a page that nobody came to: %s", got)
		}
	})
}

func TestADayWithoutVisitorsIsADayToo(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.autumn(t)
	r.do(t, "GET", "/p/autumn", "", "", "Cookie", VisitorCookie+"=visitor-00001")
	r.clock.Advance(10 * 24 * time.Hour)
	if got := r.traffic(t); got != "0 of 1 in 10 days" {
		t.Errorf("one visitor ten days ago: %s", got)
	}
}

func TestTwoServersAddTheirVisitorsUp(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		r.autumn(t)
		here, there := r.forms.counter, newCounter(r.db, slog.New(slog.DiscardHandler))
		for round := range 3 {
			for i := range 40 {
				here.count(place{aPage, "autumn"}, "2026-11-21", fmt.Sprintf("here-%d-%d", round, i), countedNot, i < 5)
				there.count(place{aPage, "autumn"}, "2026-11-21", fmt.Sprintf("there-%d-%d", round, i), countedNot, i < 2)
			}
			if err := there.save(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := r.traffic(t), fmt.Sprintf("%d of %d in 0 days", 7*(round+1), 80*(round+1)); got != want {
				t.Errorf("round %d: %s, want %s", round, got, want)
			}
		}
	})
}

func TestAViewOfAPageWaitsForNobodyWhoWrites(t *testing.T) {
	r := open(t, testkit.Database{Dir: t.TempDir()})
	r.autumn(t)
	if err := r.db.InTx(t.Context(), func(context.Context, db.Tx) error {
		r.do(t, "GET", "/p/autumn", "", "", "Cookie", VisitorCookie+"=visitor-00001") // while nobody else may write
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := r.traffic(t); got != "0 of 1 in 0 days" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestVisitsThatTheDatabaseDidNotTakeAreKept(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		r.autumn(t)
		down, cancel := context.WithCancel(t.Context())
		cancel()
		for i := range 3 {
			r.forms.counter.count(place{aPage, "autumn"}, "2026-11-21", fmt.Sprintf("visitor-%d", i), countedNot, i == 0)
			if err := r.forms.counter.save(down); err == nil {
				t.Fatal("written down without a database")
			}
		}
		if got := r.traffic(t); got != "1 of 3 in 0 days" {
			t.Errorf("with the database back: %s", got)
		}
	})
}

func TestAVisitorOfTwoServersCountsOnce(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		r := open(t, base)
		r.autumn(t)
		servers := []*counter{r.forms.counter, newCounter(r.db, slog.New(slog.DiscardHandler))}
		t.Cleanup(func() { r.forms.counter = servers[0] })
		browser := []string{"Cookie", VisitorCookie + "=visitor-00001"}
		for i := range 6 { // each request is answered by the other server
			r.forms.counter = servers[i%2]
			a := r.do(t, "GET", "/p/autumn", "", "", browser...)
			if i == 3 || i == 4 {
				a = r.post(t, "/p/autumn", good(), browser...)
			}
			for _, c := range (&http.Response{Header: a.header}).Cookies() {
				if c.Name == countedCookie {
					browser[1] = VisitorCookie + "=visitor-00001; " + c.Name + "=" + c.Value
				}
			}
		}
		if err := servers[0].save(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.traffic(t); got != "1 of 1 in 0 days" {
			t.Errorf("one visitor: %s", got)
		}
		r.clock.Advance(24 * time.Hour)
		r.do(t, "GET", "/p/autumn", "", "", browser...)
		r.clock.Advance(24 * time.Hour)
		if got := r.traffic(t); got != "1 of 2 in 2 days" {
			t.Errorf("on the next day: %s", got)
		}
	})
}

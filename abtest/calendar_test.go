package abtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestNewVisitorsAreCountedByTheReadersCalendar(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		tehran, err := time.LoadLocation("Asia/Tehran")
		h.must(err)
		e := h.start(promise()) // 9:00 UTC, 12:30 in Tehran
		h.visit(e, "a", 3, 1)
		h.time.Advance(11*time.Hour + 29*time.Minute) // a minute to midnight there
		h.visit(e, "b", 4, 0)
		h.time.Advance(time.Minute)
		h.visit(e, "b", 5, 2)
		h.time.Advance(24 * time.Hour)
		h.visit(e, "a", 1, 0)
		for _, c := range []struct {
			zone *time.Location
			want string
		}{
			{tehran, "02: a3 b4 03: a0 b5 04: a1 b0 "},
			{time.UTC, "02: a3 b9 03: a1 b0 "},
		} {
			h.time.Advance(48 * time.Hour) // nobody comes
			days, err := h.calendar(context.Background(), h.report("promise"), c.zone)
			h.must(err)
			var got string
			for _, d := range days {
				got += d.From.Format("02: ")
				for _, n := range d.Arms {
					got += fmt.Sprintf("%s%d ", n.Key, n.Visitors)
				}
			}
			if got != c.want {
				t.Errorf("%v: %s, want %s", c.zone, got, c.want)
			}
		}
		h.time.Advance(60 * 24 * time.Hour)
		h.visit(e, "a", 2, 0)
		days, err := h.calendar(context.Background(), h.report("promise"), tehran)
		h.must(err)
		if len(days) != shownDays || days[shownDays-1].Arms[0].Visitors != 2 || !days[0].empty() {
			t.Errorf("%d days, the last %+v", len(days), days[len(days)-1])
		}
	})
}

package abtest

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/templates"
)

func TestTheDaysOfTheChartAreThoseSinceTheStart(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise()) // 9:00 UTC, 12:30 in Tehran
		h.visit(e, "a", 3, 1)
		h.time.Advance(23*time.Hour + 59*time.Minute)
		h.visit(e, "b", 4, 0)
		h.time.Advance(time.Minute)
		h.visit(e, "b", 5, 2)
		h.time.Advance(2 * day)
		h.visit(e, "a", 1, 0)
		h.time.Advance(3 * day) // nobody comes
		var got string
		for _, d := range h.report("promise").newest() {
			got += d.From.Format("02: ")
			for _, n := range d.Arms {
				got += fmt.Sprintf("%s%d ", n.Key, n.Visitors)
			}
		}
		if want := "02: a3 b4 03: a0 b5 04: a0 b0 05: a1 b0 "; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		set, err := templates.New()
		h.must(err)
		tehran, err := time.LoadLocation("Asia/Tehran")
		h.must(err)
		persian := set.Catalog().Locale(i18n.Persian, tehran)
		drawn := string(chart.Figure(persian, h.report("promise").dailyChart(persian)))
		if !strings.Contains(drawn, "۱۲:۳۰") || !strings.Contains(drawn, "آبان") {
			t.Errorf("the chart says neither the hour nor the date: %s", drawn)
		}
		h.time.Advance(60 * day)
		h.visit(e, "a", 2, 0)
		days := h.report("promise").newest()
		if len(days) != shownDays || days[shownDays-1].Arms[0].Visitors != 2 || days[0].Arms[0].Visitors != 0 {
			t.Errorf("%d days, the last %+v", len(days), days[len(days)-1])
		}
	})
}

func TestADayOnWhichTheWeightsChangeIsHeldAgainstBoth(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 100, 10)
		h.visit(e, "b", 100, 10)
		h.time.Advance(2 * time.Hour)
		d := promise()
		d.Variants[0].Weight, d.Variants[1].Weight = 20, 80
		h.must(h.apply(d))
		e = h.find("promise")
		h.visit(e, "a", 120, 10)
		h.visit(e, "b", 480, 50)
		r := h.report("promise")
		share, deviation := r.designAt(r.Daily[0], 1)
		if math.Abs(share-0.725) > 1e-9 || math.Abs(deviation-math.Sqrt(200*0.25+600*0.16)/800) > 1e-9 {
			t.Errorf("by design %v ± %v; 200 came under a half and 600 under four fifths", share, deviation)
		}
		if got := float64(r.Daily[0].Arms[1].Visitors) / r.Daily[0].visitors(); math.Abs(got-share) > 1e-9 {
			t.Errorf("a day as designed has %v beside a design of %v", got, share)
		}
	})
}

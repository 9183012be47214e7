package abtest

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/templates"
)

// drawnReport is one of as many variants as there are intervals in each look.
func drawnReport(t *testing.T, looks ...[]stats.Interval) (*Report, i18n.Locale) {
	t.Helper()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	r := &Report{StartedAt: &start, Goals: []GoalReport{{}}}
	for i := range looks[0] {
		key := string(rune('a' + i))
		r.Arms = append(r.Arms, Arm{ArmReport: stats.ArmReport{Key: key}})
		r.Goals[0].Arms = append(r.Goals[0].Arms, GoalArm{})
	}
	for day, intervals := range looks {
		look := &Look{ID: int64(day + 1), At: start.Add(time.Duration(day)*24*time.Hour + time.Hour)}
		for i, interval := range intervals {
			middle := (interval.Lo + interval.Hi) / 2
			look.Analysis.Arms = append(look.Analysis.Arms, stats.ArmReport{Key: r.Arms[i].Key, Rate: &middle, Wilson: &interval})
			r.Arms[i].Rate = &middle
		}
		r.Looks = append(r.Looks, look)
	}
	return r, set.Catalog().Locale(i18n.English, time.UTC)
}

func TestARateThatIsDrawnOnceGoesOnToTheEnd(t *testing.T) {
	r, l := drawnReport(t,
		[]stats.Interval{{Lo: 0, Hi: 0.9}, {Lo: 0, Hi: 0.9}},
		[]stats.Interval{{Lo: 0, Hi: 0.3}, {Lo: 0, Hi: 0.6}},
		[]stats.Interval{{Lo: 0.1, Hi: 0.5}, {Lo: 0.1, Hi: 0.6}}, // a first conversion widens it
		[]stats.Interval{{Lo: 0.1, Hi: 0.4}, {Lo: 0.1, Hi: 0.5}})
	c := r.trendChart(l).(chart.LineChart)
	for i, from := range []int{1, 2} {
		for day, value := range c.Series[i].Values {
			if math.IsNaN(value) != (day < from) || math.IsNaN(c.Series[i].High[day]) != (day < from) {
				t.Errorf("version %d, day %d: %v", i, day, value)
			}
		}
	}
}

func TestOfManyVersionsTheOriginalAndTheLeaderHaveBands(t *testing.T) {
	day := []stats.Interval{{Lo: 0.2, Hi: 0.4}, {Lo: 0.1, Hi: 0.3}, {Lo: 0.3, Hi: 0.5}, {Lo: 0.2, Hi: 0.3}, {Lo: 0.1, Hi: 0.2}}
	banded := func(c chart.Chart) (list []int) {
		for i, row := range c.(chart.LineChart).Series {
			if row.Low != nil {
				list = append(list, i)
			}
		}
		return list
	}
	r, l := drawnReport(t, day, day)
	if got := banded(r.trendChart(l)); len(got) != 2 || got[0] != 0 || got[1] != 2 {
		t.Errorf("bands of the rates: %v, want those of the original and the third, which is ahead", got)
	}
	r.Verdict.Winner = "d"
	if got := banded(r.trendChart(l)); len(got) != 2 || got[1] != 3 {
		t.Errorf("bands of the rates: %v, want that of the winner", got)
	}
	if got := banded(r.liftChart(l)); len(got) != 1 || got[0] != 3 {
		t.Errorf("bands of the lift: %v, want that of the winner alone", got)
	}
	r.Verdict.Winner = "a"
	if got := banded(r.trendChart(l)); len(got) != 2 || got[1] != 2 {
		t.Errorf("bands of the rates: %v, want the one that comes nearest to the original", got)
	}
	r, l = drawnReport(t, day[:3], day[:3])
	if got := banded(r.trendChart(l)); len(got) != 3 {
		t.Errorf("bands of the rates of three versions: %v", got)
	}
}

func TestADayWithoutALookShowsWhatWasKnown(t *testing.T) {
	day := []stats.Interval{{Lo: 0.2, Hi: 0.4}, {Lo: 0.1, Hi: 0.3}}
	r, l := drawnReport(t, day, day, day, day, day)
	lift := 0.1
	for _, look := range r.Looks {
		look.Analysis.Comparisons = []stats.Comparison{{Arm: "b", Lift: &lift, RateRatio: stats.Interval{Lo: 0.5, Hi: 1.9}}}
	}
	r.Looks = slices.Delete(r.Looks, 1, 3) // the server was away
	for name, c := range map[string]chart.Chart{"rates": r.trendChart(l), "lift": r.liftChart(l)} {
		drawn := c.(chart.LineChart)
		if row := drawn.Series[1]; len(drawn.Times) != 5 || len(row.Values) != 5 || slices.ContainsFunc(row.Values, math.IsNaN) || slices.ContainsFunc(row.High, math.IsNaN) {
			t.Errorf("%s: %d days, %v: a gap says that there was nothing", name, len(drawn.Times), row.Values)
		}
	}
}

func TestALookWithoutAnUpperEndLeavesNoGapInTheLift(t *testing.T) {
	day := []stats.Interval{{Lo: 0.2, Hi: 0.4}, {Lo: 0.1, Hi: 0.3}}
	r, l := drawnReport(t, day, day, day, day)
	lift := 0.1
	for i, high := range []float64{math.Inf(1), 2, math.Inf(1), 1.9} {
		r.Looks[i].Analysis.Comparisons = []stats.Comparison{{Arm: "b", Lift: &lift, RateRatio: stats.Interval{Lo: 0.5, Hi: high}}}
	}
	row := r.liftChart(l).(chart.LineChart).Series[1]
	if !math.IsNaN(row.High[0]) || row.High[1] != 1 || row.High[2] != 1 || math.Abs(row.High[3]-0.9) > 1e-9 {
		t.Errorf("the upper ends %v: all looks together leave one from the second on", row.High)
	}
}

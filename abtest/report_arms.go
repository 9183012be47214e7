package abtest

import (
	"math"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// armRow is one variant of a table.
type armRow struct {
	Name                  string
	Control, Wins         bool
	Visitors, Conversions int64
	Main, Note            string // the rate with its interval, or what a visitor brings
	Sums                  string // of a ratio: what is divided by what
	Lift, Difference      string // against control; "" for control itself
	LiftRange             string // the interval of the lift of what is brought
	Within                string // where the lift is no quotient of the two rates: why
	Best, Loss            string
}

// rows are the variants with the figures that the verdict rests on.
func (d *reportPage) rows(arms []Arm, comparisons []stats.Comparison) []armRow {
	goal := d.Report.judged()
	rows := make([]armRow, len(arms))
	for i, a := range arms {
		row := d.row(a)
		row.Control, row.Wins = i == 0, a.Key == d.Report.Verdict.Winner
		if a.Visitors > 0 {
			row.Best, row.Loss = d.Pct(orNaN(a.ProbBest), 1), d.Pct(orNaN(a.ExpectedLoss), 2)
		}
		if d.OfValue {
			row.Main, row.Note, row.Sums = d.mean(goal.Arms[i])
		}
		for _, c := range comparisons {
			if c.Arm == a.Key {
				row.Lift, row.Difference = d.against(c)
				row.LiftRange = d.meanLiftRange(c.Value)
				row.Within = d.within(c, goal.Kind)
			}
		}
		rows[i] = row
	}
	return rows
}

// latest are the variants with everybody until now, for a verdict that rests on fewer.
func (d *reportPage) latest() []armRow {
	rows := make([]armRow, len(d.Report.Latest))
	for i, a := range d.Report.Latest {
		rows[i] = d.row(a)
		if d.OfValue {
			rows[i].Main, rows[i].Note, rows[i].Sums = d.mean(d.Report.Goals[0].Arms[i])
		}
	}
	return rows
}

func (d *reportPage) row(a Arm) armRow {
	row := armRow{Name: a.title(d.Lang), Visitors: a.Visitors, Conversions: a.Conversions, Main: d.Pct(a.rate(), 1), Best: "–", Loss: "–"}
	if a.Wilson != nil {
		row.Note = d.T("abtest.range", "low", d.Pct(a.Wilson.Lo, 1), "high", d.Pct(a.Wilson.Hi, 1))
	}
	return row
}

// meanLiftRange is Fieller's interval of a lift of means, "" where there is none. It has no
// ends while the original's mean cannot be told from nothing, and says so.
func (d *reportPage) meanLiftRange(v *stats.ValueComparison) string {
	switch {
	case !d.OfValue || v == nil || v.LiftInterval == nil:
		return ""
	case math.IsInf(v.LiftInterval.Hi, 1):
		return d.T("abtest.lift.endless")
	case v.Lift == nil: // of less than nothing
		return ""
	}
	return d.T("abtest.range", "low", signed(d.Locale, v.LiftInterval.Lo), "high", signed(d.Locale, v.LiftInterval.Hi))
}

// against is a variant's lift over control, and the interval of the difference.
func (d *reportPage) against(c stats.Comparison) (lift, difference string) {
	if d.OfValue {
		if v := c.Value; v != nil {
			if v.Lift != nil {
				lift = signed(d.Locale, *v.Lift)
			}
			if v.Interval != nil {
				difference = d.T("abtest.range", "low", amountOf(d.Locale, v.Interval.Lo), "high", amountOf(d.Locale, v.Interval.Hi))
			}
		}
		return lift, difference
	}
	if c.Lift != nil {
		lift = signed(d.Locale, *c.Lift)
	}
	switch {
	case c.WeightsVaried: // the figures that add regimes up are not defined
		difference = d.liftRange(c.RateRatio.Lo-1, c.RateRatio.Hi-1)
	case c.Newcombe != nil:
		difference = d.T("abtest.difference", "low", points(d.Locale, c.Newcombe.Lo), "high", points(d.Locale, c.Newcombe.Hi))
	}
	return lift, difference
}

// within says that a comparison was made under each weights by themselves and then put
// together, so that it differs from what the rates of everybody suggest; "" where the
// weights never changed.
func (d *reportPage) within(c stats.Comparison, kind GoalKind) string {
	switch {
	case !c.WeightsVaried:
		return ""
	case kind == OfRatio: // a split that says too little is left out until then
		return d.T("abtest.lift.within.ratio", "n", stats.LeastOrders)
	}
	return d.T("abtest.lift.within")
}

// more reports whether visitors or conversions came after the verdict.
func more(latest, arms []Arm) bool {
	for i := range latest {
		if latest[i].Visitors != arms[i].Visitors || latest[i].Conversions != arms[i].Conversions {
			return true
		}
	}
	return false
}

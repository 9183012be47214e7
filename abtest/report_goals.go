package abtest

import (
	"math"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// goalCard is a goal beside the verdict.
type goalCard struct {
	Name, What string
	Role       string
	Harm       string // which variants it is worse in; "" for none
	Nobody     string // what to look at while nobody has reached it; "" once somebody has
	Figure     string // what is counted of each visitor
	Rows       []goalLine
}

// goalLine is what one variant did for a goal.
type goalLine struct {
	Name, Main, Note  string
	Sums              string // of a ratio: what is divided by what
	Control, Worse    bool
	Reached, Visitors int64
	Change, Interval  string // against control
	Few               string // why there is no interval; "" where there is one
	Within            string // as of an armRow
	P                 string
	Now               string // the figures of everybody, where the verdict froze fewer
}

// goals are those that decide nothing: secondary ones and guardrails, as the verdict found
// them, else as they are now.
func (d *reportPage) goals() (cards []goalCard) {
	all := d.Report.Goals
	frozen := len(d.Report.GoalsAtVerdict) == len(all)
	for i, now := range all[1:] {
		g := now
		if frozen {
			g = d.Report.GoalsAtVerdict[i+1]
		}
		card := goalCard{Name: title(g.Key, g.Name, d.Lang), What: d.goalWords(g.Goal), Role: d.T("abtest.role." + string(g.Role)), Figure: g.figure(d.Locale)}
		if visitors, reached := now.among(); visitors > 0 && reached == 0 {
			card.Nobody = d.nobody(g.Goal)
		}
		var harmed []string
		for j, a := range g.Arms {
			line := d.goalLine(g, a)
			line.Name, line.Control = d.Report.Latest[j].title(d.Lang), j == 0
			if line.Worse {
				harmed = append(harmed, line.Name)
			}
			if late := d.goalLine(now, now.Arms[j]); frozen && (late.Visitors != line.Visitors || late.Reached != line.Reached) {
				line.Now = d.T("abtest.goal.now", "figure", late.Main, "conversions", late.Reached, "visitors", late.Visitors)
			}
			card.Rows = append(card.Rows, line)
		}
		if len(harmed) > 0 {
			card.Harm = d.T("abtest.goal.harm", "arms", d.list(harmed))
		}
		cards = append(cards, card)
	}
	return cards
}

// among is how many visitors there are in all, and how many of them reached the goal.
func (g *GoalReport) among() (visitors, reached int64) {
	for _, a := range g.Arms {
		visitors, reached = visitors+a.Visitors, reached+a.Conversions
	}
	return visitors, reached
}

// few reports whether what is brought says too little for an interval.
func (g *GoalReport) few() bool {
	return g.byMean() && slices.ContainsFunc(g.Arms, func(a GoalArm) bool { return a.Conversions < stats.LeastOrders })
}

// goalLine is what one variant did for a goal.
func (d *reportPage) goalLine(g GoalReport, a GoalArm) goalLine {
	line := goalLine{Reached: a.Conversions, Visitors: a.Visitors, Worse: slices.Contains(g.Harmed, a.Key), Main: d.Pct(orNaN(a.Rate), 1)}
	if g.byMean() {
		line.Main, line.Note, line.Sums = d.mean(a)
	} else if a.Wilson != nil {
		line.Note = d.T("abtest.range", "low", d.Pct(a.Wilson.Lo, 1), "high", d.Pct(a.Wilson.Hi, 1))
	}
	for _, c := range g.Comparisons {
		if c.Arm == a.Key {
			line.Change, line.Interval = d.change(c, g.byMean())
			if line.Change != "" {
				line.Within = d.within(c, g.Kind)
			}
			if line.Interval == "" && g.few() {
				line.Few = d.T("abtest.goal.few_orders", "n", stats.LeastOrders)
			}
			if c.AnytimePHolm < 1 || line.Interval != "" { // else there is nothing to read yet
				line.P = d.p(&c.AnytimePHolm)
			}
		}
	}
	return line
}

// mean is what a visitor of a variant brings, or each unit of a ratio, with its interval;
// and of a ratio what is divided by what.
func (d *reportPage) mean(a GoalArm) (mean, interval, sums string) {
	if i := a.MeanInterval; i != nil {
		interval = d.T("abtest.range", "low", money(d.Locale, i.Lo), "high", money(d.Locale, i.Hi))
	}
	if a.Units != nil && a.Total != nil {
		sums = d.T("abtest.goal.sums", "top", money(d.Locale, *a.Total), "below", money(d.Locale, *a.Units))
	}
	return money(d.Locale, orNaN(a.Mean)), interval, sums
}

// change is a comparison with the interval that holds at every look.
func (d *reportPage) change(c stats.Comparison, ofValue bool) (change, interval string) {
	if !ofValue {
		if c.Lift != nil {
			change = signed(d.Locale, *c.Lift)
		}
		return change, d.liftRange(c.RateRatio.Lo-1, c.RateRatio.Hi-1)
	}
	v := c.Value
	if v == nil || v.Difference == nil {
		return "", ""
	}
	change = amountOf(d.Locale, *v.Difference)
	if i := v.AnytimeInterval; i != nil {
		return change, d.T("abtest.range", "low", amountOf(d.Locale, i.Lo), "high", amountOf(d.Locale, i.Hi))
	}
	return change, ""
}

// liftRange writes the interval of a lift, whose ends may be open; "" when both are.
func (d *reportPage) liftRange(low, high float64) string {
	switch {
	case math.IsNaN(low) || math.IsNaN(high) || low <= -1 && math.IsInf(high, 1):
		return ""
	case math.IsInf(high, 1):
		return d.T("abtest.at_least", "low", signed(d.Locale, low))
	}
	return d.T("abtest.range", "low", signed(d.Locale, low), "high", signed(d.Locale, high))
}

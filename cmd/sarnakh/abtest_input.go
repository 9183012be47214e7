package main

import (
	"encoding/json"
	"fmt"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// analyzeJSON reads the settings and counts of one look and analyses them.
//
// Without days the rules about days and whole weeks cannot be kept: they are
// switched off, and the verdict says so.
func analyzeJSON(data []byte) (stats.Analysis, error) {
	doc := parseFields(data)
	in := doc.object("", doc.root)
	s, l := stats.DefaultSettings(), stats.Look{}
	in.float("alpha", &s.Alpha)
	in.text("control", &s.Control)
	var measure string
	in.text("measure", &measure)
	s.Measure = stats.Measure(measure)
	in.whole("planned_visitors_per_arm", &s.PlannedVisitors)
	in.float("planned_conversions", &s.PlannedConversions)
	in.float("kappa", &s.Kappa)
	in.flag("varying", &s.Varying)
	in.float("tau", &s.Tau)
	in.whole("min_conversions", &s.MinConversions)
	var days, least int64
	if !in.whole("days", &days) {
		s.MinDays, s.WholeWeeks = 0, false
	}
	if in.whole("min_days", &least) {
		s.MinDays = doc.small("min_days", least)
	}
	l.Days = doc.small("days", days)
	var planned int64
	in.whole("planned_days", &planned)
	s.PlannedDays = doc.small("planned_days", planned)
	in.flag("whole_weeks", &s.WholeWeeks)
	in.flag("planned_end", &l.PlannedEnd)
	if raw, ok := in.take("earlier"); ok {
		l.Earlier = doc.earlier(raw)
	}
	l.Regimes = doc.regimes(in)
	for i, v := range in.list("arms") {
		l.Arms = append(l.Arms, doc.arm(fmt.Sprintf("arms[%d].", i), v, i, l.Regimes))
	}
	in.end()
	if doc.err != nil {
		return stats.Analysis{}, doc.err
	}
	return stats.Analyze(s, l)
}

// arm reads one arm. With regimes its counts are their sums, unless it says them.
func (doc *fields) arm(path string, v any, i int, regimes []stats.Regime) stats.Arm {
	var a stats.Arm
	in := doc.object(path, v)
	in.needed(in.text("key", &a.Key), "key")
	in.needed(in.float("weight", &a.Weight), "weight")
	visitors, conversions := in.whole("visitors", &a.Visitors), in.whole("conversions", &a.Conversions)
	for _, r := range regimes {
		if i >= len(r) {
			continue // stats refuses the regime
		}
		if !visitors {
			a.Visitors += r[i].Visitors
		}
		if !conversions {
			a.Conversions += r[i].Conversions
		}
	}
	in.needed(visitors || len(regimes) > 0, "visitors")
	in.needed(conversions || len(regimes) > 0, "conversions")
	if raw, ok := in.take("value"); ok {
		a.Value = doc.value(path+"value.", raw)
	}
	in.end()
	return a
}

// value reads what visitors brought in.
func (doc *fields) value(path string, v any) *stats.Value {
	value := new(stats.Value)
	in := doc.object(path, v)
	in.needed(in.whole("n", &value.N), "n")
	in.needed(in.float("mean", &value.Mean), "mean")
	in.needed(in.float("variance", &value.Variance), "variance")
	in.whole("orders", &value.Orders)
	in.end()
	return value
}

// regimes reads a list of lists of cells, in the order of the arms.
func (doc *fields) regimes(in *object) (regimes []stats.Regime) {
	for r, list := range in.list("regimes") {
		var regime stats.Regime
		for i, v := range doc.list(fmt.Sprintf("regimes[%d]", r), list) {
			var c stats.Cell
			cell := doc.object(fmt.Sprintf("regimes[%d][%d].", r, i), v)
			cell.needed(cell.float("weight", &c.Weight), "weight")
			cell.needed(cell.whole("visitors", &c.Visitors), "visitors")
			cell.needed(cell.whole("conversions", &c.Conversions), "conversions")
			if raw, ok := cell.take("value"); ok {
				c.Value = doc.value(fmt.Sprintf("regimes[%d][%d].value.", r, i), raw)
			}
			cell.end()
			// Sums of counts beyond any sense must not wrap round before stats
			// sees them.
			c.Visitors, c.Conversions = bounded(c.Visitors), bounded(c.Conversions)
			regime = append(regime, c)
		}
		regimes = append(regimes, regime)
	}
	return regimes
}

func bounded(n int64) int64 { return max(-1, min(n, stats.MaxVisitors+1)) }

// earlier reads what an earlier analysis printed.
func (doc *fields) earlier(v any) *stats.Analysis {
	data, err := json.Marshal(v)
	if err != nil {
		doc.refuse("earlier", "cannot be read")
		return nil
	}
	a := new(stats.Analysis)
	if err := json.Unmarshal(data, a); err != nil {
		doc.refuse("earlier", "is not an analysis as this command prints it")
		return nil
	}
	return a
}

// planJSON reads what is known before a start and plans.
func planJSON(data []byte) (stats.Plan, error) {
	doc := parseFields(data)
	in := doc.object("", doc.root)
	p := stats.PlanInput{Alpha: 0.05, Power: 0.8, Arms: 2}
	in.needed(in.float("baseline", &p.Baseline), "baseline")
	in.float("alpha", &p.Alpha)
	in.float("power", &p.Power)
	var target, effect float64
	var perArm, weeks int64
	if in.float("target", &target) {
		p.Target = &target
	}
	if in.float("mde_relative", &effect) {
		p.Effect = &effect
	}
	if in.whole("visitors_per_arm", &perArm) {
		p.PerArm = &perArm
	}
	if in.whole("weeks", &weeks) {
		n := doc.small("weeks", weeks)
		p.Weeks = &n
	}
	for i, v := range in.list("weights") {
		var w float64
		doc.float(fmt.Sprintf("weights[%d]", i), v, &w)
		p.Weights = append(p.Weights, w)
		p.Arms = len(p.Weights)
	}
	var arms int64
	if in.whole("arms", &arms) {
		p.Arms = doc.small("arms", arms)
	}
	if in.float("visitors_per_day", &p.VisitorsPerDay) && !(p.VisitorsPerDay > 0) {
		doc.refuse("visitors_per_day", "%v is not above 0", p.VisitorsPerDay)
	}
	in.end()
	if doc.err != nil {
		return stats.Plan{}, doc.err
	}
	return stats.MakePlan(p)
}

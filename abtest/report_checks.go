package abtest

import (
	"strings"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// check is one thing that must be in order before a verdict is believed.
type check struct{ Name, State, Tone, Text string }

// rule is one sentence on how something is counted.
type rule struct{ Name, Text string }

// checks are what must be in order, each with its state.
func (d *reportPage) checks() []check {
	list := []check{d.splitCheck(), d.crossedCheck()}
	if !overLeads(d.Report.Surface) {
		list = append(list, d.check("abtest.check.bots", "fine", "abtest.check.bots.text"))
	}
	list = append(list, d.effectCheck())
	if lowered := d.Report.Verdict.Lowered; len(lowered) > 0 {
		names := make([]string, len(lowered))
		for i, name := range lowered {
			names[i] = d.T("abtest.lowered." + name)
		}
		c := d.check("abtest.check.lowered", "alarm", "")
		c.Text = d.list(names)
		list = append(list, c)
	}
	return list
}

var checkTone = map[string]string{"fine": "good", "alarm": "warn", "broken": "bad", "unknown": "muted"}

// check is in a state: fine, alarm, broken or unknown.
func (d *reportPage) check(name, state, text string, args ...any) check {
	c := check{Name: d.T(name), State: d.T("abtest.check." + state), Tone: checkTone[state]}
	if text != "" {
		c.Text = d.T(text, args...)
	}
	return c
}

func (d *reportPage) splitCheck() check {
	const name = "abtest.check.split"
	srm := d.Report.SRM
	switch {
	case !srm.OK:
		return d.check(name, "broken", "abtest.check.split.broken", "p", d.formula("=", srm.P))
	case !srm.Enough:
		return d.check(name, "unknown", "abtest.check.split.unknown")
	}
	return d.check(name, "fine", "abtest.check.split.fine", "p", d.formula("=", srm.P))
}

func (d *reportPage) crossedCheck() check {
	const name = "abtest.check.crossed"
	crossed, state := d.Report.Crossed, "fine"
	if crossed.Visitors == 0 {
		return d.check(name, state, "abtest.check.crossed.none")
	}
	if !crossed.OK {
		state = "alarm"
	}
	return d.check(name, state, "abtest.check.crossed.text", "n", crossed.Visitors, "share", d.Pct(orNaN(crossed.Share), 1))
}

// effectCheck holds what the plan can show against what would matter to the team.
func (d *reportPage) effectCheck() check {
	const name = "abtest.check.effect"
	plan := d.Report.Plan
	switch {
	case d.Report.Mode == Earn:
		return d.check(name, "unknown", "abtest.check.effect.earn")
	case d.OfValue:
		return d.check(name, "unknown", "abtest.check.effect.value")
	case plan.SmallestLift == nil:
		return d.check(name, "unknown", "abtest.check.effect.none")
	}
	lift, state := *plan.SmallestLift, "fine"
	if lift > stats.HopelessEffect {
		state = "alarm"
	}
	c := d.check(name, state, "abtest.check.effect.text", "visitors", plan.VisitorsPerArm, "lift", signed(d.Locale, lift))
	if wanted := plan.MinimumEffect; wanted != nil {
		key := "abtest.check.effect.enough"
		if !*plan.ShowsMinimum {
			key = "abtest.check.effect.short"
			c.State, c.Tone = d.T("abtest.check.alarm"), checkTone["alarm"]
		}
		c.Text += " " + d.T(key, "lift", signed(d.Locale, *wanted))
	}
	return c
}

// counting says in one sentence each how the figures come about.
func (d *reportPage) counting() []rule {
	r := d.Report
	level := d.Pct(1-r.Plan.Alpha, 0)
	visitors := "abtest.rule.visitors.text"
	if overLeads(r.Surface) {
		visitors = "abtest.rule.leads.text"
	}
	rules := []rule{
		{d.T("abtest.rule.visitors"), d.T(visitors)},
		{d.T("abtest.rule.conversions"), d.goalWords(r.Goal)},
	}
	if d.OfValue {
		rules = append(rules, rule{d.T("abtest.rule.rate"), d.T("abtest.rule."+string(r.Goal.Kind)+".text", "level", level, "n", stats.LeastOrders)})
	} else {
		rules = append(rules, rule{d.T("abtest.rule.rate"), d.T("abtest.rule.rate.text", "level", level)})
	}
	verdict := "abtest.rule.verdict.text"
	switch {
	case r.Mode == Earn:
		verdict = "abtest.rule.verdict.earn"
	case r.Plan.Weeks != nil:
		verdict = "abtest.rule.verdict.weeks"
	}
	rules = append(rules, rule{d.T("abtest.rule.verdict"), d.T(verdict, "alpha", d.Pct(r.Plan.Alpha, 0), "running", d.formula("≤", &r.Verdict.SequentialAlpha), "end", d.formula("≤", &r.Verdict.HorizonAlpha), "visitors", r.Plan.VisitorsPerArm)})
	if !d.OfValue {
		rules = append(rules, rule{d.T("abtest.rule.chance"), d.T("abtest.rule.chance.text")})
	}
	return rules
}

// list joins names as a sentence lists them.
func (d *reportPage) list(names []string) string { return strings.Join(names, d.T("abtest.comma")) }

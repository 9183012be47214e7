package abtest

import (
	"html/template"
	"math"
	"net/url"
	"strconv"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/chart"
)

// planView is the answer in words, figures and a chart.
type planView struct {
	Tone, Icon        string
	Sentence, Advice  string
	Warning           string // the experiment would show large differences only
	PerArm, Total     int64
	Days              int
	Smallest          float64 // NaN for none
	Weeks             int
	Curve             template.HTML
	Formula, Counting string
	Next              string // the form of a new experiment with these figures
}

// view puts the answer into words: the honest sentence first.
func (d *planPage) view(a *PlanAnswer) *planView {
	v := &planView{Smallest: math.NaN(), Weeks: a.Weeks, Formula: a.Formula, Counting: d.T("experiments.plan.counting", "power", d.Pct(a.Power, 0), "alpha", d.Pct(a.Alpha, 0), "end", d.Iso(d.Pct(a.AlphaAtEnd, 1)))}
	if a.Smallest != nil {
		v.Smallest = a.Smallest.MDERelative
		v.PerArm, v.Total, v.Days = a.Smallest.PerArm, a.Smallest.Total, 7*a.Weeks
	}
	for _, w := range a.Curve { // until then, where even that shows nothing
		if w.Weeks == a.Weeks && a.Smallest == nil {
			v.PerArm, v.Total, v.Days = w.PerArm, int64(a.VisitorsPerDay*7*float64(a.Weeks)), 7*a.Weeks
		}
	}
	smallest := d.T("experiments.plan.weeks.shows", "n", a.Weeks, "lift", d.lift(v.Smallest), "rate", d.Pct(a.Baseline*(1+v.Smallest), 1))
	if a.Smallest == nil {
		smallest = d.T("experiments.plan.weeks.nothing", "n", a.Weeks)
	}
	switch {
	case a.Fits == nil:
		v.Tone, v.Icon, v.Sentence, v.Advice = "", "info", smallest, d.T("experiments.plan.advice.weeks")
	case *a.Fits:
		v.Tone, v.Icon = "good", "check"
		v.PerArm, v.Total, v.Days = a.Needed.PerArm, a.Needed.Total, *a.Needed.Days
		v.Sentence = d.T("experiments.plan.fits", "n", v.Days/7, "lift", d.lift(a.Needed.MDERelative), "visitors", v.PerArm)
		v.Advice = d.T("experiments.plan.advice.fits")
	default:
		v.Tone, v.Icon = "warn", "warning"
		v.Sentence = d.T("experiments.plan.cannot.ages", "n", a.Weeks)
		if a.Needed != nil {
			v.PerArm, v.Total, v.Days = a.Needed.PerArm, a.Needed.Total, *a.Needed.Days
			v.Sentence = d.T("experiments.plan.cannot", "n", a.Weeks, "lift", d.lift(a.Needed.MDERelative), "needs", d.T("experiments.weeks", "n", v.Days/7))
		}
		v.Advice = smallest + " " + d.T("experiments.plan.advice.cannot")
	}
	if a.Smallest == nil || a.Smallest.MDERelative > stats.HopelessEffect {
		if a.Fits == nil || !*a.Fits {
			v.Tone, v.Icon = "warn", "warning"
		}
		v.Warning = d.T("experiments.plan.hopeless", "n", a.Weeks, "half", d.Pct(stats.HopelessEffect, 0))
	}
	v.Curve = d.curve(a)
	v.Next = d.next(a)
	return v
}

func (d *planPage) lift(share float64) string { return d.Iso(signed(d.Locale, share)) }

// curve is the smallest lift against the weeks one waits.
func (d *planPage) curve(a *PlanAnswer) template.HTML {
	c := chart.BarChart{
		Title: d.T("experiments.plan.curve"), Desc: d.T("experiments.plan.curve.desc"), Share: true,
		Empty: d.T("experiments.plan.curve.empty"), Series: []chart.Series{{Name: d.T("experiments.plan.curve.name")}},
	}
	for _, w := range a.Curve {
		c.Labels = append(c.Labels, d.T("experiments.week", "n", w.Weeks))
		c.Series[0].Values = append(c.Series[0].Values, orNaN(w.Smallest))
	}
	return chart.Bars(d.Locale, c)
}

// next is the address of a new experiment that has these figures.
func (d *planPage) next(a *PlanAnswer) string {
	// The weeks are those that one can wait: where visitors come more slowly than planned,
	// the end should not come before they do.
	in := url.Values{"rate": {plain(100 * a.Baseline)}, "variants": {strconv.Itoa(a.Variants)}, "weeks": {strconv.Itoa(a.Weeks)}}
	plan := a.Smallest
	if a.Needed != nil && *a.Fits {
		plan = a.Needed
	}
	if plan != nil {
		in.Set("visitors", strconv.FormatInt(plan.PerArm, 10))
		in.Set("effect", plain(100*plan.MDERelative))
	}
	if a.Page != nil {
		in.Set("page", a.Page.Key)
	}
	if a.Form != nil {
		in.Set("form", a.Form.Key)
	}
	if a.Coverage < 1 {
		in.Set("coverage", plain(100*a.Coverage))
	}
	if q, _ := d.Fields.question(); len(q.Weights) > 0 {
		for _, w := range q.Weights {
			in.Add("weight", plain(w))
		}
	}
	return "/experiments/new?" + in.Encode()
}

// plain writes a number for a field: at most two decimals, Latin digits.
func plain(n float64) string {
	return strconv.FormatFloat(math.Round(n*100)/100, 'f', -1, 64)
}

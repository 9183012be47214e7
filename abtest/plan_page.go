package abtest

import (
	"html/template"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type planPage struct {
	web.Page
	Tabs   []roomTab
	Pages  []pageChoice
	Fields planFields
	Bad    planErrors
	Source string // how the traffic of the chosen page was counted; "" for own numbers
	Shown  *planView
}

// planFields are what the form holds, as it was typed.
type planFields struct {
	Page, Baseline, VisitorsPerDay, Variants, Weights, Coverage, Alpha, Power, Effect, Weeks string
	More                                                                                     bool // the rarer ones are open
}

// planErrors stand beside the fields.
type planErrors struct {
	Page, Baseline, VisitorsPerDay, Variants, Weights, Coverage, Alpha, Power, Effect, Weeks string
}

type pageChoice struct {
	Key, Name string
	Chosen    bool
}

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

// plan shows what an experiment needs and what it can show, before it starts. All of it
// stands in the address, so that it can be sent to others.
func (p pages) plan(w http.ResponseWriter, r *http.Request) error {
	all, err := p.s.traffic(r.Context())
	if err != nil {
		return err
	}
	data := planPage{Page: p.kit.StaffPage(w, r, "experiments.plan.title")}
	data.Tabs = roomTabs(data.Page, "plan")
	in := r.URL.Query()
	data.read(in)
	data.choices(all)
	status := http.StatusOK
	if asked(in) {
		q, bad := data.Fields.question()
		var answer *PlanAnswer
		if len(bad) == 0 {
			answer, err = p.s.Plan(r.Context(), q)
			var invalid bool
			if bad, invalid = errs.AsFields(err); err != nil && !invalid {
				return err
			}
		}
		if len(bad) > 0 {
			data.tell(bad)
			status = http.StatusUnprocessableEntity
		}
		if answer != nil {
			data.Shown = data.view(answer)
		}
	}
	for i := range all {
		if all[i].Key == data.Fields.Page {
			data.Source = data.source(&all[i])
		}
	}
	return p.kit.Render(w, status, "app", "abtest_plan", data)
}

// asked reports whether there is enough to answer: a page was chosen or a figure typed.
func asked(in url.Values) bool {
	return in.Get("page") != "" || in.Get("baseline") != "" || in.Get("visitors") != ""
}

func (d *planPage) read(in url.Values) {
	get := func(name, usual string) string {
		if in.Has(name) {
			return strings.TrimSpace(in.Get(name))
		}
		return d.Digits(usual)
	}
	d.Fields = planFields{
		Page: get("page", ""), Baseline: get("baseline", ""), VisitorsPerDay: get("visitors", ""),
		Variants: get("variants", "2"), Weights: get("weights", ""), Coverage: get("coverage", "100"),
		Alpha: get("alpha", "5"), Power: get("power", "80"), Effect: get("effect", ""), Weeks: get("weeks", strconv.Itoa(usualWeeks)),
	}
	f := &d.Fields
	f.More = f.Weights != "" || f.Coverage != d.Digits("100") || f.Alpha != d.Digits("5") || f.Power != d.Digits("80")
}

func (d *planPage) choices(all []PageTraffic) {
	for _, t := range all {
		d.Pages = append(d.Pages, pageChoice{t.Key, t.Name, t.Key == d.Fields.Page})
	}
}

// question reads the fields; what is no number is told of its field.
func (f *planFields) question() (PlanQuestion, errs.Fields) {
	bad := errs.Fields{}
	q := PlanQuestion{Page: f.Page}
	number := func(field, text string, unit float64) float64 {
		n, ok := typed(text)
		if !ok {
			bad[field] = "errors.number"
		}
		return n / unit
	}
	q.Baseline = number("baseline", f.Baseline, 100)
	q.VisitorsPerDay = number("visitors_per_day", f.VisitorsPerDay, 1)
	q.Coverage = number("coverage", f.Coverage, 100)
	q.Alpha = number("alpha", f.Alpha, 100)
	q.Power = number("power", f.Power, 100)
	q.Variants = int(number("variants", f.Variants, 1))
	q.Weeks = int(number("weeks", f.Weeks, 1))
	if f.Effect != "" {
		effect := number("mde_relative", f.Effect, 100)
		q.Effect = &effect
	}
	for _, part := range strings.FieldsFunc(f.Weights, func(r rune) bool { return strings.ContainsRune(" :/;،+-", r) }) {
		q.Weights = append(q.Weights, number("weights", part, 1))
	}
	if len(bad) == 0 {
		if fields, ok := errs.AsFields(web.Validate(q)); ok {
			bad = fields
		}
	}
	return q, bad
}

// typed reads a number as people type it: with Persian digits, a percent sign, commas.
func typed(text string) (float64, bool) {
	text = strings.Trim(text, "%٪ \u00a0\u200e\u200f")
	if text == "" {
		return 0, true
	}
	return amount(text)
}

// tell puts what is wrong beside the fields.
func (d *planPage) tell(bad errs.Fields) {
	places := map[string]*string{
		"page": &d.Bad.Page, "baseline": &d.Bad.Baseline, "visitors_per_day": &d.Bad.VisitorsPerDay, "variants": &d.Bad.Variants,
		"weights": &d.Bad.Weights, "coverage": &d.Bad.Coverage, "alpha": &d.Bad.Alpha, "power": &d.Bad.Power,
		"mde_relative": &d.Bad.Effect, "weeks": &d.Bad.Weeks,
	}
	percent := []string{"baseline", "coverage", "alpha", "power", "mde_relative"}
	for field, said := range d.Say(bad) {
		name, _, _ := strings.Cut(field, "[")
		if slices.Contains(percent, name) && strings.Contains(bad[field], "=") {
			said = d.T("experiments.plan.percent." + name) // the checks speak of shares
		}
		if place := places[name]; place != nil {
			*place = said
		}
	}
	f := &d.Fields
	f.More = f.More || d.Bad.Weights != "" || d.Bad.Coverage != "" || d.Bad.Alpha != "" || d.Bad.Power != ""
}

// source says what the page brought and how that was counted.
func (d *planPage) source(t *PageTraffic) string {
	switch {
	case t.Visitors == 0:
		return d.T("experiments.plan.source.none")
	case t.Days == 0:
		return d.T("experiments.plan.source.today", "visitors", t.Visitors, "conversions", t.Conversions)
	}
	return d.T("experiments.plan.source", "n", t.Days, "visitors", t.Visitors, "conversions", t.Conversions, "rate", d.Pct(float64(t.Conversions)/float64(t.Visitors), 1))
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

// roomTab is one of the pages about experiments.
type roomTab struct {
	Href, Label string
	Here        bool
}

// roomTabs are the row of tabs that list, library and planning share.
func roomTabs(page web.Page, here string) []roomTab {
	var tabs []roomTab
	for _, t := range []struct{ name, href string }{{"list", "/experiments"}, {"library", "/experiments/library"}, {"plan", "/experiments/plan"}} {
		tabs = append(tabs, roomTab{t.href, page.T("experiments.tab." + t.name), t.name == here})
	}
	return tabs
}

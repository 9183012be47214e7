package abtest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// planFields are what the form holds, as it was typed.
type planFields struct {
	Page, Form                                                                         string // one of them, or none
	Baseline, VisitorsPerDay, Variants, Weights, Coverage, Alpha, Power, Effect, Weeks string
	More                                                                               bool // the rarer ones are open
}

// planErrors stand beside the fields.
type planErrors struct {
	Place, Baseline, VisitorsPerDay, Variants, Weights, Coverage, Alpha, Power, Effect, Weeks string
}

// paramPlace is what was chosen, "page:key" or "form:key"; links may say page or form
// instead.
const paramPlace = "place"

// asked reports whether there is enough to answer: a page or form was chosen or a figure typed.
func asked(in url.Values) bool {
	return slices.ContainsFunc([]string{paramPlace, "page", "form", "baseline", "visitors"}, func(name string) bool { return in.Get(name) != "" })
}

func (d *planPage) read(in url.Values) {
	get := func(name, usual string) string {
		if in.Has(name) { // in the digits of the page, so that all fields have the same
			usual = i18n.ASCIIDigits(strings.TrimSpace(in.Get(name)))
		}
		return d.Digits(usual)
	}
	page, form := strings.TrimSpace(in.Get("page")), strings.TrimSpace(in.Get("form"))
	if in.Has(paramPlace) {
		kind, key, _ := strings.Cut(in.Get(paramPlace), ":")
		if page, form = key, ""; kind == "form" {
			page, form = "", key
		}
	}
	d.Fields = planFields{
		Page: page, Form: form, Baseline: get("baseline", ""), VisitorsPerDay: get("visitors", ""),
		Variants: get("variants", "2"), Weights: get("weights", ""), Coverage: get("coverage", "100"),
		Alpha: get("alpha", "5"), Power: get("power", "80"), Effect: get("effect", ""), Weeks: get("weeks", strconv.Itoa(usualWeeks)),
	}
	f := &d.Fields
	f.More = f.Weights != "" || f.Coverage != d.Digits("100") || f.Alpha != d.Digits("5") || f.Power != d.Digits("80")
}

// question reads the fields; what is no number is told of its field.
func (f *planFields) question() (PlanQuestion, errs.Fields) {
	bad := errs.Fields{}
	q := PlanQuestion{Page: f.Page, Form: f.Form}
	number := func(field, text string, unit float64) *float64 {
		n, ok := typed(text)
		switch {
		case !ok:
			bad[field] = notTaken(text)
			return nil
		case strings.Trim(text, percentSigns) == "":
			return nil
		}
		return new(n / unit)
	}
	whole := func(field, text string) *int {
		n := number(field, text, 1)
		if n == nil {
			return nil
		}
		return new(int(*n))
	}
	q.Baseline = number("baseline", f.Baseline, 100)
	q.VisitorsPerDay = number("visitors_per_day", f.VisitorsPerDay, 1)
	q.Coverage = number("coverage", f.Coverage, 100)
	q.Alpha = number("alpha", f.Alpha, 100)
	q.Power = number("power", f.Power, 100)
	q.Variants = whole("variants", f.Variants)
	q.Weeks = whole("weeks", f.Weeks)
	q.Effect = number("mde_relative", f.Effect, 100)
	for _, part := range strings.FieldsFunc(f.Weights, func(r rune) bool { return strings.ContainsRune(" :/;،+-", r) }) {
		q.Weights = append(q.Weights, given(number("weights", part, 1), 0))
	}
	fields, _ := errs.AsFields(web.Validate(q))
	for field, message := range fields { // all that is wrong, at once
		if bad[field] == "" {
			bad[field] = message
		}
	}
	return q, bad
}

// percentSigns are what may stand around a number, the marks of direction with them.
const percentSigns = "%٪ \u00a0\u200e\u200f"

// typed reads a number as people type it: with Persian digits, a percent sign, commas.
func typed(text string) (float64, bool) {
	text = strings.Trim(text, percentSigns)
	if text == "" {
		return 0, true
	}
	return amount(text)
}

// tell puts what is wrong beside the fields.
func (d *planPage) tell(bad errs.Fields) {
	places := map[string]*string{
		"page": &d.Bad.Place, "form": &d.Bad.Place, "baseline": &d.Bad.Baseline, "visitors_per_day": &d.Bad.VisitorsPerDay, "variants": &d.Bad.Variants,
		"weights": &d.Bad.Weights, "coverage": &d.Bad.Coverage, "alpha": &d.Bad.Alpha, "power": &d.Bad.Power,
		"mde_relative": &d.Bad.Effect, "weeks": &d.Bad.Weeks,
	}
	percent := []string{"baseline", "coverage", "alpha", "power", "mde_relative"}
	for field, said := range d.Say(bad) {
		name, _, _ := strings.Cut(field, "[")
		if slices.Contains(percent, name) && strings.Contains(bad[field], "=") {
			said = d.T("experiments.plan.percent." + name) // the checks speak of shares
		}
		if strings.HasPrefix(bad[field], "experiments.") {
			said = d.T(bad[field])
		}
		if place := places[name]; place != nil {
			*place = said
		}
	}
	f := &d.Fields
	f.More = f.More || d.Bad.Weights != "" || d.Bad.Coverage != "" || d.Bad.Alpha != "" || d.Bad.Power != ""
}

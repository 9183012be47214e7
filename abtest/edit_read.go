package abtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
)

// into writes the form over a definition; what is no number or length of time is told of
// its field. Fields that no form has stay as they are.
func (f typedForm) into(d *Definition) errs.Fields {
	bad := errs.Fields{}
	d.Name, d.Hypothesis, d.Surface = f.text("name"), f.both("hypothesis"), f.text("surface")
	d.Variants = nil
	for i := range f.Variants {
		at := fmt.Sprintf("variants[%d].", i)
		d.Variants = append(d.Variants, Variant{Key: f.text(at + "key"), Name: f.both(at + "name"), Weight: f.positive(at+"weight", bad)})
	}
	f.goalsInto(d, bad)
	d.Coverage = f.coverage(bad)
	d.Audience = Audience{
		Devices: f.Values["audience.devices"], Traffic: f.Values["audience.traffic"],
		Languages: strings.FieldsFunc(f.text("audience.languages"), func(r rune) bool { return strings.ContainsRune(" ,،;", r) }),
	}
	d.Namespace = nil
	if name, from, to := f.text("namespace.name"), f.text("namespace.from"), f.text("namespace.to"); name != "" || from != "" || to != "" {
		d.Namespace = &Namespace{Name: name, From: f.share("namespace.from", bad), To: f.share("namespace.to", bad)}
	}
	d.PlannedVisitorsPerArm = int64(f.whole("planned_visitors_per_arm", bad))
	d.PlannedConversionRate = f.positive("planned_conversion_rate", bad) / 100
	d.PlannedConversions = f.positive("planned_conversions", bad)
	d.MinimumEffect, d.PlannedWeeks = f.optionalShare("minimum_effect", bad), nil
	if weeks := f.whole("planned_weeks", bad); weeks != 0 {
		d.PlannedWeeks = &weeks
	}
	f.positive("planned_weeks", bad)
	d.Alpha = f.optionalShare("alpha", bad)
	if d.Mode = Mode(f.text("mode")); d.Mode == Prove {
		d.Mode = ""
	}
	d.MinimumDays, d.MinimumConversions, d.WholeWeeks = nil, nil, nil
	if f.text("minimum_days") != "" {
		n := f.whole("minimum_days", bad)
		d.MinimumDays = &n
	}
	if f.text("minimum_conversions") != "" {
		n := int64(f.whole("minimum_conversions", bad))
		d.MinimumConversions = &n
	}
	if f.text("whole_weeks") == "no" {
		no := false
		d.WholeWeeks = &no
	}
	return bad
}

// goalsInto writes the goals: all into the list, where each has its key.
func (f typedForm) goalsInto(d *Definition, bad errs.Fields) {
	d.Goal, d.Goals = Goal{}, nil
	for i := range f.Goals {
		at := fmt.Sprintf("goals[%d].", i)
		g := Goal{
			Key: f.text(at + "key"), Name: f.both(at + "name"), Event: f.text(at + "event"), Role: GoalRole(f.text(at + "role")),
			Kind: GoalKind(f.text(at + "kind")), Better: Direction(f.text(at + "better")), Property: f.text(at + "property"), Per: f.text(at + "per"), Cap: f.positive(at+"cap", bad) / 100,
		}
		if g.Event == "" { // which a file may leave out, and here was taken away
			bad[at+"event"] = "errors.required"
		}
		if window := i18n.ASCIIDigits(f.text(at + "window")); window != "" {
			var err error
			if g.Window, err = period.Parse(window); err != nil {
				bad[at+"window"] = "experiments.bad.window"
			}
		}
		g.Where, g.PerWhere = f.where(at+"where", bad), f.where(at+"per_where", bad)
		d.Goals = append(d.Goals, g)
	}
}

// where reads properties, one a line.
func (f typedForm) where(name string, bad errs.Fields) (where map[string]any) {
	if typed := f.text(name); typed != "" {
		if err := yaml.Unmarshal([]byte(typed), &where); err != nil {
			bad[name] = "experiments.bad.where"
		}
	}
	return where
}

// namesInto writes what may change whatever the state: the words, and the parts of the
// visitors as far as they are not held.
func (f typedForm) namesInto(d *Definition, weights, coverage bool) errs.Fields {
	bad := errs.Fields{}
	d.Name, d.Hypothesis = f.text("name"), f.both("hypothesis")
	d.Variants = slices.Clone(d.Variants)
	for i := range d.Variants {
		at := fmt.Sprintf("variants[%d].", i)
		if d.Variants[i].Name = f.both(at + "name"); weights {
			d.Variants[i].Weight = f.positive(at+"weight", bad)
		}
	}
	d.Goals = slices.Clone(d.Goals)
	for i, g := range d.goals() { // in the order of the form
		name := f.both(fmt.Sprintf("goals[%d].name", i))
		at := slices.IndexFunc(d.Goals, func(of Goal) bool { return of.Key == g.Key })
		switch {
		case at >= 0:
			d.Goals[at].Name = name
		case !manifest.Same(d.Goal.Name, name):
			d.Goal.Name = name
		}
	}
	if coverage {
		d.Coverage = f.coverage(bad)
	}
	return bad
}

// coverage is the share of visitors who take part; nil for everybody.
func (f typedForm) coverage(bad errs.Fields) *float64 {
	if share := f.optionalShare("coverage", bad); share == nil || *share != 1 {
		return share
	}
	return nil
}

// optionalShare is a share in per cent, above 0; nil where nothing was typed.
func (f typedForm) optionalShare(name string, bad errs.Fields) *float64 {
	share := f.positive(name, bad) / 100
	if share == 0 {
		return nil
	}
	return &share
}

func (f typedForm) text(name string) string { return strings.TrimSpace(f.Get(name)) }

func (f typedForm) both(name string) i18n.Text {
	return i18n.Both(f.text(name+".fa"), f.text(name+".en"))
}

func (f typedForm) number(name string, bad errs.Fields) float64 {
	n, ok := typed(f.text(name))
	if !ok {
		bad[name] = notTaken(f.text(name))
		return 0
	}
	return n
}

// positive is a number that cannot be 0. In a definition 0 is what was not said; who writes
// it means something else than the usual that would take its place.
func (f typedForm) positive(name string, bad errs.Fields) float64 {
	n := f.number(name, bad)
	if n <= 0 && bad[name] == "" && strings.Trim(f.text(name), percentSigns) != "" {
		bad[name] = "errors.gt=0"
	}
	return n
}

func (f typedForm) whole(name string, bad errs.Fields) int {
	n := f.number(name, bad)
	if bad[name] == "" && n != float64(int(n)) {
		bad[name] = "experiments.bad.whole"
	}
	return int(n)
}

func (f typedForm) share(name string, bad errs.Fields) float64 { return f.number(name, bad) / 100 }

// notTaken is what to say of a text that was read as no number.
func notTaken(text string) string {
	n, err := strconv.ParseFloat(separators.Replace(i18n.ASCIIDigits(strings.Trim(text, percentSigns))), 64)
	if math.Abs(n) > mostValue && (err == nil || errors.Is(err, strconv.ErrRange)) && strings.ContainsAny(text, "0123456789۰۱۲۳۴۵۶۷۸۹") {
		return "experiments.bad.large"
	}
	return "errors.number"
}

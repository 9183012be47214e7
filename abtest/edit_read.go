package abtest

import (
	"fmt"
	"slices"
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
		d.Variants = append(d.Variants, Variant{Key: f.text(at + "key"), Name: f.both(at + "name"), Weight: f.number(at+"weight", bad)})
	}
	f.goalsInto(d, bad)
	if d.Coverage = f.share("coverage", bad); d.Coverage == 1 {
		d.Coverage = 0
	}
	d.Audience = Audience{
		Devices: f.Values["audience.devices"], Traffic: f.Values["audience.traffic"],
		Languages: strings.FieldsFunc(f.text("audience.languages"), func(r rune) bool { return strings.ContainsRune(" ,،;", r) }),
	}
	d.Namespace = nil
	if name := f.text("namespace.name"); name != "" {
		d.Namespace = &Namespace{Name: name, From: f.share("namespace.from", bad), To: f.share("namespace.to", bad)}
	}
	d.PlannedVisitorsPerArm = int64(f.whole("planned_visitors_per_arm", bad))
	d.PlannedConversionRate = f.share("planned_conversion_rate", bad)
	d.PlannedConversions = f.number("planned_conversions", bad)
	d.MinimumEffect = f.share("minimum_effect", bad)
	d.PlannedWeeks = f.whole("planned_weeks", bad)
	d.Alpha = f.share("alpha", bad)
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
			Kind: GoalKind(f.text(at + "kind")), Better: Direction(f.text(at + "better")), Property: f.text(at + "property"), Cap: f.share(at+"cap", bad),
		}
		if window := i18n.ASCIIDigits(f.text(at + "window")); window != "" {
			var err error
			if g.Window, err = period.Parse(window); err != nil {
				bad[at+"window"] = "experiments.bad.window"
			}
		}
		if where := f.text(at + "where"); where != "" {
			if err := yaml.Unmarshal([]byte(where), &g.Where); err != nil {
				bad[at+"where"] = "experiments.bad.where"
			}
		}
		d.Goals = append(d.Goals, g)
	}
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
			d.Variants[i].Weight = f.number(at+"weight", bad)
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
		if d.Coverage = f.share("coverage", bad); d.Coverage == 1 {
			d.Coverage = 0
		}
	}
	return bad
}

func (f typedForm) text(name string) string { return strings.TrimSpace(f.Get(name)) }

func (f typedForm) both(name string) i18n.Text {
	return i18n.Both(f.text(name+".fa"), f.text(name+".en"))
}

func (f typedForm) number(name string, bad errs.Fields) float64 {
	n, ok := typed(f.text(name))
	if !ok {
		bad[name] = "errors.number"
	}
	return n
}

func (f typedForm) whole(name string, bad errs.Fields) int {
	n := f.number(name, bad)
	if n != float64(int(n)) {
		bad[name] = "experiments.bad.whole"
	}
	return int(n)
}

func (f typedForm) share(name string, bad errs.Fields) float64 { return f.number(name, bad) / 100 }

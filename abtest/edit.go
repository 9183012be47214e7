package abtest

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
)

// typedForm is an experiment while it is written: what stands in the inputs of a form, by
// the path of each field in the document, so that it may also be half written. Shares are
// in per cent.
type typedForm struct {
	url.Values
	Variants, Goals int // how many rows of each there are
}

// Names of the inputs that are not fields of the document.
const (
	paramBase     = "_base" // what was stored when the form was written
	paramDo       = "do"    // the button that was pressed
	paramVariants = "_variants"
	paramGoals    = "_goals"
)

// formOf is what the form of a stored experiment holds.
func formOf(d *Definition) typedForm {
	f := typedForm{Values: url.Values{}}
	set := func(name, value string) {
		if value != "" {
			f.Set(name, value)
		}
	}
	set("key", d.Key)
	set("name", d.Name)
	setText(f, "hypothesis", d.Hypothesis)
	set("surface", d.Surface)
	for i, v := range d.Variants {
		at := fmt.Sprintf("variants[%d].", i)
		set(at+"key", v.Key)
		setText(f, at+"name", v.Name)
		set(at+"weight", plainNumber(v.Weight))
	}
	f.Variants = len(d.Variants)
	for i, g := range d.goals() {
		f.setGoal(fmt.Sprintf("goals[%d].", i), g)
	}
	f.Goals = len(d.goals())
	set("coverage", percent(d.Coverage))
	f.Values["audience.devices"], f.Values["audience.traffic"] = d.Audience.Devices, d.Audience.Traffic
	set("audience.languages", strings.Join(d.Audience.Languages, " "))
	if n := d.Namespace; n != nil {
		set("namespace.name", n.Name)
		set("namespace.from", cmp.Or(percent(n.From), "0"))
		set("namespace.to", percent(n.To))
	}
	set("planned_visitors_per_arm", plainNumber(float64(d.PlannedVisitorsPerArm)))
	set("planned_conversion_rate", percent(d.PlannedConversionRate))
	set("planned_conversions", plainNumber(d.PlannedConversions))
	set("minimum_effect", percent(d.MinimumEffect))
	set("planned_weeks", plainNumber(float64(d.PlannedWeeks)))
	set("alpha", percent(d.Alpha))
	set("mode", string(d.Mode))
	if d.MinimumDays != nil {
		f.Set("minimum_days", strconv.Itoa(*d.MinimumDays))
	}
	if d.MinimumConversions != nil {
		f.Set("minimum_conversions", strconv.FormatInt(*d.MinimumConversions, 10))
	}
	if d.WholeWeeks != nil && !*d.WholeWeeks {
		f.Set("whole_weeks", "no")
	}
	return f
}

func setText(f typedForm, name string, t i18n.Text) {
	for lang, text := range t {
		if text != "" {
			f.Set(name+"."+string(lang), text)
		}
	}
}

func (f typedForm) setGoal(at string, g Goal) {
	f.Set(at+"key", g.Key)
	setText(f, at+"name", g.Name)
	f.Set(at+"event", g.Event)
	f.Set(at+"role", string(g.Role))
	f.Set(at+"kind", string(g.Kind))
	f.Set(at+"better", string(g.Better))
	f.Set(at+"property", g.Property)
	f.Set(at+"cap", percent(g.Cap))
	f.Set(at+"window", g.Window.String())
	if len(g.Where) > 0 {
		if raw, err := yaml.Marshal(g.Where); err == nil {
			f.Set(at+"where", strings.TrimSpace(string(raw)))
		}
	}
}

// plainNumber and percent write what is not zero.
func plainNumber(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func percent(share float64) string {
	// Nine significant digits: 0.07 times a hundred is 7, and not 7.000000000000001.
	n, err := strconv.ParseFloat(strconv.FormatFloat(100*share, 'g', 9, 64), 64)
	if err != nil {
		return ""
	}
	return plainNumber(n)
}

// press does what a button other than saving says: it adds or takes away a row.
func (f *typedForm) press(button string) {
	verb, which, _ := strings.Cut(button, ":")
	what, row, _ := strings.Cut(which, ":")
	i, err := strconv.Atoi(row)
	switch {
	case verb == "add" && what == "variant" && f.Variants < 10:
		f.Variants++
	case verb == "add" && what == "goal" && f.Goals < mostGoals:
		f.Set(fmt.Sprintf("goals[%d].role", f.Goals), string(Secondary))
		f.Goals++
	case verb == "remove" && err == nil && what == "variant" && f.Variants > 2:
		f.remove("variants", i, f.Variants)
		f.Variants--
	case verb == "remove" && err == nil && what == "goal" && f.Goals > 1:
		f.remove("goals", i, f.Goals)
		f.Goals--
	}
}

// remove takes a row out of n and lets those below it move up.
func (f *typedForm) remove(list string, row, n int) {
	moved := url.Values{}
	for name, values := range f.Values {
		rest, of := strings.CutPrefix(name, list+"[")
		number, field, _ := strings.Cut(rest, "].")
		i, err := strconv.Atoi(number)
		switch {
		case !of || err != nil || i < row:
			moved[name] = values
		case i > row && i < n:
			moved[fmt.Sprintf("%s[%d].%s", list, i-1, field)] = values
		}
	}
	f.Values = moved
}

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

package abtest

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/i18n"
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
	paramBase     = "_base"   // what was stored when the form was written
	paramOpened   = "_opened" // what the form held when it was opened
	paramDo       = "do"      // the button that was pressed
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
	set("coverage", optionalPercent(d.Coverage))
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
	set("minimum_effect", optionalPercent(d.MinimumEffect))
	set("planned_weeks", plainNumber(float64(given(d.PlannedWeeks, 0))))
	set("alpha", optionalPercent(d.Alpha))
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
	f.Set(at+"per", g.Per)
	f.Set(at+"cap", percent(g.Cap))
	f.Set(at+"window", g.Window.String())
	f.setWhere(at+"where", g.Where)
	f.setWhere(at+"per_where", g.PerWhere)
}

func (f typedForm) setWhere(name string, where map[string]any) {
	if len(where) == 0 {
		return
	}
	if raw, err := yaml.Marshal(where); err == nil {
		f.Set(name, strings.TrimSpace(string(raw)))
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

// optionalPercent is percent of a share that may be absent.
func optionalPercent(share *float64) string {
	if share == nil {
		return ""
	}
	return percent(*share)
}

package abtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// box is one field of the form as the page shows it.
type box struct {
	ID, Name, Label, Value, Hint, Error string
	Why                                 string // why it cannot change; "" when it can
	Apart                               bool   // the reason is not that of the whole form
	Kind                                string // text, area, select or checks
	Dir, Mode, List                     string
	Max                                 int
	Optional, Wide                      bool
	Options                             []boxOption
}

type boxOption struct {
	Value, Label string
	Chosen       bool
}

// filler makes the boxes of a form, in the language of a page.
type filler struct {
	page web.Page
	form typedForm
	e    *Experiment // nil for a new one
	said map[string]string
	why  string // why what rests on the start cannot change
}

// box is the field of a path in the document. Its words are those of the field, whatever
// the row.
func (f *filler) box(name, words string) box {
	b := box{
		ID: strings.NewReplacer("[", "-", "]", "", ".", "-").Replace(name), Name: name, Kind: "text", Max: 120,
		Label: f.page.T("experiments.field." + words), Value: f.form.Get(name), Error: f.said[name],
	}
	if key := "experiments.hint." + words; f.page.Has(key) {
		b.Hint = f.page.T(key)
	}
	return b
}

// fixed is a box that cannot change once the experiment has started.
func (f *filler) fixed(name, words string) box {
	b := f.box(name, words)
	b.Why = f.why
	return b
}

// held is a box that cannot change for a reason of its own.
func (f *filler) held(b box, why string) box {
	b.Why, b.Apart = say(f.page, errs.Fields{b.Name: why})[b.Name], true
	return b
}

func (b box) optional() box          { b.Optional = true; return b }
func (b box) wide() box              { b.Wide = true; return b }
func (b box) figure() box            { b.Dir, b.Mode, b.Max = "ltr", "decimal", 20; return b }
func (b box) code(max int) box       { b.Dir, b.Max = "ltr", max; return b }
func (b box) written(dir string) box { b.Dir = dir; return b }

// choice is a box to choose one of several words from.
func (f *filler) choice(b box, values ...string) box {
	b.Kind = "select"
	prefix := "experiments.choice." + b.Name[strings.LastIndex(b.Name, ".")+1:] + "."
	for _, v := range values {
		b.Options = append(b.Options, boxOption{v, f.page.T(prefix + v), v == b.Value})
	}
	return b
}

// checks is a box of words of which any can be ticked.
func (f *filler) checks(b box, values ...string) box {
	b.Kind = "checks"
	prefix := "experiments.choice." + b.Name[strings.LastIndex(b.Name, ".")+1:] + "."
	for _, v := range values {
		b.Options = append(b.Options, boxOption{v, f.page.T(prefix + v), slices.Contains(f.form.Values[b.Name], v)})
	}
	b.Error = cmp.Or(b.Error, f.within(b.Name))
	return b
}

// within is what is said of an entry of a list that has one box.
func (f *filler) within(list string) string {
	for _, path := range slices.Sorted(maps.Keys(f.said)) {
		if strings.HasPrefix(path, list+"[") {
			return f.said[path]
		}
	}
	return ""
}

func (f *filler) about() []box {
	list := []box{f.box("name", "name").wide()}
	if f.e == nil {
		list = append(list, f.box("key", "key").code(64))
	}
	list = append(list, f.choice(f.fixed("surface", "surface"), surfaces...))
	fa, en := f.box("hypothesis.fa", "hypothesis_fa").optional().written("rtl"), f.box("hypothesis.en", "hypothesis_en").optional().written("ltr")
	fa.Kind, en.Kind, fa.Max, en.Max = "area", "area", 500, 500
	return append(list, f.choice(f.fixed("mode", "mode"), string(Prove), string(Earn)), fa.wide(), en.wide())
}

// surfaces are what can differ, in the order in which they are offered.
var surfaces = []string{"page", "form", "email", "journey", SurfaceOffer, surfaceAPI}

func (f *filler) variant(i int, removable bool) editRow {
	at := fmt.Sprintf("variants[%d].", i)
	row := editRow{Number: i + 1, Title: f.page.T("experiments.variant", "n", i+1)}
	if i == 0 {
		row.Title = f.page.T("experiments.variant.control")
	} else if removable {
		row.Remove = fmt.Sprintf("remove:variant:%d", i)
	}
	weight := f.box(at+"weight", "weight").optional().figure()
	if f.e != nil && !f.e.StartedAt.IsZero() && f.e.weightsHeld() != "" {
		weight = f.held(weight, f.e.weightsHeld())
	}
	row.Boxes = []box{
		f.fixed(at+"key", "variant_key").code(64), weight,
		f.box(at+"name.fa", "title_fa").optional().written("rtl"), f.box(at+"name.en", "title_en").optional().written("ltr"),
	}
	return row
}

func (f *filler) goal(i int, removable bool) editRow {
	at := fmt.Sprintf("goals[%d].", i)
	row := editRow{Number: i + 1, Title: f.page.T("experiments.goal", "n", i+1)}
	if removable {
		row.Remove = fmt.Sprintf("remove:goal:%d", i)
	}
	event := f.fixed(at+"event", "event").written("ltr")
	if event.List = "experiment-events"; !f.form.Has(at + "event") {
		event.Value = leads.EventFormSubmitted
	}
	row.Boxes = []box{
		f.choice(f.fixed(at+"role", "role"), string(Primary), string(Secondary), string(Guardrail)),
		f.fixed(at+"key", "goal_key").code(64), event, f.where(at+"where", "where"),
		f.fixed(at+"window", "window").optional().code(20),
	}
	per := f.fixed(at+"per", "per").optional().written("ltr")
	per.List = event.List
	row.More = []box{
		f.choice(f.fixed(at+"kind", "kind"), string(Conversion), string(OfValue), string(OfRatio)),
		f.fixed(at+"property", "property").optional().code(120), per, f.where(at+"per_where", "per_where"), f.fixed(at+"cap", "cap").optional().figure(),
		f.choice(f.fixed(at+"better", "better"), string(More), string(Less)),
		f.box(at+"name.fa", "title_fa").optional().written("rtl"), f.box(at+"name.en", "title_en").optional().written("ltr"),
	}
	for _, b := range row.More {
		usual := b.Value == "" || b.Value == string(Conversion) || b.Value == string(More)
		row.Open = row.Open || b.Error != "" || !usual
	}
	return row
}

// where is the box of properties, one a line.
func (f *filler) where(name, word string) box {
	b := f.fixed(name, word).optional().code(1000)
	b.Kind = "area"
	for path, message := range f.said { // of a property, or of a form that does not exist
		if strings.HasPrefix(path, name+".") {
			b.Error = message
		}
	}
	return b
}

func (f *filler) plan() []box {
	list := []box{
		f.fixed("planned_visitors_per_arm", "planned_visitors").figure(), f.fixed("planned_conversion_rate", "planned_rate").figure(),
		f.fixed("minimum_effect", "minimum_effect").optional().figure(), f.fixed("planned_weeks", "planned_weeks").optional().figure(),
	}
	if f.form.text("planned_conversions") != "" {
		list[1] = f.fixed("planned_conversions", "planned_conversions").figure()
	}
	return list
}

func (f *filler) who() []box {
	coverage := f.box("coverage", "coverage").optional().figure()
	if f.e != nil && !f.e.StartedAt.IsZero() && f.e.coverageHeld() != "" {
		coverage = f.held(coverage, f.e.coverageHeld())
	}
	languages := f.fixed("audience.languages", "languages").optional().code(60)
	languages.Error = cmp.Or(languages.Error, f.within(languages.Name))
	return []box{
		coverage, languages,
		f.checks(f.fixed("audience.devices", "devices").optional(), "phone", "tablet", "desktop"),
		f.checks(f.fixed("audience.traffic", "traffic").optional(), "direct", "search", "social", "email", "ads", "referral"),
		f.fixed("namespace.name", "namespace").optional().code(60),
		f.fixed("namespace.from", "from").optional().figure(), f.fixed("namespace.to", "to").optional().figure(),
	}
}

func (f *filler) verdict() []box {
	whole := f.choice(f.fixed("whole_weeks", "whole_weeks"), "yes", "no")
	return []box{
		f.fixed("alpha", "alpha").optional().figure(), f.fixed("minimum_days", "minimum_days").optional().figure(),
		f.fixed("minimum_conversions", "minimum_conversions").optional().figure(), whole,
	}
}

// rest are the messages that have no box of their own, in one text.
func (f *filler) rest() string {
	known := map[string]bool{"variants": true, "goals": true}
	for _, boxes := range [][]box{f.about(), f.plan(), f.who(), f.verdict()} {
		for _, b := range boxes {
			known[b.Name] = true
		}
	}
	for i := range f.form.Variants {
		for _, b := range f.variant(i, false).Boxes {
			known[b.Name] = true
		}
	}
	for i := range f.form.Goals {
		row := f.goal(i, false)
		for _, b := range append(row.Boxes, row.More...) {
			known[b.Name] = true
		}
	}
	var rest []string
	for _, path := range slices.Sorted(maps.Keys(f.said)) {
		if !known[path] && !strings.Contains(path, "where.") && !strings.HasPrefix(path, "audience.") {
			rest = append(rest, f.page.Iso(path)+": "+f.said[path])
		}
	}
	return strings.Join(rest, " ")
}

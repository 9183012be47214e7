package abtest

import (
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// Definition is an experiment as a growth team writes it.
type Definition struct {
	manifest.Head `yaml:",inline"`
	Name          string    `json:"name" yaml:"name" validate:"required,max=120"` // for the team; visitors never see it
	Hypothesis    i18n.Text `json:"hypothesis,omitempty" yaml:"hypothesis,omitempty"`
	// Surface is what differs: a landing page, a form, an e-mail, a journey or an offer of
	// ours, or, with api, anything outside that asks by SDK or HTTP.
	Surface string `json:"surface" yaml:"surface" validate:"required,oneof=page form email journey offer api"`
	// Variants are the versions; the first is control, what there was before.
	Variants []Variant `json:"variants" yaml:"variants" validate:"required,min=2,max=10,dive"`
	// Coverage is the share of visitors who take part; everybody when absent. None at all
	// is no experiment: 0 is refused and not taken for absent.
	Coverage *float64 `json:"coverage,omitempty" yaml:"coverage,omitempty" validate:"omitempty,gt=0,lte=1"`
	// Goal is what the verdict is about; any submitted form when absent.
	Goal Goal `json:"goal,omitzero" yaml:"goal,omitempty"`
	// Goals are more of them, or all: one of role primary then takes the place of Goal.
	Goals []Goal `json:"goals,omitempty" yaml:"goals,omitempty" validate:"max=10,dive"`
	// Alpha is the share of experiments without any difference that may still end
	// with a winner; .05 when absent, and never 0.
	Alpha *float64 `json:"alpha,omitempty" yaml:"alpha,omitempty" validate:"omitempty,gt=0,lte=0.5"`
	// PlannedVisitorsPerArm is where the experiment ends, unless PlannedWeeks are over
	// before.
	PlannedVisitorsPerArm int64 `json:"planned_visitors_per_arm" yaml:"planned_visitors_per_arm" validate:"required,min=1,max=1000000000"`
	// How many conversions that should bring, over all variants, or the rate at
	// which control converts: one of the two. It sets where the test that runs
	// from day to day is sharpest; a wrong guess costs time, never truth.
	PlannedConversions    float64 `json:"planned_conversions,omitempty" yaml:"planned_conversions,omitempty" validate:"omitempty,gt=0"`
	PlannedConversionRate float64 `json:"planned_conversion_rate,omitempty" yaml:"planned_conversion_rate,omitempty" validate:"omitempty,gt=0,lt=1"`
	// No verdict before so many days (7 when absent), conversions in all (25), and,
	// unless whole_weeks is false, inside a week.
	MinimumDays        *int   `json:"minimum_days,omitempty" yaml:"minimum_days,omitempty" validate:"omitempty,min=0,max=365"`
	MinimumConversions *int64 `json:"minimum_conversions,omitempty" yaml:"minimum_conversions,omitempty" validate:"omitempty,min=0"`
	WholeWeeks         *bool  `json:"whole_weeks,omitempty" yaml:"whole_weeks,omitempty"`
	// Audience is for whom it is; everybody when absent.
	Audience Audience `json:"audience,omitzero" yaml:"audience,omitempty"`
	// Namespace keeps it apart from others that must not share visitors.
	Namespace *Namespace `json:"namespace,omitempty" yaml:"namespace,omitempty"`
	// MinimumEffect is the smallest relative difference that would matter (0.1: ten per
	// cent more), PlannedWeeks how long the team waits for it: then the experiment is read, however
	// many visitors have come. Neither is 0: that is refused and not taken for absent.
	MinimumEffect *float64 `json:"minimum_effect,omitempty" yaml:"minimum_effect,omitempty" validate:"omitempty,gt=0,lte=10"`
	PlannedWeeks  *int     `json:"planned_weeks,omitempty" yaml:"planned_weeks,omitempty" validate:"omitempty,min=1,max=104"`
	// Mode is prove (when absent), or earn: then the visitors move, day by day, to the
	// version that does better, and the weights are those of the start.
	Mode Mode `json:"mode,omitempty" yaml:"mode,omitempty" validate:"omitempty,oneof=prove earn"`
	// State is draft (when absent), running, paused, stopped or archived.
	State State `json:"state,omitempty" yaml:"state,omitempty" validate:"omitempty,oneof=draft running paused stopped archived"`
}

// Variant is one version.
type Variant struct {
	Key  string    `json:"key" yaml:"key" validate:"required,key"`
	Name i18n.Text `json:"name,omitempty" yaml:"name,omitempty"`
	// Weight is its part of the visitors, on any scale; all absent means equal.
	Weight float64 `json:"weight,omitempty" yaml:"weight,omitempty" validate:"omitempty,gt=0"`
}

// Refs of an experiment: the forms whose submissions count for its goals, where a goal
// names one. Pages and journeys name the experiment, not the other way round.
func (d *Definition) Refs() []manifest.Ref {
	refs := d.Goal.refs("goal.")
	for i, g := range d.Goals {
		refs = append(refs, g.refs(fmt.Sprintf("goals[%d].", i))...)
	}
	return refs
}

// addresses are what stands in the place of a key in the addresses of our own pages.
var addresses = []string{"new", "plan", "library"}

// Least of what can be read: below, the visitors of a version would take years to come,
// and the promise of the verdict could be neither kept nor checked.
const (
	leastShare = 0.001 // of the visitors, for each version
	leastAlpha = 0.001
)

// Check says what no tag can.
func (d *Definition) Check() error {
	bad := errs.Fields{}
	if slices.Contains(addresses, d.Key) {
		bad["key"] = "is the address of a page about experiments: take another"
	}
	seen := map[string]bool{}
	weighted := 0
	for i, v := range d.Variants {
		if seen[v.Key] {
			bad[fmt.Sprintf("variants[%d].key", i)] = "another variant has this key"
		}
		seen[v.Key] = true
		if v.Weight > 0 {
			weighted++
		}
	}
	if weighted != 0 && weighted != len(d.Variants) {
		bad["variants"] = "give every variant a weight, or none for equal parts"
	} else {
		for i, share := range d.shares() {
			if !(share >= leastShare) { // nor what is no number
				bad[fmt.Sprintf("variants[%d].weight", i)] = "is too small beside the others: every variant needs a thousandth of the visitors or more"
			}
		}
	}
	if d.Alpha != nil && !(*d.Alpha >= leastAlpha) {
		bad["alpha"] = "is less than 0.001: a promise so strict takes more visitors than come"
	}
	d.checkTexts(bad)
	d.checkGoals(bad)
	if d.overLeads() && !d.Audience.everybody() {
		bad["audience"] = "is of visits to pages: on the surface " + d.Surface + " people are known by name, so let the journey's trigger, a branch or a condition say who takes part"
	}
	d.Audience.check(d.Surface, bad)
	if n := d.Namespace; n != nil && n.From >= n.To {
		bad["namespace.to"] = "must be more than from: the piece of the namespace is empty"
	}
	switch {
	case d.earns() && d.Surface == surfaceAPI:
		bad["mode"] = "cannot be earn outside: the SDKs of programs outside do not remember who saw what, and each day's new weights would take visitors from one version to another"
	case d.earns() && d.coverage() < 1:
		bad["mode"] = "cannot be earn with a coverage below 1: each day's new weights would draw another part of the visitors; leave the coverage out"
	case d.earns() && d.byMean():
		bad["mode"] = "cannot be earn with a primary goal of kind: value or ratio: the visitors follow the rate of a conversion"
	}
	switch {
	case (d.PlannedConversions > 0) == (d.PlannedConversionRate > 0):
		bad["planned_conversion_rate"] = "say how many visitors will convert: planned_conversion_rate (0.12) or planned_conversions, not both"
	case d.plannedConversions() > float64(d.PlannedVisitorsPerArm)*float64(len(d.Variants)):
		bad["planned_conversions"] = "is more than all planned visitors together"
	}
	return bad.OrNil()
}

// Control is the key of the first variant.
func (d *Definition) Control() string { return d.Variants[0].Key }

// shares are the variants' parts of the visitors, together 1.
func (d *Definition) shares() []float64 {
	var sum float64
	for _, v := range d.Variants {
		sum += v.Weight
	}
	shares := make([]float64, len(d.Variants))
	for i, v := range d.Variants {
		if sum > 0 {
			shares[i] = v.Weight / sum
		} else {
			shares[i] = 1 / float64(len(d.Variants))
		}
	}
	return shares
}

func (d *Definition) coverage() float64 {
	if d.Coverage == nil {
		return 1
	}
	return *d.Coverage
}

func (d *Definition) plannedConversions() float64 {
	if d.PlannedConversions > 0 {
		return d.PlannedConversions
	}
	return d.PlannedConversionRate * float64(d.PlannedVisitorsPerArm) * float64(len(d.Variants))
}

// plannedRate is the rate at which control is expected to convert.
func (d *Definition) plannedRate() float64 {
	return d.plannedConversions() / (float64(d.PlannedVisitorsPerArm) * float64(len(d.Variants)))
}

func (d *Definition) wantedState() State {
	if d.State == "" {
		return Draft
	}
	return d.State
}

// settings are what the verdict is reached by.
func (d *Definition) settings() stats.Settings {
	s := stats.DefaultSettings()
	s.Control = d.Control()
	if d.byMean() {
		s.Measure = stats.MeasureValue
	}
	s.PlannedVisitors = d.PlannedVisitorsPerArm
	s.PlannedDays = 7 * given(d.PlannedWeeks, 0)
	s.Varying = d.earns()
	s.PlannedConversions = d.plannedConversions()
	if d.Alpha != nil {
		s.Alpha = *d.Alpha
	}
	if d.MinimumDays != nil {
		s.MinDays = *d.MinimumDays
	}
	if d.MinimumConversions != nil {
		s.MinConversions = *d.MinimumConversions
	}
	if d.WholeWeeks != nil {
		s.WholeWeeks = *d.WholeWeeks
	}
	return s
}

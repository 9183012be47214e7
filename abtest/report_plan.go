package abtest

import (
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// Plan is what was agreed before the start.
type Plan struct {
	VisitorsPerArm     int64   `json:"visitors_per_arm"`
	Conversions        float64 `json:"conversions"`
	ConversionRate     float64 `json:"conversion_rate"`
	Alpha              float64 `json:"alpha"`
	Coverage           float64 `json:"coverage"`
	MinimumDays        int     `json:"minimum_days"`
	MinimumConversions int64   `json:"minimum_conversions"`
	WholeWeeks         bool    `json:"whole_weeks"`
	// SmallestLift is the least relative difference that so many visitors show with
	// a chance of four in five at the planned end; nil when they can show none, in earning
	// mode, where nobody knows how many each variant gets, and of a goal with a value or a
	// ratio, where nobody knows how much it varies.
	SmallestLift *float64 `json:"smallest_lift"`
	// MinimumEffect is the smallest lift that would matter to the team, Weeks how long it
	// means to wait; nil where it has not said.
	MinimumEffect *float64 `json:"minimum_effect"`
	Weeks         *int     `json:"planned_weeks"`
	// ShowsMinimum says whether the plan can show the MinimumEffect; nil where one of
	// the two is. EndsAt is when the planned weeks are over.
	ShowsMinimum *bool      `json:"shows_minimum_effect"`
	EndsAt       *time.Time `json:"ends_at"`
}

// plan is what the report says of it.
func (e *Experiment) plan() Plan {
	d, s := &e.Definition, e.settings()
	p := Plan{
		VisitorsPerArm: d.PlannedVisitorsPerArm, Conversions: d.plannedConversions(), ConversionRate: d.plannedRate(),
		Alpha: s.Alpha, Coverage: d.coverage(),
		MinimumDays: s.MinDays, MinimumConversions: s.MinConversions, WholeWeeks: s.WholeWeeks,
		MinimumEffect: d.MinimumEffect, Weeks: d.PlannedWeeks, EndsAt: moment(e.plannedEnd()),
	}
	rate := d.plannedRate()
	if rate >= 1 || d.earns() || d.byMean() {
		return p
	}
	effect, err := stats.SmallestEffect(rate, d.PlannedVisitorsPerArm, stats.HorizonAlpha(s.Alpha, len(d.Variants)), 0.8)
	if err != nil {
		return p // so few show nothing
	}
	lift := effect / rate
	p.SmallestLift = &lift
	if d.MinimumEffect != nil {
		shows := lift <= *d.MinimumEffect*1.005 // what rounding the plan's visitors may take
		p.ShowsMinimum = &shows
	}
	return p
}

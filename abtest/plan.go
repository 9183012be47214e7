package abtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// PlanQuestion is what a team wants to know before an experiment starts. What a page's
// own traffic tells may be given in its place. What is absent is the usual; a 0 that was
// written is refused and not taken for absent.
type PlanQuestion struct {
	// Page is a landing page, whose traffic of the last four weeks is planned with.
	Page string `json:"page,omitempty" validate:"max=64"`
	// Form is a form, with whose traffic it is planned wherever it stands. Not both.
	Form string `json:"form,omitempty" validate:"max=64"`
	// Baseline is the share of visitors who convert today, VisitorsPerDay how many come in
	// a day: by the page's or form's own figures when absent.
	Baseline       *float64 `json:"baseline,omitempty" validate:"omitempty,gt=0,lt=1"`
	VisitorsPerDay *float64 `json:"visitors_per_day,omitempty" validate:"omitempty,gt=0,lte=1000000000"`
	// Variants is how many versions there are, 2 when absent, and Weights their parts of
	// the visitors on any scale, equal when absent.
	Variants *int      `json:"variants,omitempty" validate:"omitempty,min=2,max=10"`
	Weights  []float64 `json:"weights,omitempty" validate:"max=10,dive,gt=0"`
	Coverage *float64  `json:"coverage,omitempty" validate:"omitempty,gt=0,lte=1"`      // all visitors when absent
	Alpha    *float64  `json:"alpha,omitempty" validate:"omitempty,gt=0,lte=0.5"`       // .05 when absent
	Power    *float64  `json:"power,omitempty" validate:"omitempty,gte=0.5,lt=1"`       // .8 when absent
	Effect   *float64  `json:"mde_relative,omitempty" validate:"omitempty,gt=0,lte=10"` // the lift that one wants to see, 0.2 for a fifth more
	Weeks    *int      `json:"weeks,omitempty" validate:"omitempty,min=1,max=104"`      // that one can wait, 4 when absent

	at *Traffic // what Page or Form brought
}

// PlanAnswer is what so much traffic can show, and how long it takes.
type PlanAnswer struct {
	Page           *Traffic `json:"page"` // whose traffic it is planned with; nil for none
	Form           *Traffic `json:"form"` // the same of a form
	Baseline       float64  `json:"baseline"`
	VisitorsPerDay float64  `json:"visitors_per_day"` // of the experiment, so after the coverage
	Variants       int      `json:"variants"`
	Coverage       float64  `json:"coverage"`
	Alpha          float64  `json:"alpha"`
	// AlphaAtEnd is the part of it that the reading at the planned end may use, which is
	// what the sums are made with.
	AlphaAtEnd float64 `json:"alpha_at_end"`
	Power      float64 `json:"power"`
	Weeks      int     `json:"weeks"` // that one can wait

	// Needed is what the wanted lift needs; nil when none was given, or when not even a
	// thousand years bring so many visitors.
	Needed *stats.Plan `json:"needed"`
	// Fits says whether that comes together in the weeks; nil without a wanted lift.
	Fits *bool `json:"fits"`
	// Smallest is the smallest lift that the weeks can show; nil when they show none.
	Smallest *stats.Plan `json:"smallest"`
	// Curve is the smallest lift week by week, for twelve of them or as many as one can wait.
	Curve   []PlanWeek `json:"curve"`
	Formula string     `json:"formula"`
}

// PlanWeek is what an experiment of so many weeks can show.
type PlanWeek struct {
	Weeks    int      `json:"weeks"`
	PerArm   int64    `json:"per_arm"`      // visitors of the smallest version until then
	Smallest *float64 `json:"mde_relative"` // nil where it can show nothing
}

// The usual answers to what a question leaves open.
const (
	usualWeeks = 4
	usualPower = 0.8
	shownWeeks = 12
)

// Plan answers what an experiment needs and what it can show. Without any traffic known
// the fields that are missing are named.
func (s *Service) Plan(ctx context.Context, q PlanQuestion) (*PlanAnswer, error) {
	if err := s.fillIn(ctx, &q); err != nil {
		return nil, err
	}
	return q.answer()
}

// fillIn fills in what the traffic of the page or form tells.
func (s *Service) fillIn(ctx context.Context, q *PlanQuestion) error {
	switch {
	case q.Page == "" && q.Form == "":
		return nil
	case q.Page != "" && q.Form != "":
		return errs.Fields{"form": "errors.plan.both"}
	}
	all, err := s.traffic(ctx)
	if err != nil {
		return err
	}
	t := all.at(q.Page, q.Form)
	if q.at = t; t == nil {
		if q.Page != "" {
			return errs.Fields{"page": "errors.plan.page"}
		}
		return errs.Fields{"form": "errors.plan.form"}
	}
	if q.Baseline == nil && t.Conversions > 0 && t.Conversions < t.Visitors {
		q.Baseline = new(float64(t.Conversions) / float64(t.Visitors))
	}
	if perDay := t.perDay(); q.VisitorsPerDay == nil && perDay > 0 {
		q.VisitorsPerDay = &perDay
	}
	return nil
}

// figures are what a plan is made with.
type figures struct {
	baseline, perDay, coverage, alpha, power float64
	variants, weeks                          int
}

// complete puts the usual in where nothing is said, and names what is missing.
func (q PlanQuestion) complete() (figures, error) {
	bad := errs.Fields{}
	if q.Baseline == nil {
		bad["baseline"] = "errors.required"
		if q.at != nil {
			bad["baseline"] = "errors.plan.baseline"
		}
	}
	if q.VisitorsPerDay == nil {
		bad["visitors_per_day"] = "errors.required"
		if q.at != nil {
			bad["visitors_per_day"] = "errors.plan.visitors"
		}
	}
	f := figures{
		baseline: given(q.Baseline, 0), perDay: given(q.VisitorsPerDay, 0), coverage: given(q.Coverage, 1),
		alpha: given(q.Alpha, stats.DefaultSettings().Alpha), power: given(q.Power, usualPower),
		variants: given(q.Variants, max(2, len(q.Weights))), weeks: given(q.Weeks, usualWeeks),
	}
	if len(q.Weights) > 0 && len(q.Weights) != f.variants {
		bad["weights"] = "errors.plan.weights"
	}
	return f, bad.OrNil()
}

// given is what was said, and the usual where nothing was.
func given[T any](said *T, usual T) T {
	if said == nil {
		return usual
	}
	return *said
}

// answer computes what a complete question asks.
func (q PlanQuestion) answer() (*PlanAnswer, error) {
	f, err := q.complete()
	if err != nil {
		return nil, err
	}
	a := &PlanAnswer{
		Baseline: f.baseline, VisitorsPerDay: f.perDay * f.coverage, Variants: f.variants,
		Coverage: f.coverage, Alpha: f.alpha, AlphaAtEnd: stats.HorizonAlpha(f.alpha, f.variants), Power: f.power, Weeks: f.weeks,
	}
	if q.Form != "" {
		a.Form = q.at
	} else {
		a.Page = q.at
	}
	in := stats.PlanInput{
		Baseline: a.Baseline, Alpha: a.AlphaAtEnd, Power: a.Power, Arms: a.Variants, Weights: q.Weights, VisitorsPerDay: a.VisitorsPerDay,
	}
	// What cannot be computed with these figures at all is told of the field; that so few
	// visitors show nothing is an answer.
	base := in
	base.Effect = q.wanted(a.Baseline)
	needed, err := stats.MakePlan(base)
	if bad := planRefusal(err); bad != nil && !tooFew(err) {
		return nil, bad
	}
	a.Formula = stats.PlanFormula
	if err == nil {
		a.Formula = needed.Formula
	}
	if q.Effect != nil {
		fits := err == nil && *needed.Days <= 7*a.Weeks
		if a.Fits = &fits; err == nil {
			a.Needed = &needed
		}
	}
	for weeks := 1; weeks <= max(shownWeeks, a.Weeks); weeks++ {
		p, ok := within(in, weeks)
		w := PlanWeek{Weeks: weeks, PerArm: p.PerArm}
		if ok {
			w.Smallest = &p.MDERelative
		}
		a.Curve = append(a.Curve, w)
		if weeks == a.Weeks && ok {
			a.Smallest = &p
		}
	}
	return a, nil
}

// wanted is the lift to plan for: the one asked for, or else one that can be computed.
func (q PlanQuestion) wanted(baseline float64) *float64 {
	if q.Effect != nil {
		return q.Effect
	}
	effect := min(stats.HopelessEffect, (1-baseline)/baseline/2)
	return &effect
}

// within is what so many weeks can show; false when they show nothing.
func within(in stats.PlanInput, weeks int) (stats.Plan, bool) {
	in.Weeks = &weeks
	p, err := stats.MakePlan(in)
	if err == nil {
		return p, true
	}
	return stats.Plan{PerArm: int64(math.Floor(in.VisitorsPerDay * 7 * float64(weeks) * smallestShare(in)))}, false
}

func smallestShare(in stats.PlanInput) float64 {
	if len(in.Weights) == 0 {
		return 1 / float64(in.Arms)
	}
	var sum float64
	for _, w := range in.Weights {
		sum += w
	}
	return slices.Min(in.Weights) / sum
}

// tooFew reports whether a plan is refused for its traffic alone.
func tooFew(err error) bool {
	var bad *stats.InputError
	return errors.As(err, &bad) && (bad.Field == "visitors_per_day" || bad.Field == "visitors_per_arm")
}

// planRefusal is a refusal of the sums beside the field that it is about; nil without one.
func planRefusal(err error) error {
	var bad *stats.InputError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &bad):
		return fmt.Errorf("plan: %w", err)
	case bad.Field == "mde_relative":
		return errs.Fields{bad.Field: "errors.plan.effect"}
	}
	return errs.Fields{bad.Field: bad.Error()}
}

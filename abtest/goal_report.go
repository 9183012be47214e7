package abtest

import (
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// GoalReport is a goal with its figures of now.
type GoalReport struct {
	Goal
	Arms []GoalArm `json:"arms"`
	// Comparisons with control. Of a goal that is not the primary one they say what
	// was seen and decide nothing. Their AnytimeP is the smallest of all looks, too; of
	// secondary goals AnytimePHolm is corrected over all of them together.
	Comparisons []stats.Comparison `json:"comparisons"`
	// Harmed are the keys of the variants in which a guardrail is worse: the interval
	// that holds at every look has nothing in it that does no harm.
	Harmed []string `json:"harmed"`
}

// GoalArm is what one variant's visitors did for a goal.
type GoalArm struct {
	stats.ArmReport
	broughtIn
	// MeanInterval of it is Student's, at 1 − alpha, and of a ratio by the delta method;
	// null below two visitors, and below 100 who count for a ratio.
	MeanInterval *stats.Interval `json:"mean_interval"`
}

// goals reads every goal from the counts, going on from the last look; that of the
// primary one is done.
func (e *Experiment) goals(t tally, primary stats.Analysis, last Look) ([]GoalReport, error) {
	var list []GoalReport
	for i, g := range e.Definition.goals() {
		look, read := t.look(e, &g), primary
		if i > 0 {
			settings := e.settings()
			settings.Measure = stats.MeasureConversion
			if g.byMean() {
				settings.Measure = stats.MeasureValue
			}
			look.Earlier = last.goal(g.Key)
			var err error
			if read, err = stats.Analyze(settings, look); err != nil {
				return nil, fmt.Errorf("experiment %q: goal %q: %w", e.Key, g.Key, err)
			}
		}
		r := GoalReport{Goal: g, Comparisons: read.Comparisons, Harmed: []string{}}
		for _, a := range read.Arms {
			all := t.reached(&g, a.Key)
			arm := GoalArm{ArmReport: a, broughtIn: brought(g.Kind, all, a.Visitors)}
			if v := all.read(g.Kind, a.Visitors); v != nil {
				if i, ok := stats.MeanInterval(*v, e.settings().Alpha); ok {
					arm.MeanInterval = &i
				}
			}
			r.Arms = append(r.Arms, arm)
		}
		for _, c := range read.Comparisons {
			if g.Role == Guardrail && g.worse(c) {
				r.Harmed = append(r.Harmed, c.Arm)
			}
		}
		list = append(list, r)
	}
	correctSecondary(list)
	return list, nil
}

// correctSecondary fills in Holm's p-values over the comparisons of all secondary goals:
// of many goals some show a difference by accident. Guardrails are not among them, since
// there the accident to fear is to overlook a harm.
func correctSecondary(list []GoalReport) {
	var all []*stats.Comparison
	var p []float64
	for i := range list {
		if list[i].Role != Secondary {
			continue
		}
		for j := range list[i].Comparisons {
			c := &list[i].Comparisons[j]
			all, p = append(all, c), append(p, c.AnytimeP)
		}
	}
	for i, corrected := range stats.Holm(p) {
		all[i].AnytimePHolm = corrected
	}
}

// worse reports whether the always-valid interval of a comparison lies wholly on the side
// of harm.
func (g *Goal) worse(c stats.Comparison) bool {
	low, high, neutral := c.RateRatio.Lo, c.RateRatio.Hi, 1.0
	if g.byMean() {
		if c.Value == nil || c.Value.AnytimeInterval == nil {
			return false
		}
		low, high, neutral = c.Value.AnytimeInterval.Lo, c.Value.AnytimeInterval.Hi, 0
	}
	if g.Better == Less {
		return low > neutral
	}
	return high < neutral
}

// harms are the guardrails that a variant breaks.
func (r *Report) harms(arm string) (list []Goal) {
	for _, g := range r.Goals {
		if slices.Contains(g.Harmed, arm) {
			list = append(list, g.Goal)
		}
	}
	return list
}

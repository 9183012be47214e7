package scoring

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

// Rule gives points for an event, each time it happens, or for a condition, as long
// as it holds.
type Rule struct {
	manifest.Head `yaml:",inline"`
	Name          i18n.Text `json:"name" yaml:"name" validate:"required"`
	// Event gives points each time; Where are the properties that it must have.
	Event string         `json:"event,omitempty" yaml:"event,omitempty" validate:"max=100"`
	Where map[string]any `json:"where,omitempty" yaml:"where,omitempty"`
	// Condition gives its points once, and takes them back when it no longer holds.
	Condition *conditions.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`
	// Points may be less than nothing: a student's address, an unsubscription.
	Points int64 `json:"points" yaml:"points" validate:"required,min=-1000,max=1000"`
	// Cap is the most that an event's points come to together; no end when absent. Of
	// points less than nothing it is the least, without its sign.
	Cap int64 `json:"cap,omitempty" yaml:"cap,omitempty" validate:"min=0,max=100000"`
	// HalfLife is after how long an event counts half, and after twice that a quarter;
	// for ever whole when absent.
	HalfLife period.Period `json:"half_life,omitzero" yaml:"half_life,omitempty"`
	Active   *bool         `json:"active,omitempty" yaml:"active,omitempty"` // true when absent
}

// IsActive says whether the rule counts at present.
func (r *Rule) IsActive() bool { return r.Active == nil || *r.Active }

// Refs of a rule: the form that it waits for and the segments and
// experiments that its condition names.
func (r *Rule) Refs() []manifest.Ref {
	return append(leads.FormRef(r.Event, r.Where, ""), leads.ConditionRefs(r.Condition, "condition")...)
}

// ours are the events that scoring itself causes, directly or through a segment: a
// rule about them would feed itself.
var ours = map[string]bool{leads.EventScoreChanged: true}

// Check refuses rules that are about nothing, about both, or about themselves.
func (r *Rule) Check() error {
	bad := errs.Fields{}
	if r.Name.Empty() {
		bad["name"] = "is needed"
	}
	switch {
	case (r.Event == "") == (r.Condition == nil):
		bad["event"] = "a rule has an event or a condition, one of the two"
	case ours[r.Event]:
		bad["event"] = "a score cannot change by its own change: that would never end"
	case r.Event != "":
		if err := conditions.CheckProperties(r.Where); err != nil {
			bad["where"] = err.Error()
		}
	default:
		r.checkCondition(bad)
	}
	if r.HalfLife < 0 || r.HalfLife > 0 && r.HalfLife.Duration() < time.Hour {
		bad["half_life"] = "is an hour or more"
	}
	return bad.OrNil()
}

func (r *Rule) checkCondition(bad errs.Fields) {
	if err := r.Condition.Check(); err != nil {
		bad["condition"] = err.Error()
		return
	}
	need := conditions.Needs(*r.Condition)
	if slices.Contains(need.Numbers, conditions.NumberScore) || len(need.Sets[conditions.SetGrade]) > 0 {
		bad["condition"] = "asks for the score, which it is part of"
	}
	if len(r.Where) > 0 || r.HalfLife != 0 || r.Cap != 0 {
		bad["condition"] = "takes no where, cap or half_life: it counts once, as long as it holds"
	}
}

// worth is what an event that happened some time ago counts.
func (r *Rule) worth(age time.Duration) float64 {
	if r.HalfLife == 0 || age <= 0 {
		return float64(r.Points)
	}
	return float64(r.Points) * math.Exp2(-float64(age)/float64(r.HalfLife.Duration()))
}

// capped is what a sum of the rule's points counts.
func (r *Rule) capped(sum float64) float64 {
	if r.Cap == 0 {
		return sum
	}
	return max(-float64(r.Cap), min(float64(r.Cap), sum))
}

// Scale says from which score on a lead has which grade.
type Scale struct {
	manifest.Head `yaml:",inline"`
	// Grades from the best to the least. Who is below the last has none.
	Grades []Grade `json:"grades" yaml:"grades" validate:"required,min=1,max=10,dive"`
}

// Grade is one step of a scale.
type Grade struct {
	Name string `json:"name" yaml:"name" validate:"required,max=20"`
	From int64  `json:"from" yaml:"from"`
}

// scaleKey is the key of the one scale that counts.
const scaleKey = "default"

// Refs of a scale: none.
func (s *Scale) Refs() []manifest.Ref { return nil }

// Check wants the steps to go down.
func (s *Scale) Check() error {
	if s.Key != scaleKey {
		return errs.Fields{"key": fmt.Sprintf("there is one scale, and its key is %q", scaleKey)}
	}
	names := map[string]bool{}
	for i, g := range s.Grades {
		if i > 0 && g.From >= s.Grades[i-1].From {
			return errs.Fields{fmt.Sprintf("grades[%d].from", i): "must be less than that of the grade before"}
		}
		if fold := i18n.Fold(g.Name); names[fold] {
			return errs.Fields{fmt.Sprintf("grades[%d].name", i): "stands there twice"}
		} else {
			names[fold] = true
		}
	}
	return nil
}

// grade returns the grade of a score, "" when it has none.
func (s *Scale) grade(score int64) string {
	for _, g := range s.Grades {
		if score >= g.From {
			return g.Name
		}
	}
	return ""
}

// usual is the scale until somebody sets another.
var usual = Scale{Grades: []Grade{{"A", 80}, {"B", 50}, {"C", 20}, {"D", 1}}}

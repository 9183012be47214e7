package loyalty

import (
	"math"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

// EarningRule says what earns points: an event, for whom, how many and how often.
type EarningRule struct {
	manifest.Head `yaml:",inline"`
	Name          i18n.Text      `json:"name" yaml:"name" validate:"required"`
	Event         string         `json:"event" yaml:"event" validate:"required,max=100"`
	Where         map[string]any `json:"where,omitempty" yaml:"where,omitempty"` // properties the event must have
	// Condition says which leads earn; everybody when absent.
	Condition *conditions.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`
	// Points are earned by each event, or, with Per, for each whole unit of a property.
	Points int64  `json:"points" yaml:"points" validate:"required,min=1,max=1000000"`
	Per    *Per   `json:"per,omitempty" yaml:"per,omitempty"`
	Limit  *Limit `json:"limit,omitempty" yaml:"limit,omitempty"`
	Active *bool  `json:"active,omitempty" yaml:"active,omitempty"` // true when absent
}

// Per makes points grow with a property of the event: for each whole Each of it.
type Per struct {
	Property string  `json:"property" yaml:"property" validate:"required,max=100"`
	Each     float64 `json:"each" yaml:"each" validate:"gt=0"`
}

// Limit bounds how often one lead earns by a rule: Times within a period, or ever
// when the period is absent.
type Limit struct {
	Times  int           `json:"times" yaml:"times" validate:"min=1,max=1000"`
	Within period.Period `json:"within,omitzero" yaml:"within,omitempty"`
}

// mostAtOnce is the most points that one event can earn: a wrong figure in a
// shop's message must not make anybody a millionaire.
const mostAtOnce = 10_000_000

// Refs of a rule: the form that it waits for and the segments and
// experiments that its condition names.
func (r *EarningRule) Refs() []manifest.Ref {
	return append(leads.FormRef(r.Event, r.Where, ""), leads.ConditionRefs(r.Condition, "condition")...)
}

// Check refuses rules that feed themselves and conditions that cannot be read.
func (r *EarningRule) Check() error {
	bad := errs.Fields{}
	if r.Name.Empty() {
		bad["name"] = "is needed"
	}
	if r.Event == leads.EventPointsEarned {
		bad["event"] = "points cannot earn points: that would never end"
	}
	if err := conditions.CheckProperties(r.Where); err != nil {
		bad["where"] = err.Error()
	}
	if r.Condition != nil {
		if err := r.Condition.Check(); err != nil {
			bad["condition"] = err.Error()
		}
	}
	if r.Limit != nil && r.Limit.Within < 0 {
		bad["limit.within"] = "must be more than nothing"
	}
	return bad.OrNil()
}

// IsActive says whether the rule gives points at present.
func (r *EarningRule) IsActive() bool { return r.Active == nil || *r.Active }

// earns says how many points an event earns by the rule, before any limit and
// condition; 0 when the rule is not about it.
func (r *EarningRule) earns(e *leads.Event) int64 {
	if !r.IsActive() || e.LeadID == 0 || e.Name != r.Event || e.Name == leads.EventPointsEarned ||
		!conditions.MatchProperties(r.Where, e.Properties) {
		return 0
	}
	if r.Per == nil {
		return r.Points
	}
	units := math.Floor(number(e.Properties[r.Per.Property]) / r.Per.Each)
	points := units * float64(r.Points)
	if !(points > 0) { // also when it is not a number
		return 0
	}
	return int64(math.Min(points, mostAtOnce))
}

var separators = strings.NewReplacer(",", "", "٬", "", "٫", ".", " ", "")

// number reads a property that means an amount, whichever way a script sent it;
// what is no number is 0.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case string:
		n, err := strconv.ParseFloat(separators.Replace(i18n.ASCIIDigits(v)), 64)
		if err != nil {
			return 0
		}
		return n
	}
	return 0
}

package abtest

import (
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

// Goal is what an experiment measures: an event after the first view of a variant.
type Goal struct {
	Key   string         `json:"key,omitempty" yaml:"key,omitempty" validate:"omitempty,key"`
	Name  i18n.Text      `json:"name,omitempty" yaml:"name,omitempty"`
	Event string         `json:"event,omitempty" yaml:"event,omitempty" validate:"max=120"` // "Form Submitted" when absent
	Where map[string]any `json:"where,omitempty" yaml:"where,omitempty"`                    // properties that the event must have
	// Window is for how long after the first view an event counts; until the end of
	// the experiment when absent.
	Window period.Period `json:"window,omitzero" yaml:"window,omitempty"`
	// Kind is conversion (when absent), who reaches it at all; value, what the visitor's
	// events bring together; or ratio, what all visitors' events bring divided by how often
	// Per happened.
	Kind GoalKind `json:"kind,omitempty" yaml:"kind,omitempty" validate:"omitempty,oneof=conversion value ratio"`
	// Property of the event has the value. A ratio without one counts the events.
	Property string `json:"property,omitempty" yaml:"property,omitempty" validate:"max=120"`
	// Per is the event that a ratio is divided by; the same event, under the same
	// conditions, when absent.
	Per      string         `json:"per,omitempty" yaml:"per,omitempty" validate:"max=120"`
	PerWhere map[string]any `json:"per_where,omitempty" yaml:"per_where,omitempty"` // properties that it must have
	// Cap is the percentile of the visitors' values, zeros apart, at which higher ones
	// are held down: 0.99. Nothing is held down when absent.
	Cap float64 `json:"cap,omitempty" yaml:"cap,omitempty" validate:"omitempty,gte=0.5,lt=1"`
	// Role is primary, the one goal that the verdict is about; secondary (when absent),
	// shown beside it; or guardrail, which may not get worse.
	Role GoalRole `json:"role,omitempty" yaml:"role,omitempty" validate:"omitempty,oneof=primary secondary guardrail"`
	// Better says whether more of it is better (when absent) or less.
	Better Direction `json:"better,omitempty" yaml:"better,omitempty" validate:"omitempty,oneof=more less"`
}

// GoalKind says what of the events is counted.
type GoalKind string

// The kinds of goals.
const (
	Conversion GoalKind = "conversion"
	OfValue    GoalKind = "value"
	OfRatio    GoalKind = "ratio"
)

// GoalRole says what a goal is for.
type GoalRole string

// The roles of goals.
const (
	Primary   GoalRole = "primary"
	Secondary GoalRole = "secondary"
	Guardrail GoalRole = "guardrail"
)

// Direction says what is better.
type Direction string

// The directions.
const (
	More Direction = "more"
	Less Direction = "less"
)

// shortKey is the key of a goal that stands by itself and has none.
const shortKey = "goal"

// mostGoals is how many goals an experiment can have.
const mostGoals = 10

// goals are all of the experiment's, complete, the primary one first.
func (d *Definition) goals() []Goal {
	var primary Goal
	var others []Goal
	found := false
	for _, g := range d.Goals {
		g = g.complete(Secondary)
		if g.Role == Primary && !found {
			primary, found = g, true
			continue
		}
		others = append(others, g)
	}
	if !found {
		primary = d.Goal.complete(Primary)
	}
	return append([]Goal{primary}, others...)
}

// primary is the goal that the verdict is about.
func (d *Definition) primary() Goal { return d.goals()[0] }

// byMean reports whether the verdict is about what visitors bring.
func (d *Definition) byMean() bool {
	g := d.primary()
	return g.byMean()
}

func (g Goal) complete(role GoalRole) Goal {
	if g.Key == "" {
		g.Key = shortKey
	}
	if g.Event == "" {
		g.Event = leads.EventFormSubmitted
	}
	if g.Kind == "" {
		g.Kind = Conversion
	}
	if g.Role == "" {
		g.Role = role
	}
	if g.Better == "" {
		g.Better = More
	}
	return g
}

// alone reports whether the short form says anything.
func (g Goal) alone() bool {
	return g.Key != "" || g.Event != "" || len(g.Where) > 0 || g.Window != 0 || g.Kind != "" || g.Role != ""
}

// byMean reports whether it is the mean of what visitors bring that is compared, and not
// the rate of those who do it.
func (g *Goal) byMean() bool { return g.Kind == OfValue || g.Kind == OfRatio }

// events are the names of those that count.
func (g *Goal) events() []string {
	if g.Per != "" && g.Per != g.Event {
		return []string{g.Event, g.Per}
	}
	return []string{g.Event}
}

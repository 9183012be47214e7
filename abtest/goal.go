package abtest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
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

// checkGoals wants one primary goal and each goal to make sense.
func (d *Definition) checkGoals(bad errs.Fields) {
	d.Goal.check("goal.", bad)
	if d.Goal.Role != "" && d.Goal.Role != Primary {
		bad["goal.role"] = "the goal that stands by itself is the primary one; put others below goals"
	}
	primaries, seen := 0, map[string]bool{}
	if d.Goal.alone() || len(d.Goals) == 0 {
		primaries++
		seen[d.Goal.complete(Primary).Key] = true
	}
	for i, g := range d.Goals {
		at := fmt.Sprintf("goals[%d].", i)
		g.check(at, bad)
		switch {
		case g.Key == "":
			bad[at+"key"] = "each goal of the list has a key"
		case seen[g.Key]:
			bad[at+"key"] = "another goal has this key"
		}
		seen[g.Key] = true
		if g.Role == Primary {
			if primaries++; primaries > 1 {
				bad[at+"role"] = "there is one primary goal, which the verdict is about; make the others secondary or guardrail"
			}
		}
	}
	if primaries == 0 {
		bad["goals"] = "one of the goals is the one that the verdict is about: give it role: primary"
	}
	if len(d.Goals) > mostGoals {
		bad["goals"] = fmt.Sprintf("%d goals are too many, %d is the most", len(d.Goals), mostGoals)
	}
}

// refs are the forms that the goal names.
func (g Goal) refs(at string) []manifest.Ref {
	return append(leads.FormRef(g.complete("").Event, g.Where, at), leads.FormRef(g.Per, g.PerWhere, at+"per_")...)
}

// ratioOfWhat is said of a ratio that divides nothing.
const ratioOfWhat = "name the property of the event that has the value, such as total, or with per the event to divide by"

func (g Goal) check(at string, bad errs.Fields) {
	for name, where := range map[string]map[string]any{"where": g.Where, "per_where": g.PerWhere} {
		if err := conditions.CheckProperties(where); err != nil {
			bad[at+name] = err.Error()
		}
	}
	switch {
	case g.Kind == OfValue && g.Property == "":
		bad[at+"property"] = "name the property of the event that has the value, such as total"
	case g.Kind == OfRatio && g.Property == "" && g.Per == "":
		bad[at+"property"] = ratioOfWhat
	case g.Kind == OfRatio && g.Property == "" && g.complete("").Event == g.Per && manifest.Same(g.Where, g.PerWhere):
		bad[at+"per"] = "is the event itself, so that the ratio is always 1: name another, or a property"
	case !g.byMean() && g.Property != "":
		bad[at+"property"] = "belongs to a goal of kind: value or ratio"
	}
	if g.Kind != OfRatio && g.Per != "" {
		bad[at+"per"] = "belongs to a goal of kind: ratio"
	}
	if g.Per == "" && len(g.PerWhere) > 0 {
		bad[at+"per"] = "is missing: the event that per_where is about"
	}
	if g.Kind != OfValue && g.Cap != 0 {
		bad[at+"cap"] = "belongs to a goal of kind: value"
	}
	if g.Window < 0 || g.Window > 0 && g.Window.Duration() < time.Minute {
		bad[at+"window"] = "is a minute or more"
	}
	if g.Better == Less && (at == "goal." || g.Role == Primary) {
		bad[at+"better"] = "of the primary goal more is better: count what people do, and make what they should not do a guardrail"
	}
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

// counts reports whether an event is one of this goal, what it brings, 0 for a conversion,
// and for how much of what a ratio is divided by it stands.
func (g *Goal) counts(e *leads.Event) (value float64, units int64, ok bool) {
	if e.Name == g.Event && conditions.MatchProperties(g.Where, e.Properties) {
		switch {
		case g.Property != "":
			value, ok = amount(e.Properties[g.Property])
		case g.Kind == OfRatio:
			value, ok = 1, true
		default:
			ok = true
		}
	}
	if g.Kind == OfRatio && (g.Per == "" && ok || g.Per == e.Name && conditions.MatchProperties(g.PerWhere, e.Properties)) {
		units, ok = 1, true
	}
	return value, units, ok
}

// inTime reports whether an event counts for a visitor who saw a variant first at this
// moment.
func (g *Goal) inTime(at, first time.Time) bool {
	return !at.Before(first) && (g.Window == 0 || !at.After(first.Add(g.Window.Duration())))
}

var separators = strings.NewReplacer(",", "", "٬", "", "٫", ".", " ", "")

// mostValue is the largest value of one event that is taken: a larger one is a mistake,
// and its square would drown all others.
const mostValue = 1e15

// amount reads a value, whichever way a script sent it; false for what is no number.
func amount(v any) (n float64, ok bool) {
	switch v := v.(type) {
	case float64:
		n = v
	case int:
		n = float64(v)
	case int64:
		n = float64(v)
	case string:
		var err error
		if n, err = strconv.ParseFloat(separators.Replace(i18n.ASCIIDigits(v)), 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	return n, math.Abs(n) <= mostValue // false for what is not a number, too
}

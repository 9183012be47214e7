package abtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/leads"
)

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

// sameProperties takes an empty list for none.
func sameProperties(a, b map[string]any) bool {
	return len(a)+len(b) == 0 || manifest.Same(a, b)
}

// ratioOfWhat is said of a ratio that divides nothing.
const ratioOfWhat = "name the property of the event that has the value, such as total, or with per the event to divide by"

func (g Goal) check(at string, bad errs.Fields) {
	for name, where := range map[string]map[string]any{"where": g.Where, "per_where": g.PerWhere} {
		if err := conditions.CheckProperties(where); err != nil {
			bad[at+name] = err.Error()
		}
	}
	for name, said := range map[string]string{"event": g.Event, "per": g.Per, "property": g.Property} {
		if strings.TrimSpace(said) != said {
			bad[at+name] = "begins or ends with a space, and would never be met"
		}
	}
	switch {
	case g.Kind == OfValue && g.Property == "":
		bad[at+"property"] = "name the property of the event that has the value, such as total"
	case g.Kind == OfRatio && g.Property == "" && g.Per == "":
		bad[at+"property"] = ratioOfWhat
	case g.Kind == OfRatio && g.Property == "" && g.complete("").Event == g.Per && sameProperties(g.Where, g.PerWhere):
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

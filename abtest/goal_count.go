package abtest

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// counts reports whether an event is one of this goal, what it brings, 0 for a conversion,
// and for how much of what a ratio is divided by it stands.
func (g *Goal) counts(e *leads.Event) (value float64, units int64, ok bool) {
	matches := e.Name == g.Event && conditions.MatchProperties(g.Where, e.Properties)
	if matches {
		switch {
		case g.Property != "":
			value, ok = amount(e.Properties[g.Property])
		case g.Kind == OfRatio:
			value, ok = 1, true
		default:
			ok = true
		}
	}
	if g.Kind == OfRatio && (g.Per == "" && matches || g.Per == e.Name && conditions.MatchProperties(g.PerWhere, e.Properties)) {
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
	if !(math.Abs(n) <= mostValue) { // nor what is no number
		return 0, false
	}
	return n, true
}

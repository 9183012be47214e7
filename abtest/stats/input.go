package stats

import (
	"fmt"
	"math"
)

// InputError says which field of the input makes no sense, and why.
type InputError struct {
	Field   string // as in the input, such as "arms[1].conversions"
	Problem string
}

// Error returns the field and the problem in one line.
func (e *InputError) Error() string { return e.Field + ": " + e.Problem }

func refuse(field, format string, args ...any) error {
	return &InputError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// MaxVisitors is the largest count of one arm that is taken. Above it a
// float64 would no longer hold the products of counts closely enough.
const MaxVisitors = 1_000_000_000_000

// Count is what one arm has seen. It makes sense when 0 ≤ Conversions ≤
// Visitors ≤ MaxVisitors; a Count that does not has no figures.
type Count struct {
	Visitors    int64 // unique, exposed
	Conversions int64 // unique converters among them
}

// Rate returns the conversion rate. It is false without visitors.
func (c Count) Rate() (float64, bool) {
	if !c.valid() || c.Visitors == 0 {
		return 0, false
	}
	return float64(c.Conversions) / float64(c.Visitors), true
}

func (c Count) valid() bool { return c.check("") == nil }

func (c Count) check(prefix string) error {
	switch {
	case c.Visitors < 0:
		return refuse(prefix+"visitors", "%d is negative", c.Visitors)
	case c.Visitors > MaxVisitors:
		return refuse(prefix+"visitors", "%d is more than %d, which no count should be", c.Visitors, int64(MaxVisitors))
	case c.Conversions < 0:
		return refuse(prefix+"conversions", "%d is negative", c.Conversions)
	case c.Conversions > c.Visitors:
		return refuse(prefix+"conversions", "%d is more than the %d visitors", c.Conversions, c.Visitors)
	}
	return nil
}

// open reports whether 0 < v < 1, which NaN is not.
func open(v float64) bool { return v > 0 && v < 1 }

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// minAlpha is the smallest error that is taken: beyond it nobody could check the
// promise, and probabilities lose their digits.
const minAlpha = 1e-12

// confident reports whether an interval at confidence 1 − alpha makes sense.
func confident(alpha float64) bool { return alpha >= minAlpha && alpha < 1 }

func checkAlpha(alpha float64) error {
	if !confident(alpha) || alpha > 0.5 {
		return refuse("alpha", "%v is not from %v to 0.5", alpha, minAlpha)
	}
	return nil
}

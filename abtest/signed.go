package abtest

import (
	"math"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// signed writes a relative change: +12%, or -3%.
func signed(l i18n.Locale, share float64) string { return l.SignedPct(share, 0) }

// points writes a difference of rates in percentage points: +1.3, or -0.4.
func points(l i18n.Locale, difference float64) string {
	return plus(l, math.Round(1000*difference)) + l.Decimal(100*difference, 1)
}

// amountOf writes a difference of values: +1.42, or -0.39.
func amountOf(l i18n.Locale, difference float64) string {
	return plus(l, math.Round(100*difference)) + money(l, difference)
}

// money writes a value: to the hundredth, and from a thousand up whole.
func money(l i18n.Locale, v float64) string {
	if math.Abs(v) >= 1000 {
		return l.Decimal(v, 0)
	}
	return l.Decimal(v, 2)
}

// plus is the sign that the locale leaves out, for what is above zero as shown. In a
// Persian line a mark keeps it to the left of its number, as the locale's own minus
// has it.
func plus(l i18n.Locale, v float64) string {
	switch {
	case !(v > 0):
		return ""
	case l.Lang == i18n.Persian:
		return leftToRight + "+"
	}
	return "+"
}

// leftToRight is the mark that keeps a sign before its number.
const leftToRight = "\u200e"

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
	shown := math.Pow10(decimals(difference))
	return plus(l, math.Round(shown*difference)) + money(l, difference)
}

// money writes a value: to the hundredth, from a thousand up whole, and below one finer.
func money(l i18n.Locale, v float64) string { return l.Decimal(v, decimals(v)) }

func decimals(v float64) int {
	switch v := math.Abs(v); {
	case v >= 1000:
		return 0
	case v >= 1 || v == 0:
		return 2
	case v >= 0.1:
		return 3
	}
	return 4
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

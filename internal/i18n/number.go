package i18n

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/calendar"
)

// Num writes a number with thousands grouped: 12,345 or ۱۲٬۳۴۵. Fractions keep
// at most two digits and lose trailing zeros. A string has its digits turned
// and is otherwise left alone; NaN and infinity are a dash.
func (l Locale) Num(value any) string {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return none
	case v.CanInt():
		return l.number(strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		return l.number(strconv.FormatUint(v.Uint(), 10))
	case v.CanFloat():
		return l.Decimal(v.Float(), 2)
	}
	return l.Digits(fmt.Sprint(value))
}

// Decimal writes a number with at most so many decimals.
func (l Locale) Decimal(value float64, decimals int) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return none
	}
	text := strconv.FormatFloat(value, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return l.number(text)
}

// shortened is what stands behind a number of thousands, millions and so on.
var shortened = map[float64][2]string{
	1e3: {"K", "هزار"}, 1e6: {"M", "میلیون"}, 1e9: {"B", "میلیارد"}, 1e12: {"T", "تریلیون"},
}

// Short writes a number in units of a thousand, a million, 1e9 or 1e12, with at most so
// many decimals: 1.5M, ۱٫۵ میلیون. Of any other unit, and for zero, it is Decimal.
func (l Locale) Short(value, unit float64, decimals int) string {
	words, ok := shortened[unit]
	if !ok || value == 0 || math.IsNaN(value) || math.IsInf(value, 0) {
		return l.Decimal(value, decimals)
	}
	if l.Lang == Persian {
		return l.Decimal(value/unit, decimals) + "\u00a0" + words[1]
	}
	return l.Decimal(value/unit, decimals) + words[0]
}

// Pct writes a share (0.123) as a percentage (12.3%, ۱۲٫۳٪) with exactly so
// many decimals. A share that is not a number is a dash.
func (l Locale) Pct(share float64, decimals int) string { return l.percentage(share, decimals, "") }

// SignedPct is Pct for a change, with a plus before what is above zero as shown:
// +12%, -3%, 0%.
func (l Locale) SignedPct(share float64, decimals int) string {
	return l.percentage(share, decimals, "+")
}

func (l Locale) percentage(share float64, decimals int, plus string) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return none
	}
	plain := strconv.FormatFloat(share*100, 'f', decimals, 64)
	text := l.number(plain)
	signed := strings.HasPrefix(plain, "-")
	if strings.Trim(plain, "-0.") == "" {
		plus, signed = "", false
	}
	if l.Lang != Persian {
		if signed {
			plus = ""
		}
		return plus + text + "%"
	}
	// Persian has the percent sign to the left of its number. Browsers put it there
	// after a Persian letter only, and to the right in a cell of its own; the mark,
	// an invisible Arabic letter, stands for that letter.
	switch {
	case signed:
		return letterMark + text + letterMark + "٪"
	case plus != "":
		return letterMark + "\u200e" + plus + text + letterMark + "٪"
	}
	return letterMark + text + "٪"
}

// letterMark is the ARABIC LETTER MARK.
const letterMark = "\u061c"

// Digits turns the digits of any text into the reader's: a code, a version, a
// phone number. Grouping and the rest of the text stay as they are.
func (l Locale) Digits(text string) string {
	if l.Lang == Persian {
		return calendar.PersianDigits(text)
	}
	return ASCIIDigits(text)
}

// none stands where there is no value to show.
const none = "–"

// number turns the plain decimal that strconv writes into the reader's.
func (l Locale) number(plain string) string {
	digits, negative := strings.CutPrefix(plain, "-")
	if strings.Trim(digits, "0.") == "" {
		negative = false // no "-0"
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	group, point, minus := ",", ".", "-"
	if l.Lang == Persian {
		// The mark before the minus keeps it to the left of its number inside
		// a right-to-left line, as the Unicode CLDR writes it.
		group, point, minus = "٬", "٫", "\u200e−"
	}
	var b strings.Builder
	if negative {
		b.WriteString(minus)
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if fraction != "" {
		b.WriteString(point + fraction)
	}
	if l.Lang == Persian {
		return calendar.PersianDigits(b.String())
	}
	return b.String()
}

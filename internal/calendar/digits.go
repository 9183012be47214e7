package calendar

import "strings"

// PersianDigits replaces 0-9 by ۰-۹ and leaves all else as it is.
func PersianDigits(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	var b strings.Builder
	b.Grow(2 * len(s))
	for _, r := range s {
		if r >= '0' && r <= '9' {
			r += '۰' - '0'
		}
		b.WriteRune(r)
	}
	return b.String()
}

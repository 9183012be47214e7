package conditions

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// fault is what is wrong with a condition, in English for files and scripts, and with
// the key of its sentence in the catalogue for people.
type fault struct {
	key, text string
	args      []any
}

func (f *fault) Error() string { return f.text }

// refuse makes a fault; key stands behind "conditions.error." in the catalogue, whose
// sentence calls the arguments {a}, {b} and {c}.
func refuse(key, format string, args ...any) error {
	return &fault{key: key, text: fmt.Sprintf(format, args...), args: args}
}

// SayError says in the reader's language what Check found wrong, behind its place. Any
// other error speaks for itself.
func SayError(l i18n.Locale, err error) string {
	var f *fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	var named []any
	for i, arg := range f.args {
		switch v := arg.(type) {
		case string:
			arg = l.Iso(v)
		case int:
			arg = l.Digits(strconv.Itoa(v))
		default:
			arg = l.Iso(fmt.Sprint(v))
		}
		named = append(named, string(rune('a'+i)), arg)
	}
	said := l.T("conditions.error."+f.key, named...)
	place := strings.TrimSuffix(strings.TrimSuffix(err.Error(), f.text), ": ")
	if place = strings.TrimPrefix(strings.TrimPrefix(place, "condition"), ": "); place != "" {
		return l.Iso(strings.TrimPrefix(place, ".")) + ": " + said
	}
	return said
}

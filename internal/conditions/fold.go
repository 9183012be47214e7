package conditions

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// What a fold holds at most, in bytes.
const (
	maxName = 100
	maxText = 500
)

// Beside its text under the field's own name, a value that can be compared by size
// stands under the name with one of these before it.
const (
	asNumber  = "#" // a number, as it is
	asDay     = "~" // a civil date: days since 1970-01-01
	asInstant = "@" // an RFC 3339 time: whole seconds since 1970-01-01 UTC
)

// Fold is the canonical form of fields or properties that conditions are asked on,
// in memory and in the database alike; it is made to be stored as JSON.
//
//   - A text is folded (i18n.Fold) and cut at 500 bytes. A number and a yes or no
//     stand as their text: "4", "true". A list becomes the list of its folded texts.
//   - A number stands under "#name" as well, a civil date (2006-01-02) as days since
//     1970-01-01 under "~name", an RFC 3339 time as Unix seconds under "@name".
//   - Left out are: what is empty, objects, numbers that are none, and names that are
//     empty, longer than 100 bytes, begin with # ~ @ or hold a quotation mark, a
//     backslash or a control character.
//
// What Fold returns is not to be folded again.
func Fold(values map[string]any) map[string]any {
	f := NewFolder(len(values) + len(values)/2)
	for name, value := range values {
		f.Add(name, value)
	}
	return f.Folds
}

// Folder folds fields one by one, for whoever has them in no map.
type Folder struct{ Folds map[string]any }

// NewFolder returns one with room for so many folds.
func NewFolder(room int) Folder { return Folder{make(map[string]any, room)} }

// Add folds one more field. No name comes twice.
func (f Folder) Add(name string, value any) {
	if foldable(name) {
		put(f.Folds, name, value)
	}
}

// foldable says whether a field of this name can be asked about.
func foldable(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsAny(name[:1], asNumber+asDay+asInstant) &&
		!strings.ContainsAny(name, `"\`) && !strings.ContainsFunc(name, unicode.IsControl) && utf8.ValidString(name)
}

func put(folds map[string]any, name string, value any) {
	switch v := plain(value).(type) {
	case string:
		text := foldText(v)
		if text == "" {
			return
		}
		folds[name] = text
		if day, ok := parseDay(v); ok {
			folds[asDay+name] = float64(day)
		} else if at, ok := parseInstant(v); ok {
			folds[asInstant+name] = float64(at.Unix())
		}
	case float64:
		if text := numberText(v); text != "" {
			folds[name] = text
			folds[asNumber+name] = v + 0 // no -0
		}
	case bool:
		folds[name] = strconv.FormatBool(v)
	case []any:
		if list := foldList(v); len(list) > 0 {
			folds[name] = list
		}
	}
}

// foldValue is the text of a single value, "" for what has none.
func foldValue(value any) string {
	switch v := plain(value).(type) {
	case string:
		return foldText(v)
	case float64:
		return numberText(v)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func foldList(list []any) []any {
	out := make([]any, 0, len(list))
	for _, element := range list {
		if text := foldValue(element); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// foldText folds and cuts on the border of a rune.
func foldText(text string) string {
	folded := text
	if !settled(text) {
		folded = i18n.Fold(text)
	}
	if len(folded) <= maxText {
		return folded
	}
	end := maxText
	for !utf8.RuneStart(folded[end]) {
		end--
	}
	return strings.TrimRight(folded[:end], " ")
}

// settled says of a text at a glance that it folds to itself: small letters, digits
// and signs of ASCII and the Persian letters, with single spaces between. It spares
// most texts the whole folding.
func settled(text string) bool {
	before := ' '
	for _, r := range text {
		switch {
		case r == ' ' && before == ' ', r < ' ', r == 0x7f, r >= 'A' && r <= 'Z':
			return false
		case r > 0x7f && !strings.ContainsRune(persian, r):
			return false
		}
		before = r
	}
	return before != ' '
}

const persian = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"

// numberText writes 1000000 and not 1e+06, the same for the number of a JSON text
// (always a float64) and of a YAML text (an integer if it looks like one).
func numberText(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v+0, 'f', -1, 64)
}

// plain brings the many Go types of a value down to those of JSON: nil, string,
// float64, bool, []any, or something else for what cannot be folded.
func plain(value any) any {
	switch v := value.(type) {
	case nil, string, float64, bool, []any:
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case json.Number:
		if n, err := v.Float64(); err == nil {
			return n
		}
		return nil
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.Format(time.RFC3339Nano)
	case []string:
		list := make([]any, len(v))
		for i, text := range v {
			list[i] = text
		}
		return list
	}
	return reflected(reflect.ValueOf(value))
}

func reflected(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem().Interface())
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = v.Index(i).Interface()
		}
		return list
	}
	return struct{}{}
}

// parseDay reads a civil date as days since 1970-01-01; Persian digits will do.
func parseDay(text string) (int64, bool) {
	text = tidy(text)
	if len(text) != len(time.DateOnly) {
		return 0, false
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, false
	}
	return dayOf(day), true
}

// parseInstant reads an RFC 3339 time.
func parseInstant(text string) (time.Time, bool) {
	text = tidy(text)
	if len(text) < len("2006-01-02T15:04:05Z") || text[4] != '-' {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

func tidy(text string) string {
	if len(text) > 100 { // no date, and not worth reading through
		return ""
	}
	return i18n.ASCIIDigits(strings.TrimSpace(text))
}

// dayOf is the civil date of a time, in that time's zone, as days since 1970-01-01.
func dayOf(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

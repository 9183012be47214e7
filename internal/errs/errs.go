// Package errs names the kinds of failure that the whole product knows.
//
// A feature says what went wrong by wrapping one of the kinds; internal/web
// alone decides which HTTP status that becomes.
package errs

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// The kinds. Wrap them: fmt.Errorf("journey %d: %w", id, errs.NotFound).
var (
	NotFound     = errors.New("not found")
	Conflict     = errors.New("conflict")
	Invalid      = errors.New("invalid")
	Unauthorized = errors.New("sign-in needed")
	Forbidden    = errors.New("forbidden")
	Gone         = errors.New("gone")
	TooLarge     = errors.New("too large")
	Unsupported  = errors.New("unsupported media type")
	TooMany      = errors.New("too many requests")
	Unavailable  = errors.New("unavailable")
)

// Fields holds one message per bad field and is an error of kind Invalid. The
// messages are catalogue keys or sentences, ready to be shown to the person who
// filled the form in.
type Fields map[string]string

// Error lists the fields in alphabetical order.
func (f Fields) Error() string {
	parts := make([]string, 0, len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) {
		parts = append(parts, name+": "+f[name])
	}
	return strings.Join(parts, "; ")
}

// Unwrap makes errors.Is(f, Invalid) true.
func (f Fields) Unwrap() error { return Invalid }

// AsFields returns the bad fields inside err, if there are any.
func AsFields(err error) (Fields, bool) {
	var f Fields
	ok := errors.As(err, &f)
	return f, ok
}

// OrNil returns f as an error, or nil when no field is bad.
func (f Fields) OrNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

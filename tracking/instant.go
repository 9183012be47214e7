package tracking

import (
	"strings"
	"time"
)

// layouts are the ways in which ISO 8601 times are met; without a zone they are UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", time.DateOnly}

// earliest is the first moment that an event can have; a clock that says less is unset.
var earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// parseInstant reads an ISO 8601 time, to the microsecond.
func parseInstant(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			at = at.UTC().Truncate(time.Microsecond)
			return at, !at.Before(earliest)
		}
	}
	return time.Time{}, false
}

// occurred is when something happened by our clock, of which the client's clock said
// original and, at the moment of sending, sent: received - (sent - original). Without
// sent the client's clock is believed, without original it happened just now. Nothing
// happens later than now: then ahead is true.
func occurred(original, sent, received time.Time) (at time.Time, ahead bool) {
	switch {
	case original.IsZero():
		return received, false
	case !sent.IsZero():
		at = received.Add(-sent.Sub(original))
	default:
		at = original
	}
	if at.Before(earliest) { // the two clocks make no sense together
		at = original
	}
	if at.After(received) {
		return received, true
	}
	return at, false
}

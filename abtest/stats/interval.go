package stats

import (
	"encoding/json"
	"fmt"
	"math"
)

// Interval holds the values from Lo to Hi, both included. An infinite end means
// that the data set no bound on that side. In JSON it is [lo, hi], with null
// for an infinite end.
type Interval struct {
	Lo, Hi float64
}

// Contains reports whether Lo ≤ v ≤ Hi.
func (i Interval) Contains(v float64) bool { return i.Lo <= v && v <= i.Hi }

// MarshalJSON writes [lo, hi].
func (i Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]*float64{finite(i.Lo), finite(i.Hi)})
}

// JSONSchema describes what MarshalJSON writes.
func (Interval) JSONSchema() string {
	return `{"type":"array","minItems":2,"maxItems":2,"items":{"anyOf":[{"type":"number"},{"type":"null"}]}}`
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (i *Interval) UnmarshalJSON(data []byte) error {
	var ends []*float64
	if err := json.Unmarshal(data, &ends); err != nil {
		return fmt.Errorf("interval: %w", err)
	}
	if len(ends) != 2 {
		return fmt.Errorf("interval: %d ends, want 2", len(ends))
	}
	*i = Interval{math.Inf(-1), math.Inf(1)}
	if ends[0] != nil {
		i.Lo = *ends[0]
	}
	if ends[1] != nil {
		i.Hi = *ends[1]
	}
	return nil
}

func finite(v float64) *float64 {
	if math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// optional turns a value and its ok into a figure of a report.
func optional[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}

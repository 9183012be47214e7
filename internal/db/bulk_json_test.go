package db

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendJSONWritesWhatMarshalWrites(t *testing.T) {
	scalar := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.Map(rapid.Int64Range(-1e16, 1e16), func(n int64) any { return float64(n) }), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.SampledFrom([]any{nil, "سلام <b>", "a\u2028b", "\x7f\xff", []any{"x", 1.5, nil}, map[string]any{}, map[string]any(nil), 1e15, math.Copysign(0, -1), 0.1}),
	)
	rapid.Check(t, func(t *rapid.T) {
		value := map[string]any{}
		for name, v := range rapid.MapOf(rapid.String(), scalar).Draw(t, "object") {
			value[name] = v
		}
		want, err := json.Marshal(value)
		if err != nil {
			t.Skip("no JSON")
		}
		got, err := appendJSON(nil, value)
		if err != nil || string(got) != string(want) {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
	})
}

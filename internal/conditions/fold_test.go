package conditions

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

func TestFoldsAreTheCanonicalForm(t *testing.T) {
	type stage string
	text := "x"
	long := strings.Repeat("ب", 400)
	for name, c := range map[string]struct {
		value any
		want  map[string]any
	}{
		"text":              {" كرج ", map[string]any{"f": "کرج"}},
		"digits":            {"۰۹۱۲", map[string]any{"f": "0912"}},
		"number":            {4.0, map[string]any{"f": "4", "#f": 4.0}},
		"integer":           {4, map[string]any{"f": "4", "#f": 4.0}},
		"unsigned":          {uint64(7), map[string]any{"f": "7", "#f": 7.0}},
		"small":             {int8(-7), map[string]any{"f": "-7", "#f": -7.0}},
		"large":             {1e6, map[string]any{"f": "1000000", "#f": 1e6}},
		"no minus zero":     {math.Copysign(0, -1), map[string]any{"f": "0", "#f": 0.0}},
		"JSON number":       {json.Number("2.5"), map[string]any{"f": "2.5", "#f": 2.5}},
		"number as text":    {"4", map[string]any{"f": "4"}},
		"yes":               {true, map[string]any{"f": "true"}},
		"no":                {false, map[string]any{"f": "false"}},
		"day":               {"1970-01-11", map[string]any{"f": "1970-01-11", "~f": 10.0}},
		"Persian digits":    {"۱۹۷۰-۰۱-۱۱", map[string]any{"f": "1970-01-11", "~f": 10.0}},
		"day before 1970":   {"1969-12-31", map[string]any{"f": "1969-12-31", "~f": -1.0}},
		"no day":            {"2026-02-30", map[string]any{"f": "2026-02-30"}},
		"instant":           {"1970-01-01T03:30:01+03:30", map[string]any{"f": "1970-01-01t03:30:01+03:30", "@f": 1.0}},
		"time":              {time.Unix(90, 5e8).UTC(), map[string]any{"f": "1970-01-01t00:01:30.5z", "@f": 90.0}},
		"list":              {[]any{"A", 4, true, nil, "", map[string]any{}}, map[string]any{"f": []any{"a", "4", "true"}}},
		"list of text":      {[]string{"B"}, map[string]any{"f": []any{"b"}}},
		"named list":        {[]stage{"B"}, map[string]any{"f": []any{"b"}}},
		"pointer":           {&text, map[string]any{"f": "x"}},
		"named text":        {stage("Lead"), map[string]any{"f": "lead"}},
		"long":              {long, map[string]any{"f": long[:500]}},
		"broken letters":    {"a\xff", map[string]any{"f": "a\ufffd"}},
		"nothing":           {nil, map[string]any{}},
		"nil pointer":       {(*string)(nil), map[string]any{}},
		"empty":             {"", map[string]any{}},
		"space":             {" \t\u200c", map[string]any{}},
		"empty list":        {[]any{}, map[string]any{}},
		"object":            {map[string]any{"a": 1}, map[string]any{}},
		"no number":         {math.NaN(), map[string]any{}},
		"without end":       {math.Inf(1), map[string]any{}},
		"broken number":     {json.Number("x"), map[string]any{}},
		"zero time":         {time.Time{}, map[string]any{}},
		"bytes":             {[]byte("a"), map[string]any{}},
		"a function":        {func() {}, map[string]any{}},
		"a list of empties": {[]string{"", " "}, map[string]any{}},
	} {
		if diff := cmp.Diff(c.want, Fold(map[string]any{"f": c.value})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for _, name := range []string{"", "#a", "~a", "@a", `a"b`, `a\b`, "a\nb", "a\x00", "a\xff", strings.Repeat("n", 101)} {
		if got := Fold(map[string]any{name: "x"}); len(got) != 0 {
			t.Errorf("the name %q folds to %v", name, got)
		}
	}
}

// What is read back from the database is what was folded, and folding the JSON of
// a record is folding the record.
func TestFoldsSurviveTheirJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := map[string]any{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "#c", "نام", "e\"", ""}), 0, 5).Draw(t, "names") {
			raw[name] = anyValue().Draw(t, "value")
		}
		folds := Fold(raw)
		if diff := cmp.Diff(folds, throughJSON(t, folds)); diff != "" {
			t.Fatalf("folds change in their JSON:\n%s", diff)
		}
		if diff := cmp.Diff(folds, Fold(throughJSON(t, raw))); diff != "" {
			t.Fatalf("a record folds otherwise after its JSON:\n%s", diff)
		}
		for name, value := range folds {
			if text, ok := value.(string); ok && (text == "" || len(text) > maxText || !utf8.ValidString(text) || foldText(text) != text) {
				t.Fatalf("%s is not canonical: %q", name, text)
			}
		}
	})
}

func TestWhatIsSettledFoldsToItself(t *testing.T) {
	letters := []rune(persian + " aZz09_-~!؟يكآ\u200c\u0654\t\x7fé")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom(letters)).Draw(t, "text")
		if settled(text) && i18n.Fold(text) != text {
			t.Fatalf("%q folds to %q", text, i18n.Fold(text))
		}
	})
	for _, text := range []string{"تهران", "a b", "کرج", "mina@example.com"} {
		if !settled(text) {
			t.Errorf("%q is not taken for settled", text)
		}
	}
}

func throughJSON(t *rapid.T, m map[string]any) map[string]any {
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func anyValue() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.String().AsAny(), rapid.Float64Range(-1e300, 1e300).AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny(),
		rapid.SliceOfN(rapid.String(), 0, 3).AsAny(), rapid.Just[any](nil), rapid.StringN(400, 600, -1).AsAny(),
		rapid.Custom(func(t *rapid.T) any {
			at := time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "s"), 0).UTC()
			return rapid.SampledFrom([]any{at, at.Format(time.DateOnly), at.Format(time.RFC3339)}).Draw(t, "as")
		}),
	)
}

package assign

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

func TestRaisingTheCoverageMovesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SampledFrom([][]float64{nil, {.5, .5}, {.2, .3, .5}, {.99, .01}, {.2, .2, .2, .2, .2}}).Draw(t, "weights")
		low := rapid.Float64Range(0, 1).Draw(t, "low")
		high := rapid.Float64Range(low, 1).Draw(t, "high")
		id := rapid.String().Draw(t, "id")
		config := Config{Key: "hero", Version: V2, Variations: max(len(weights), 2), Weights: weights, Coverage: low}
		before, ok := New(config).Assign(id)
		config.Coverage = high
		after, _ := New(config).Assign(id)
		if ok && before != after {
			t.Fatalf("%q moved from %d to %d", id, before, after)
		}
	})
}

func TestFullCoverageTakesEverybody(t *testing.T) {
	s := New(Config{Key: "hero", Version: V2, Variations: 2, Coverage: 1})
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.String().Draw(t, "id")
		if _, ok := s.Assign(id); ok != (id != "") {
			t.Fatalf("%q takes part = %v", id, ok)
		}
	})
}

func TestHashCountsUTF16Units(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		want := fnvOffset
		for _, u := range utf16.Encode([]rune(s)) {
			want = (want ^ uint32(u)) * fnvPrime
		}
		if got := fnv(fnvOffset, s); got != want {
			t.Fatalf("fnv(%q) = %d, want %d", s, got, want)
		}
	})
}

func TestNamespacesThatDoNotOverlapShareNobody(t *testing.T) {
	one, two := Namespace{"hero", 0, .4}, Namespace{"hero", .4, 1}
	for i := range 5000 {
		id := fmt.Sprintf("v%d", i)
		if one.Contains(id) == two.Contains(id) {
			t.Fatalf("%s is in both or in neither", id)
		}
	}
}

func TestLongAndBrokenIdsAreAssignedToo(t *testing.T) {
	s := New(Config{Key: "hero", Version: V2, Variations: 2, Coverage: 1})
	for _, id := range []string{strings.Repeat("x", 10<<10), strings.Repeat("سرنخ", 2<<10), "\xff\xfe", "\x00"} {
		first, ok := s.Assign(id)
		if again, _ := s.Assign(id); !ok || again != first {
			t.Errorf("%.8q: %d then %d, ok = %v", id, first, again, ok)
		}
	}
}

func TestSplitWithoutSenseTakesNobody(t *testing.T) {
	for name, c := range map[string]Config{
		"one variation":   {Key: "hero", Version: V2, Variations: 1, Coverage: 1},
		"unknown version": {Key: "hero", Version: 3, Variations: 2, Coverage: 1},
		"no coverage":     {Key: "hero", Version: V2, Variations: 2},
		"nothing":         {},
	} {
		if v, ok := New(c).Assign("1"); ok || v != -1 {
			t.Errorf("%s: variation %d, ok = %v", name, v, ok)
		}
	}
}

func TestSplitKeepsItsOwnRanges(t *testing.T) {
	given := []Range{{0, .5}, {.5, 1}, {0, 1}}
	s := New(Config{Key: "hero", Version: V2, Variations: 2, Ranges: given})
	given[0], s.Ranges()[1] = Range{}, Range{}
	if got := fmt.Sprint(s.Ranges()); got != "[{0 0.5} {0.5 1}]" {
		t.Errorf("ranges %v", got)
	}
}

func TestAssignAllocatesNothing(t *testing.T) {
	s := New(Config{Key: "hero", Version: V2, Variations: 2, Coverage: 1, Namespace: &Namespace{"ns", 0, 1}})
	for _, id := range ids {
		if n := testing.AllocsPerRun(100, func() { s.Assign(id) }); n != 0 {
			t.Errorf("%q: %v allocations", id, n)
		}
	}
}

var ids = map[string]string{
	"ascii":     "visitor_42",
	"uuid":      "6f1c2f0e-9b57-4c38-a7a5-1f2d3c4b5a69",
	"non-ascii": "بازدیدکننده-۴۲",
	"emoji":     "visitor-😀-42",
}

func BenchmarkAssign(b *testing.B) {
	s := New(Config{Key: "landing-hero", Version: V2, Variations: 2, Coverage: 1})
	for name, id := range ids {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Assign(id)
			}
		})
	}
}

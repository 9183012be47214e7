package chart

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestARangeIsCutOffAtTheEdgeOfItsTable(t *testing.T) {
	mark := string(Range(english, RangeMark{Value: 0.5, Low: -0.2, High: math.Inf(1), From: -1, To: 2, Label: "wide"}))
	if !strings.Contains(mark, `x2="100%"`) || strings.Count(mark, `class="cap"`) != 1 || !strings.Contains(mark, `cx="50%"`) || !strings.Contains(mark, `aria-label="wide"`) {
		t.Error(mark)
	}
	if persian := string(Range(persian, RangeMark{Value: -1, Low: -1, High: -0.7, From: -1, To: 2})); !strings.Contains(persian, `cx="100%"`) {
		t.Error(persian)
	}
	if got := Range(english, RangeMark{Low: math.NaN(), High: 1, From: -1, To: 1}); got != "" {
		t.Error(got)
	}
}

func TestAnyRangeIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-1, 1e6), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)))
		mark := Range(persian, RangeMark{Value: value.Draw(t, "value"), Low: value.Draw(t, "low"), High: value.Draw(t, "high"), From: -1, To: 2})
		wellFormed(t, mark)
		if strings.Contains(string(mark), "NaN") || strings.Contains(string(mark), "Inf") {
			t.Fatal(mark)
		}
	})
}

package stats

import (
	"cmp"
	"slices"
)

// Holm returns the p-values corrected for their number, in the order given
// (Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure"): those
// at most alpha belong to differences of which, with probability 1 − alpha,
// none is an accident.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	corrected := make([]float64, len(p))
	var largest float64
	for rank, i := range order {
		largest = max(largest, min(1, p[i]*float64(len(p)-rank)))
		corrected[i] = largest
	}
	return corrected
}

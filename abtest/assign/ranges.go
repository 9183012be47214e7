package assign

// Range is a piece of the line from 0 to 1: Lo belongs to it, Hi does not.
type Range struct {
	Lo, Hi float64
}

// Contains reports whether Lo ≤ n < Hi.
func (r Range) Contains(n float64) bool {
	return n >= r.Lo && n < r.Hi
}

// EqualWeights returns n weights of 1/n, none for n < 1.
func EqualWeights(n int) []float64 {
	if n < 1 {
		return nil
	}
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = 1 / float64(n)
	}
	return weights
}

// BucketRanges returns the piece of each of n variations. Piece i begins at the
// sum of the full weights before it and is coverage × weight long. Coverage is
// clamped to [0, 1]. Weights of another length than n, or whose sum lies
// outside .99 to 1.01, count as equal weights.
func BucketRanges(n int, coverage float64, weights []float64) []Range {
	if n < 1 {
		return nil
	}
	if !(coverage > 0) { // also catches NaN
		coverage = 0
	}
	coverage = min(coverage, 1)
	if len(weights) != n || !sumsToOne(weights) {
		weights = EqualWeights(n)
	}
	ranges := make([]Range, n)
	var cum float64
	for i, w := range weights {
		// The conversion keeps compilers from fusing multiply and add, which
		// rounds otherwise than JavaScript does.
		ranges[i] = Range{cum, cum + float64(coverage*w)}
		cum += w
	}
	return ranges
}

func sumsToOne(weights []float64) bool {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	return sum >= 0.99 && sum <= 1.01
}

// ChooseVariation returns the index of the first range that n lies in, or -1:
// the visitor is not in the experiment.
func ChooseVariation(n float64, ranges []Range) int {
	for i, r := range ranges {
		if r.Contains(n) {
			return i
		}
	}
	return -1
}

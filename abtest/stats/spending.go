package stats

// HorizonAlpha returns the error with which a difference is read at the planned end:
// the part of alpha that the sequential test leaves, and where several arms are
// compared with control what Holm's correction leaves of it at worst. It is what a
// plan for the hybrid verdict plans with.
func HorizonAlpha(alpha float64, arms int) float64 {
	return (1 - sequentialShare) * alpha / float64(max(arms-1, 1))
}

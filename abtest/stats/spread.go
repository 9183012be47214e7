package stats

import "math"

// spread returns the covariance of the visitors' counts of the arms when each
// regime splits its own visitors by its own weights: Σ_r N_r·(diag w_r − w_r·w_rᵀ).
func spread(regimes []Regime) [][]float64 {
	k := len(regimes[0])
	v := make([][]float64, k)
	for i := range v {
		v[i] = make([]float64, k)
	}
	for _, r := range regimes {
		n, sum := r.visitors(), r.weight()
		for i := range r {
			wi := r[i].Weight / sum
			for j := range r {
				if i != j {
					v[i][j] -= n * wi * (r[j].Weight / sum)
					v[i][i] += n * wi * (r[j].Weight / sum)
				}
			}
		}
	}
	return v
}

// quadraticForm returns xᵀ·V⁻·x and the rank of V, a covariance that cannot be
// inverted because the arms' counts add up: by symmetric elimination, the largest
// remaining variance first, until nothing is left. It overwrites its arguments.
//
// With x the visitors off their expectation it is the chi-square of the splits
// of all regimes together; with one regime, Pearson's.
func quadraticForm(x []float64, v [][]float64) (form float64, rank int) {
	var largest float64
	for i := range v {
		largest = max(largest, v[i][i])
	}
	done := make([]bool, len(x))
	for {
		pivot := -1
		for i := range v {
			if !done[i] && v[i][i] > 1e-11*largest && (pivot < 0 || v[i][i] > v[pivot][pivot]) {
				pivot = i
			}
		}
		if pivot < 0 {
			return form, rank
		}
		done[pivot] = true
		rank++
		d := v[pivot][pivot]
		form += x[pivot] / math.Sqrt(d) * (x[pivot] / math.Sqrt(d))
		for i := range v {
			if done[i] {
				continue
			}
			f := v[i][pivot] / d
			x[i] -= f * x[pivot]
			for j := range v {
				if !done[j] {
					v[i][j] -= f * v[pivot][j]
				}
			}
		}
	}
}

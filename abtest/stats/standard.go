package stats

import "math"

// Standardize returns the arms' counts as they would be had every arm met the days
// that all of them met together: indirect standardisation over regimes. Conversions
// are taken to come at the rate λ_r·ρ_i, a rate of the regime times one of the arm,
// fitted so that every regime and every arm has the conversions seen,
//
//	ρ_i = x_i / Σ_r n_ir·λ_r,   λ_r = x_r / Σ_i n_ir·ρ_i.
//
// An arm then has Σ_r n_ir·λ_r over the mean rate visitors, which add up to all there
// are. Where the arms met different days the counts tell less than they seem to: each
// is scaled down by what its conversions tell of the arm against the others, Σ_r
// x_r·θ_ir(1−θ_ir) with θ_ir its share among those expected, over what they would tell
// in one regime. With one regime, or shares that never changed, the counts are those
// seen. It is false for regimes of different arms and counts that make no sense.
func Standardize(regimes []Regime) ([]Count, bool) {
	if len(regimes) == 0 {
		return nil, false
	}
	sums := make([]Count, len(regimes[0]))
	for _, r := range regimes {
		if len(r) != len(sums) {
			return nil, false
		}
		for i, c := range r {
			if !c.valid() {
				return nil, false
			}
			sums[i] = sums[i].plus(c.Count)
		}
	}
	for _, c := range sums {
		if !c.valid() {
			return nil, false
		}
	}
	if len(regimes) == 1 {
		return sums, true
	}
	f := fit(regimes, sums)
	var visitors, expected float64
	for i, c := range sums {
		visitors += float64(c.Visitors)
		expected += f.expected[i]
	}
	counts := make([]Count, len(sums))
	for i, c := range sums {
		n, x := float64(c.Visitors), float64(c.Conversions)
		if expected > 0 {
			n = f.expected[i] / (expected / visitors)
		}
		told := f.told(i, x)
		counts[i] = Count{int64(math.Round(min(n*told, MaxVisitors))), int64(math.Round(x * told))}
		counts[i].Visitors = max(counts[i].Visitors, counts[i].Conversions)
	}
	return counts, true
}

// fitted is the two-way model of Standardize.
type fitted struct {
	shares   [][]float64 // θ_ir, by regime
	regime   []float64   // x_r
	expected []float64   // Σ_r n_ir·λ_r, by arm
}

// fit solves the two equations in turn.
func fit(regimes []Regime, sums []Count) fitted {
	f := fitted{expected: make([]float64, len(sums))}
	rates, ratios := make([]float64, len(regimes)), make([]float64, len(sums))
	for i := range ratios {
		ratios[i] = 1
	}
	for _, r := range regimes {
		var x float64
		for _, c := range r {
			x += float64(c.Conversions)
		}
		f.regime = append(f.regime, x)
	}
	for range 500 {
		for r, cells := range regimes {
			var below float64
			for i, c := range cells {
				below += float64(c.Visitors) * ratios[i]
			}
			if rates[r] = 0; f.regime[r] > 0 {
				rates[r] = f.regime[r] / below
			}
		}
		var moved float64
		for i, c := range sums {
			f.expected[i] = 0
			for r, cells := range regimes {
				f.expected[i] += float64(cells[i].Visitors) * rates[r]
			}
			if f.expected[i] > 0 {
				next := float64(c.Conversions) / f.expected[i]
				moved = max(moved, math.Abs(next-ratios[i]))
				ratios[i] = next
			}
		}
		if moved < 1e-13 {
			break
		}
	}
	for _, cells := range regimes {
		var below float64
		for i, c := range cells {
			below += float64(c.Visitors) * ratios[i]
		}
		shares := make([]float64, len(cells))
		for i, c := range cells {
			if below > 0 {
				shares[i] = float64(c.Visitors) * ratios[i] / below
			}
		}
		f.shares = append(f.shares, shares)
	}
	return f
}

// told is the part of an arm's conversions that tells of the arm and not of its days:
// 1 where nothing is known.
func (f fitted) told(arm int, conversions float64) float64 {
	var all, tells float64
	for r, x := range f.regime {
		all += x
		tells += x * f.shares[r][arm] * (1 - f.shares[r][arm])
	}
	whole := conversions * (all - conversions) / max(all, 1)
	if !(whole > 0) {
		return 1
	}
	return min(tells/whole, 1)
}

package stats

// mantelHaenszel returns the difference and the lift of the arm's rate against
// control's over strata of different weights, each stratum weighing what it can
// tell (Mantel and Haenszel 1959 for the ratio; Greenland and Robins 1985 for
// the difference):
//
//	difference = Σ (x_B·n_A − x_A·n_B)/n ÷ Σ n_A·n_B/n
//	lift       = Σ x_B·n_A/n ÷ Σ x_A·n_B/n − 1.
//
// Adding the counts up first would mix the days into the arms (Simpson's
// paradox). The difference is nil while no stratum has visitors in both arms,
// the lift also while control has no conversions there.
func mantelHaenszel(list []stratum) (difference, lift *float64) {
	var cross, size, below float64
	for _, s := range list {
		na, nb := float64(s.control.Visitors), float64(s.arm.Visitors)
		if na == 0 || nb == 0 {
			continue
		}
		n := na + nb
		cross += crossProduct(s.control, s.arm) / n
		size += na * (nb / n)
		below += float64(s.control.Conversions) * (nb / n)
	}
	return optional(cross/size, size > 0), optional(cross/below, below > 0)
}

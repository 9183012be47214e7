package stats

import (
	"math"
	"slices"
)

// Best returns for each arm the chance that it converts best of all, and the
// conversion rate that choosing it is expected to cost, E[max p − p_i], all
// rates having a uniform prior. Two arms are computed in closed form, more by
// quadrature to about 1e-10. It is false for fewer than two arms or an invalid
// count.
func Best(arms []Count) (chance, loss []float64, ok bool) {
	for _, c := range arms {
		if !c.valid() {
			return nil, nil, false
		}
	}
	switch len(arms) {
	case 0, 1:
		return nil, nil, false
	case 2:
		beaten := probBeatPosterior(posterior(arms[0]), posterior(arms[1]))
		beats := probBeatPosterior(posterior(arms[1]), posterior(arms[0]))
		return []float64{beats, beaten},
			[]float64{expectedLoss(arms[1], arms[0]), expectedLoss(arms[0], arms[1])}, true
	}
	chance, loss = integrateBest(arms)
	return chance, loss, true
}

// beta is the density of one arm's posterior over the log odds s of its rate.
// There it is smooth, has no ends to run into, and is nearly normal for large
// counts.
type beta struct {
	a, b, n  float64
	height   float64 // ln density at the top
	mode, sd float64
	lo, hi   float64 // outside, what is left is below 1e-26
}

func newBeta(c Count) beta {
	c = posterior(c)
	a, b := float64(c.Conversions), float64(c.Visitors-c.Conversions)
	d := beta{a: a, b: b, n: a + b, mode: math.Log(a / b), sd: math.Sqrt(1/a + 1/b)}
	d.height = 0.5*(math.Log(a/d.n)+math.Log(b)) - lnSqrt2Pi -
		stirlingError(a) - stirlingError(b) + stirlingError(d.n)
	for d.lo = d.mode; d.fall(d.lo) < 60; {
		d.lo -= d.sd / 2
	}
	for d.hi = d.mode; d.fall(d.hi) < 60; {
		d.hi += d.sd / 2
	}
	return d
}

// fall returns how far the log density at s lies below its top.
func (d *beta) fall(s float64) float64 {
	return deviance(d.a, d.n/(1+math.Exp(-s))) + deviance(d.b, d.n/(1+math.Exp(s)))
}

func (d *beta) density(s float64) float64 { return math.Exp(d.height - d.fall(s)) }

// integrateBest walks the log odds from left to right in panels on which every
// density is smooth, and on each integrates
//
//	P(i best) = ∫ f_i Π_{j≠i} F_j ds    E[loss_i] = ∫ F_i (1 − Π_{j≠i} F_j) dp.
func integrateBest(arms []Count) (chance, loss []float64) {
	k := len(arms)
	betas := make([]beta, k)
	for i, c := range arms {
		betas[i] = newBeta(c)
	}
	breaks := panels(betas)
	rule := legendre()
	below := make([][]float64, k) // F at the nodes of every panel
	above := make([][]float64, k) // 1 − F, summed from its own side
	dens := make([][]float64, k)
	for j := range betas {
		dens[j], below[j], above[j] = tails(&betas[j], breaks, rule)
	}
	chance, loss = make([]float64, k), make([]float64, k)
	lnF := make([]float64, k)
	for p := range len(breaks) - 1 {
		half := (breaks[p+1] - breaks[p]) / 2
		for q, x := range rule.nodes {
			at := p*order + q
			for j := range lnF {
				lnF[j] = lnOf(below[j][at], above[j][at])
			}
			s := breaks[p] + half*(1+x)
			w := half * rule.weights[q]
			dp := w / (2 + math.Exp(s) + math.Exp(-s))
			for i := range betas {
				var others float64 // ln Π F_j
				for j, v := range lnF {
					if j != i {
						others += v
					}
				}
				chance[i] += w * dens[i][at] * math.Exp(others)
				loss[i] -= dp * below[i][at] * math.Expm1(others)
			}
		}
	}
	for i := range chance {
		chance[i] = min(chance[i], 1)
	}
	return chance, loss
}

// lnOf returns ln F from F and 1 − F, whichever is known better.
func lnOf(below, above float64) float64 {
	if above < 0.5 {
		return math.Log1p(-above)
	}
	return math.Log(below)
}

// panels returns the ends of the panels: half a standard deviation of each arm
// where that arm has any density, and nowhere wider than one.
func panels(betas []beta) []float64 {
	var breaks []float64
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range betas {
		d := &betas[i]
		lo, hi = min(lo, d.lo), max(hi, d.hi)
		for s := d.lo; s <= d.hi; s += d.sd / 2 {
			breaks = append(breaks, s)
		}
	}
	for s := math.Floor(lo); s < hi; s++ {
		breaks = append(breaks, s)
	}
	breaks = append(breaks, hi)
	slices.Sort(breaks)
	return slices.Compact(breaks)
}

// tails returns the density, F and 1 − F of one arm at every node.
func tails(d *beta, breaks []float64, rule *rule) (dens, below, above []float64) {
	n := (len(breaks) - 1) * order
	dens, below, above = make([]float64, n), make([]float64, n), make([]float64, n)
	var sum float64
	whole := make([]float64, len(breaks)-1)
	for p := range whole {
		lo, half := breaks[p], (breaks[p+1]-breaks[p])/2
		f := dens[p*order : (p+1)*order]
		if lo < d.hi && breaks[p+1] > d.lo {
			for q, x := range rule.nodes {
				f[q] = d.density(lo + half*(1+x))
				whole[p] += half * rule.weights[q] * f[q]
			}
		}
		for q := range f {
			below[p*order+q] = clamp(sum + half*rule.partial(q, f))
		}
		sum += whole[p]
	}
	sum = 0
	for p := len(whole) - 1; p >= 0; p-- {
		half := (breaks[p+1] - breaks[p]) / 2
		f := dens[p*order : (p+1)*order]
		for q := range f {
			above[p*order+q] = clamp(sum + whole[p] - half*rule.partial(q, f))
		}
		sum += whole[p]
	}
	return dens, below, above
}

func clamp(p float64) float64 { return min(max(p, 0), 1) }

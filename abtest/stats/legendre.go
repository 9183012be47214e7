package stats

import (
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// order is the number of nodes on a panel.
const order = 16

// rule is Gauss-Legendre quadrature on [−1, 1], with the matrix that integrates
// from the left end up to each node.
type rule struct {
	nodes, weights [order]float64
	upTo           [order][order]float64
}

// legendre computes the rule once.
var legendre = sync.OnceValue(func() *rule {
	r := new(rule)
	quad.Legendre{}.FixedLocations(r.nodes[:], r.weights[:], -1, 1)
	// The polynomial through the values at the nodes is a sum of Legendre
	// polynomials, and ∫P_m = (P_{m+1} − P_{m−1}) / (2m + 1).
	for i, x := range r.nodes {
		to := polynomials(x)
		for j, y := range r.nodes {
			at := polynomials(y)
			sum := 1 + x
			for m := 1; m < order; m++ {
				sum += at[m] * (to[m+1] - to[m-1])
			}
			r.upTo[i][j] = r.weights[j] * sum / 2
		}
	}
	return r
})

// polynomials returns the Legendre polynomials P_0 to P_order at x.
func polynomials(x float64) (p [order + 1]float64) {
	p[0], p[1] = 1, x
	for m := 1; m < order; m++ {
		p[m+1] = (float64(2*m+1)*x*p[m] - float64(m)*p[m-1]) / float64(m+1)
	}
	return p
}

// partial returns the integral of f from −1 to node q, f given at the nodes.
func (r *rule) partial(q int, f []float64) float64 {
	var sum float64
	for j, w := range r.upTo[q] {
		sum += w * f[j]
	}
	return sum
}

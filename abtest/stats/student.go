package stats

import "math"

// studentTwoSided returns P(|T| ≥ |t|) of Student's distribution with df > 0
// degrees of freedom: I_x(df/2, ½) at x = df / (df + t²). It keeps its relative
// precision in the far tail and at billions of degrees of freedom.
func studentTwoSided(t, df float64) float64 {
	t = math.Abs(t)
	if t == 0 {
		return 1
	}
	if df >= 50 {
		return studentTail(t, df)
	}
	r := t / math.Sqrt(df) // its square would underflow or overflow where it does not
	lnX := -2 * math.Log(math.Hypot(1, r))
	if r < 1 {
		lnX = -math.Log1p(r * r)
	}
	lnRest := 2*math.Log(r) + lnX
	a, b := df/2, 0.5
	scale := math.Exp(a*lnX + b*lnRest - lnBeta(a, b))
	if x := math.Exp(lnX); x < (a+1)/(a+b+2) {
		return min(scale/a*betaFraction(a, b, x), 1)
	}
	return max(1-scale/b*betaFraction(b, a, math.Exp(lnRest)), 0)
}

// betaFraction is the continued fraction of the incomplete Beta function
// (DLMF 8.17.22), by Lentz's method. It converges fast where x is below
// (a + 1) / (a + b + 2).
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	from := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/from(1-(a+b)*x/(a+1))
	f := d
	for m := 1.0; m < 1e6; m++ {
		step := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/from(1+step*d), from(1+step/c)
		f *= d * c
		step = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/from(1+step*d), from(1+step/c)
		f *= d * c
		if math.Abs(d*c-1) < 1e-16 {
			break
		}
	}
	return f
}

// studentTail is the same by quadrature, for many degrees of freedom, where the
// fraction loses its digits: the density falls by e within a step of about
// (df + t²) / ((df + 1)·t), or 1 near the top.
func studentTail(t, df float64) float64 {
	if t > 1e100 {
		return 0 // far below the smallest number there is
	}
	step := 1.0
	if t > 1 {
		step = (df + t*t) / ((df + 1) * t)
	}
	rule := legendre()
	var sum float64
	for from := 0.0; ; from += step {
		var panel float64
		for q, x := range rule.nodes {
			u := from + step*(1+x)/2
			fall := (df + 1) / 2 * math.Log1p(u*(2*t+u)/(df+t*t))
			panel += step / 2 * rule.weights[q] * math.Exp(-fall)
		}
		if sum += panel; !(panel > 1e-18*sum) {
			return min(2*studentDensity(t, df)*sum, 1)
		}
	}
}

// studentQuantile returns the t that |T| exceeds with probability alpha. In the
// logarithms of t and alpha the tail is concave, so that Newton's steps, which
// begin below at the normal quantile, come in from above after the first.
func studentQuantile(alpha, df float64) float64 {
	lnT, lnAlpha := math.Log(-quantile(alpha/2)), math.Log(alpha)
	for range 200 {
		t := math.Exp(lnT)
		p := studentTwoSided(t, df)
		slope := 2 * t * studentDensity(t, df) / p
		step := (math.Log(p) - lnAlpha) / slope
		if !isFinite(step) {
			break
		}
		lnT += step
		if math.Abs(step) <= 1e-15 {
			break
		}
	}
	return math.Exp(lnT)
}

func studentDensity(t, df float64) float64 {
	return math.Exp(-(df+1)/2*math.Log1p(t*t/df)-lnBeta(df/2, 0.5)) / math.Sqrt(df)
}

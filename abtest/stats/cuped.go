package stats

// CUPED takes out of each arm's value what the visitors' own past already told
// (Deng, Xu, Kohavi, Walker 2013, "Improving the Sensitivity of Online Controlled
// Experiments by Utilizing Pre-Experiment Data"): Y − θ·(X − mean of X), with
// θ = cov / var over the arms taken together. The difference of the arms stays
// what it was on average and varies less; the returned values go to WelchTest.
// It is false when an arm is empty or X does not vary.
func CUPED(arms []Paired) (theta float64, adjusted []Value, ok bool) {
	var n, meanX, meanY float64
	for _, p := range arms {
		if !p.valid() || p.N < 1 {
			return 0, nil, false
		}
		n += float64(p.N)
		meanX += (p.MeanX - meanX) * (float64(p.N) / n)
		meanY += (p.MeanY - meanY) * (float64(p.N) / n)
	}
	var squares, products float64
	for _, p := range arms {
		inside, of := float64(p.N-1), float64(p.N)
		squares += inside*p.VarianceX + of*(p.MeanX-meanX)*(p.MeanX-meanX)
		products += inside*p.Covariance + of*(p.MeanX-meanX)*(p.MeanY-meanY)
	}
	theta = products / squares
	if !(squares > 0) || !isFinite(theta) {
		return 0, nil, false
	}
	for _, p := range arms {
		v := Value{N: p.N, Mean: p.MeanY - theta*(p.MeanX-meanX), Variance: p.remainder(theta)}
		if !v.valid() {
			return 0, nil, false
		}
		adjusted = append(adjusted, v)
	}
	return theta, adjusted, true
}

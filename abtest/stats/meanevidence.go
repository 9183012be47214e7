package stats

import "math"

// meanEvidence is the sequential test of two means: the Gaussian mixture of which
// AnytimeDifference is the interval. With m = nρ² and z the difference over its
// standard error,
//
//	ln e = z²/2 · m/(m + 1) − ln(m + 1)/2,
//
// so that e reaches 1/alpha where the interval at 1 − alpha leaves zero
// (Waudby-Smith et al., arXiv:2103.06476). It holds for many orders only.
type meanEvidence struct {
	z, m float64 // m is 0 while there is nothing to read
}

// meanEvidence returns the test of the arm's value against control's, over strata where
// weights changed. Without a planned size and before each arm has 100 orders there is no
// evidence.
func (c *Comparison) meanEvidence(s Settings) meanEvidence {
	means, ok := c.means()
	planned := 2 * float64(s.PlannedVisitors)
	if !ok || planned == 0 || means.orders < LeastOrders {
		return meanEvidence{}
	}
	e := meanEvidence{
		z: means.difference / math.Sqrt(means.squaredError),
		m: means.n * sharpness(s.Alpha) / planned,
	}
	if !isFinite(e.z) || math.Abs(e.z) > 1e100 {
		return meanEvidence{}
	}
	return e
}

func (e meanEvidence) LogE() float64 {
	return e.z*e.z/2*(e.m/(e.m+1)) - math.Log1p(e.m)/2
}

func (e meanEvidence) P() float64 { return min(1, math.Exp(-e.LogE())) }

// RateRatio is not what means tell.
func (meanEvidence) RateRatio(float64) (Interval, bool) { return Interval{}, false }

func (e meanEvidence) ahead() bool { return e.z > 0 }

// unread reports whether the planned end cannot be read of a value, because too few have
// brought something: for the sequential test, or for a ratio at all.
func (c *Comparison) unread() bool {
	if !c.byMean || c.HorizonP != nil {
		return false
	}
	return c.HorizonTest == TestEProcess || c.values[0].N < 2 || c.values[1].N < 2
}

// fixedMean reads the test of the planned end for a value: Welch's or, where weights
// changed or are meant to, the sequential one, as for a conversion.
func (c *Comparison) fixedMean(s Settings) {
	if c.WeightsVaried || s.Varying {
		e, _ := c.evidence.(meanEvidence)
		c.HorizonTest, c.HorizonP = TestEProcess, optional(c.AnytimeP, e.m > 0)
		return
	}
	c.HorizonTest = TestWelch
	if w, ok := WelchTest(*c.values[0], *c.values[1], s.Alpha); ok {
		c.HorizonP = &w.P
	}
}

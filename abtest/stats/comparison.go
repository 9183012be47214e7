package stats

import "math"

// Test names the fixed test that is read at the planned end.
type Test string

// The tests.
const (
	TestZ          Test = "z"           // pooled two-proportion z
	TestFisherMidP Test = "fisher_midp" // where a cell expects fewer than five
	TestEProcess   Test = "e_process"   // where weights changed or are meant to: the sequential test itself
	TestWelch      Test = "welch"       // for a goal with a value
)

// Comparison has the figures of one arm against control. Those that depend on
// a rate are nil while an arm has no visitors.
type Comparison struct {
	Arm     string `json:"arm"`
	Control string `json:"control"`
	// WeightsVaried says that the share of the two arms in each other's traffic
	// changed on the way. Difference and Lift are then weighed over the regimes,
	// the figures that add them up are nil (Newcombe, Z, FisherMidP), and
	// HorizonP is that of the sequential test at this look.
	WeightsVaried bool `json:"weights_varied,omitempty"`

	Difference *float64  `json:"difference"` // rate of the arm minus rate of control
	Newcombe   *Interval `json:"newcombe"`
	Lift       *float64  `json:"lift"` // nil also while control has no conversions

	Z          *float64 `json:"z"` // nil also while nobody or everybody converted
	ZP         *float64 `json:"z_p"`
	FisherMidP *float64 `json:"fisher_midp"`
	// HorizonP is the p of HorizonTest, the one of the two above that holds for
	// these counts. It is meant to be read at the planned end.
	HorizonTest Test     `json:"horizon_test"`
	HorizonP    *float64 `json:"horizon_p"`

	// LogE is the evidence of this look against equal rates, AnytimeP the
	// smallest min(1, 1/e) of all looks so far, and AnytimeAhead whether the arm
	// was ahead of control when it was reached. RateRatio is the arm's rate over
	// control's, valid at every look.
	LogE         float64  `json:"log_e"`
	AnytimeP     float64  `json:"anytime_p"`
	AnytimeAhead bool     `json:"anytime_ahead"`
	RateRatio    Interval `json:"rate_ratio"`

	ProbBeat     float64 `json:"prob_beat"`
	ExpectedLoss float64 `json:"expected_loss"` // of choosing the arm over control

	// The p-values corrected for the number of arms (Holm).
	AnytimePHolm float64  `json:"anytime_p_holm"`
	ZPHolm       *float64 `json:"z_p_holm"`
	HorizonPHolm *float64 `json:"horizon_p_holm"`

	// Value compares what the visitors brought in; nil without a value.
	Value *ValueComparison `json:"value,omitempty"`

	control, arm Count // where both had traffic
	strata       []stratum
	evidence     evidence
	values       [2]*Value // where both had traffic, if that is known
	byMean       bool      // the goal is a value
}

// better reports whether the arm does better than that of another comparison.
func (c *Comparison) better(than *Comparison) bool {
	if c.byMean {
		mine, _ := c.means()
		other, _ := than.means()
		return mine.difference > other.difference
	}
	if c.WeightsVaried || than.WeightsVaried {
		mine, _ := mantelHaenszel(c.strata)
		other, _ := mantelHaenszel(than.strata)
		return mine != nil && (other == nil || *mine > *other)
	}
	return crossProduct(than.arm, c.arm) > 0
}

// evidence is a sequential test of two arms: a Split, a Mixture or that of means.
type evidence interface {
	LogE() float64
	P() float64
	RateRatio(alpha float64) (Interval, bool)
	ahead() bool // of what equal rates would give
}

// compare reads the tests of each arm that ever had a weight against control.
func compare(s Settings, l Look, control int) []Comparison {
	var list []Comparison
	regimes := l.regimes()
	for i, a := range l.Arms {
		if i == control || !l.played(i) {
			continue
		}
		c := Comparison{
			Arm: a.Key, Control: l.Arms[control].Key,
			strata: strata(regimes, control, i),
			values: [2]*Value{l.Arms[control].Value, a.Value},
		}
		c.weigh(s)
		c.test(s, l.Earlier)
		list = append(list, c)
	}
	correct(list)
	return list
}

// weigh chooses the sequential test that the weights allow.
func (c *Comparison) weigh(s Settings) {
	m := Mixture{Kappa: s.kappa()}
	if s.Varying {
		m.Tau, m.Kappa = s.tau(), 0
	}
	for _, st := range c.strata {
		c.control, c.arm = c.control.plus(st.control), c.arm.plus(st.arm)
		m.Parts = append(m.Parts, Part{st.control.Conversions, st.arm.Conversions, st.weight})
	}
	c.WeightsVaried = len(c.strata) > 1
	c.byMean = s.Measure == MeasureValue
	if len(c.strata) > 0 && c.strata[0].values[0] != nil {
		c.values = c.strata[0].values
		for _, st := range c.strata[1:] {
			c.values = [2]*Value{c.values[0].plus(st.values[0]), c.values[1].plus(st.values[1])}
		}
	}
	if s.Measure == MeasureValue {
		c.evidence = c.meanEvidence(s)
		return
	}
	if c.WeightsVaried || s.Varying {
		c.evidence = m
		return
	}
	split := Split{A: c.control.Conversions, B: c.arm.Conversions, Kappa: s.kappa(), WeightB: 0.5}
	if len(c.strata) == 1 {
		split.WeightB = c.strata[0].weight
	}
	c.evidence = split
}

// test fills in the figures that the verdict rests on.
func (c *Comparison) test(s Settings, earlier *Analysis) {
	c.LogE = c.evidence.LogE()
	c.AnytimeP = min(1, math.Exp(-c.LogE))
	c.AnytimeAhead = c.evidence.ahead()
	switch {
	case s.Measure == MeasureValue:
		c.fixedMean(s)
	case c.WeightsVaried || s.Varying:
		// Over all looks this p too is at most alpha with probability alpha, so
		// that reading it once more at the end spends no more than a fixed test.
		c.HorizonTest, c.HorizonP = TestEProcess, optional(c.AnytimeP, true)
	default:
		c.fixed()
	}
	if earlier == nil {
		return
	}
	for _, e := range earlier.Comparisons {
		if e.Arm == c.Arm && e.Control == c.Control && e.AnytimeP >= 0 && e.AnytimeP <= c.AnytimeP {
			c.AnytimeP, c.AnytimeAhead = e.AnytimeP, e.AnytimeAhead
		}
	}
}

// fixed reads the test of the planned end that holds for these counts.
func (c *Comparison) fixed() {
	z, p, ok := PooledZ(c.control, c.arm)
	c.Z, c.ZP = optional(z, ok), optional(p, ok)
	c.HorizonTest, c.HorizonP = TestZ, c.ZP
	if smallExpected(c.control, c.arm) {
		c.FisherMidP = optional(FisherMidP(c.control, c.arm))
		c.HorizonTest, c.HorizonP = TestFisherMidP, c.FisherMidP
	}
}

// ahead reports whether the arm is ahead of control at this look.
func (c *Comparison) ahead() bool {
	switch {
	case c.HorizonTest == TestWelch:
		return c.values[1].Mean > c.values[0].Mean
	case c.HorizonTest == TestEProcess:
		return c.evidence.ahead()
	}
	return crossProduct(c.control, c.arm) > 0
}

// describe fills in the figures that are shown and never decide.
func (c *Comparison) describe(s Settings) {
	if c.WeightsVaried {
		c.Difference, c.Lift = mantelHaenszel(c.strata)
	} else {
		c.Difference = optional(Difference(c.control, c.arm))
		c.Newcombe = optional(Newcombe(c.control, c.arm, s.Alpha))
		c.Lift = optional(Lift(c.control, c.arm))
		c.FisherMidP = optional(FisherMidP(c.control, c.arm))
	}
	c.RateRatio = Interval{0, math.Inf(1)}
	if i, ok := c.evidence.RateRatio(s.Alpha); ok {
		c.RateRatio = i
	}
	control, arm := c.standardized()
	c.ProbBeat, _ = ProbBeat(control, arm)
	c.ExpectedLoss, _ = ExpectedLoss(control, arm)
	c.Value = c.compareValues(s)
}

// standardized returns the counts of the two arms, as they would be had both met the
// same days.
func (c *Comparison) standardized() (control, arm Count) {
	regimes := make([]Regime, len(c.strata))
	for r, st := range c.strata {
		regimes[r] = Regime{{Count: st.control}, {Count: st.arm}}
	}
	if counts, ok := Standardize(regimes); ok {
		return counts[0], counts[1]
	}
	return c.control, c.arm
}

// correct fills in Holm's p-values. One that is undefined counts as 1: the arm
// is still one of those compared.
func correct(list []Comparison) {
	anytime, zs, horizon := make([]float64, len(list)), make([]float64, len(list)), make([]float64, len(list))
	for i, c := range list {
		anytime[i], zs[i], horizon[i] = c.AnytimeP, orOne(c.ZP), orOne(c.HorizonP)
	}
	anytime, zs, horizon = Holm(anytime), Holm(zs), Holm(horizon)
	for i := range list {
		c := &list[i]
		c.AnytimePHolm = anytime[i]
		c.ZPHolm = optional(zs[i], c.ZP != nil)
		c.HorizonPHolm = optional(horizon[i], c.HorizonP != nil)
	}
}

func orOne(p *float64) float64 {
	if p == nil {
		return 1
	}
	return *p
}

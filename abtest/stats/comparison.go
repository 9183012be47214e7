package stats

// Test names the fixed test that is read at the planned end.
type Test string

// The two fixed tests.
const (
	TestZ          Test = "z"           // pooled two-proportion z
	TestFisherMidP Test = "fisher_midp" // where a cell expects fewer than five
)

// Comparison has the figures of one arm against control. Those that depend on
// a rate are nil while an arm has no visitors.
type Comparison struct {
	Arm        string    `json:"arm"`
	Control    string    `json:"control"`
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

	control, arm Count
	split        Split
}

// compare reads the tests of each arm that has a weight against control.
func compare(s Settings, l Look, control int) []Comparison {
	c := l.Arms[control]
	var list []Comparison
	for i, a := range l.Arms {
		if i == control || a.Weight == 0 {
			continue
		}
		list = append(list, Comparison{
			Arm: a.Key, Control: c.Key,
			control: c.Count, arm: a.Count,
			split: Split{
				A: c.Conversions, B: a.Conversions,
				WeightB: PairWeight(c.Weight, a.Weight), Kappa: s.kappa(),
			},
		})
		list[len(list)-1].test(l.Earlier)
	}
	correct(list)
	return list
}

// test fills in the figures that the verdict rests on.
func (c *Comparison) test(earlier *Analysis) {
	z, p, ok := PooledZ(c.control, c.arm)
	c.Z, c.ZP = optional(z, ok), optional(p, ok)
	c.HorizonTest, c.HorizonP = TestZ, c.ZP
	if smallExpected(c.control, c.arm) {
		c.FisherMidP = optional(FisherMidP(c.control, c.arm))
		c.HorizonTest, c.HorizonP = TestFisherMidP, c.FisherMidP
	}
	c.LogE, c.AnytimeP = c.split.LogE(), c.split.P()
	c.AnytimeAhead = c.split.ahead()
	if earlier == nil {
		return
	}
	for _, e := range earlier.Comparisons {
		if e.Arm == c.Arm && e.Control == c.Control && e.AnytimeP >= 0 && e.AnytimeP <= c.AnytimeP {
			c.AnytimeP, c.AnytimeAhead = e.AnytimeP, e.AnytimeAhead
		}
	}
}

// describe fills in the figures that are shown and never decide.
func (c *Comparison) describe(alpha float64) {
	c.Difference = optional(Difference(c.control, c.arm))
	c.Newcombe = optional(Newcombe(c.control, c.arm, alpha))
	c.Lift = optional(Lift(c.control, c.arm))
	c.FisherMidP = optional(FisherMidP(c.control, c.arm))
	c.RateRatio, _ = c.split.RateRatio(alpha)
	c.ProbBeat, _ = ProbBeat(c.control, c.arm)
	c.ExpectedLoss, _ = ExpectedLoss(c.control, c.arm)
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

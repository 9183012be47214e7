package stats

// ValueComparison has the figures of what one arm's visitors brought in against
// control's. They are shown, and never decide over a conversion goal.
type ValueComparison struct {
	Difference *float64  `json:"difference"` // mean of the arm minus mean of control
	WelchT     *float64  `json:"welch_t"`
	WelchDF    *float64  `json:"welch_df"`
	WelchP     *float64  `json:"welch_p"`
	Interval   *Interval `json:"interval"` // of the difference, by Welch
	// Lift is the mean over control's minus 1, and LiftInterval Fieller's for it,
	// without ends while control's mean cannot be told from 0.
	Lift         *float64  `json:"lift"`
	LiftInterval *Interval `json:"lift_interval"`
	// AnytimeInterval of the difference holds at every look; nil while an arm
	// has under 100 orders, and without a planned size.
	AnytimeInterval *Interval `json:"anytime_interval"`
}

// compareValues is nil without values. Where weights changed it has the figures over
// strata or, while values are known of all regimes together only, none.
func (c *Comparison) compareValues(s Settings) *ValueComparison {
	a, b := c.values[0], c.values[1]
	switch {
	case a == nil || b == nil:
		return nil
	case !c.WeightsVaried:
		return compareValues(*a, *b, s)
	}
	if m, ok := c.means(); ok {
		return compareMeans(m, s)
	}
	return new(ValueComparison)
}

func compareValues(a, b Value, s Settings) *ValueComparison {
	v := &ValueComparison{
		Difference:      optional(b.Mean-a.Mean, a.N > 0 && b.N > 0),
		Lift:            optional(MeanLift(a, b)),
		AnytimeInterval: optional(AnytimeDifference(a, b, 2*float64(s.PlannedVisitors), s.Alpha)),
	}
	if i, ok := Fieller(a, b, s.Alpha); ok {
		v.LiftInterval = &Interval{i.Lo - 1, i.Hi - 1}
	}
	if w, ok := WelchTest(a, b, s.Alpha); ok {
		v.WelchT, v.WelchDF, v.WelchP, v.Interval = &w.T, &w.DF, &w.P, &w.Interval
	}
	return v
}

package stats

// Analysis is the whole report of one look. Stored as JSON and handed to the
// next look as Look.Earlier, it keeps the verdict from flipping back.
type Analysis struct {
	SRM  SRM         `json:"srm"`
	Arms []ArmReport `json:"arms"`
	// Comparisons has every other arm that gets traffic against control.
	Comparisons []Comparison `json:"comparisons"`
	// ChiSquare asks whether the arms differ at all; nil while undefined, and
	// where weights changed.
	ChiSquare *ChiSquare `json:"chi_square"`
	Verdict   Verdict    `json:"verdict"`
}

// ArmReport has the figures of one arm.
type ArmReport struct {
	Key         string `json:"key"`
	Visitors    int64  `json:"visitors"`
	Conversions int64  `json:"conversions"`
	// Rate and its interval are nil without visitors.
	Rate   *float64  `json:"rate"`
	Wilson *Interval `json:"wilson"`
	// ProbBest is the chance that this arm converts best of all, ExpectedLoss
	// the conversion rate that choosing it is expected to cost. Both are nil for
	// an arm of weight 0, which is not up for choice. Where weights changed they are
	// those of the counts standardized over the regimes (Standardize).
	ProbBest     *float64 `json:"prob_best"`
	ExpectedLoss *float64 `json:"expected_loss"`
}

// Analyze returns the report of one look. All intervals are at confidence
// 1 − alpha. Counts or settings that make no sense are refused with an
// *InputError that names the field.
func Analyze(s Settings, l Look) (Analysis, error) {
	if err := s.check(); err != nil {
		return Analysis{}, err
	}
	if err := checkArms(l.Arms); err != nil {
		return Analysis{}, err
	}
	if err := checkRegimes(l.Arms, l.Regimes); err != nil {
		return Analysis{}, err
	}
	if s.Measure == MeasureValue && l.Arms[0].Value == nil {
		return Analysis{}, refuse("arms[0].value", "is missing, though the goal is a value")
	}
	control, err := controlOf(l.Arms, s.Control)
	if err != nil {
		return Analysis{}, err
	}
	if l.Days < 0 {
		return Analysis{}, refuse("days", "%d is negative", l.Days)
	}
	a := Analysis{
		SRM:         checkSplit(keys(l.Arms), l.regimes()),
		Arms:        reportArms(l, s.Alpha),
		Comparisons: compare(s, l, control),
	}
	varied := false
	for i := range a.Comparisons {
		c := &a.Comparisons[i]
		c.describe(s)
		varied = varied || c.WeightsVaried
	}
	if !varied {
		a.ChiSquare = optional(ChiSquareTable(l.inPlay()))
	}
	a.Verdict = decide(s, l, control, a.SRM, a.Comparisons)
	return a, nil
}

func keys(arms []Arm) []string {
	list := make([]string, len(arms))
	for i, a := range arms {
		list[i] = a.Key
	}
	return list
}

// inTraffic returns the counts of the arms that get traffic, standardized over the
// regimes.
func (l Look) inTraffic() []Count {
	all, _ := Standardize(l.regimes())
	var counts []Count
	for i, a := range l.Arms {
		if a.Weight > 0 {
			counts = append(counts, all[i])
		}
	}
	return counts
}

func reportArms(l Look, alpha float64) []ArmReport {
	chance, loss, _ := Best(l.inTraffic())
	reports := make([]ArmReport, len(l.Arms))
	for i, a := range l.Arms {
		reports[i] = ArmReport{
			Key:         a.Key,
			Visitors:    a.Visitors,
			Conversions: a.Conversions,
			Rate:        optional(a.Rate()),
			Wilson:      optional(Wilson(a.Count, alpha)),
		}
		if a.Weight > 0 {
			reports[i].ProbBest, reports[i].ExpectedLoss = &chance[0], &loss[0]
			chance, loss = chance[1:], loss[1:]
		}
	}
	return reports
}

package stats

// Measure is what a verdict compares.
type Measure string

// The measures.
const (
	MeasureConversion Measure = "conversion" // the share of visitors who convert; also ""
	MeasureValue      Measure = "value"      // what visitors bring in on average
)

// Settings are what a team agrees on before an experiment starts. They stay as
// they are until it is decided.
type Settings struct {
	// Alpha is the share of experiments without any difference that may still
	// end with a winner, above 0 and at most .5. A fifth of it goes to the
	// sequential test, the rest to the reading at the planned end.
	Alpha float64
	// Control is the key of the arm that the others are compared with; empty
	// means the first.
	Control string
	// Measure is that of the primary goal.
	Measure Measure
	// PlannedVisitors per arm. Once every arm has as many, the planned end is
	// reached; 0 leaves that to PlannedDays and Look.PlannedEnd.
	PlannedVisitors int64
	// PlannedDays are the days after which the planned end is reached too, if the
	// visitors have not come by then: a date that was fixed before knows nothing
	// of the outcome, so that the fixed test may be read then, once. 0 sets none.
	PlannedDays int
	// PlannedConversions over all arms sets the sharpness of the sequential
	// test (Kappa). Kappa, where above 0, is used instead.
	PlannedConversions float64
	Kappa              float64
	// Varying says that the weights were meant to change from the start, as in
	// earning mode: every look then reads the Mixture with a normal prior, and
	// the planned end no fixed test. Without it an experiment begins with the
	// Split and goes on with its prior when weights change on the way.
	Varying bool
	// Tau is that of the normal prior. 0 means the one that matches kappa.
	Tau float64
	// No verdict is given below MinConversions in all, before MinDays, nor,
	// with WholeWeeks, on a day that does not end a week.
	MinConversions int64
	MinDays        int
	WholeWeeks     bool
}

// DefaultSettings returns α = .05, 25 conversions, 7 days, whole weeks. A team
// may lower them, and Verdict.Lowered then says so.
func DefaultSettings() Settings {
	return Settings{Alpha: 0.05, MinConversions: 25, MinDays: 7, WholeWeeks: true}
}

// Look is what is known at one moment.
type Look struct {
	Arms []Arm
	// Regimes tell the arms' counts apart by the weights under which their
	// visitors were assigned, the oldest first; empty while the weights never
	// changed. The arms then hold the weights of now and the sums.
	Regimes []Regime
	// Days is the number of days since the start that are over.
	Days int
	// PlannedEnd says that the experiment has reached its planned end. The
	// arms then hold the counts as they stood at that end: the reading of the
	// fixed test is valid for those, once.
	PlannedEnd bool
	// Earlier is the look stored last, or nil. The always-valid p goes on from
	// it, and a verdict that it reached stands.
	Earlier *Analysis
}

// Arm is one variant and what it has seen.
type Arm struct {
	Key string
	// Weight is the arm's design share of the traffic. Any scale will do: it is
	// divided by the sum.
	Weight float64
	Count
	// Value is what the arm's visitors brought in, for a goal with a value; nil
	// without one.
	Value *Value
}

func (s Settings) check() error {
	if err := checkAlpha(s.Alpha); err != nil {
		return err
	}
	switch {
	case s.Measure != "" && s.Measure != MeasureConversion && s.Measure != MeasureValue:
		return refuse("measure", "%q is neither %s nor %s", s.Measure, MeasureConversion, MeasureValue)
	case s.PlannedVisitors < 0:
		return refuse("planned_visitors_per_arm", "%d is negative", s.PlannedVisitors)
	case !(s.PlannedConversions >= 0) || !isFinite(s.PlannedConversions):
		return refuse("planned_conversions", "%v is not a number from 0 up", s.PlannedConversions)
	case s.Kappa != 0 && !(s.Kappa >= minKappa && s.Kappa <= MaxVisitors):
		return refuse("kappa", "%v is neither 0 nor from %v to %d", s.Kappa, minKappa, int64(MaxVisitors))
	case s.PlannedConversions > MaxVisitors:
		return refuse("planned_conversions", "%v is more than %d", s.PlannedConversions, int64(MaxVisitors))
	case s.Tau != 0 && !(s.Tau >= minTau && s.Tau <= maxTau):
		return refuse("tau", "%v is neither 0 nor from %v to %d", s.Tau, minTau, maxTau)
	case s.MinConversions < 0:
		return refuse("min_conversions", "%d is negative", s.MinConversions)
	case s.PlannedDays < 0:
		return refuse("planned_days", "%d is negative", s.PlannedDays)
	case s.MinDays < 0:
		return refuse("min_days", "%d is negative", s.MinDays)
	}
	return nil
}

// kappa returns the prior weight in use.
func (s Settings) kappa() float64 {
	if s.Kappa > 0 {
		return s.Kappa
	}
	return Kappa(s.PlannedConversions)
}

// tau returns the prior of a Mixture in use.
func (s Settings) tau() float64 {
	if s.Tau > 0 {
		return s.Tau
	}
	return Tau(s.kappa())
}

// lowered names the minimums that are below the default.
func (s Settings) lowered() []string {
	d := DefaultSettings()
	var names []string
	if s.MinConversions < d.MinConversions {
		names = append(names, "min_conversions")
	}
	if s.MinDays < d.MinDays {
		names = append(names, "min_days")
	}
	if !s.WholeWeeks {
		names = append(names, "whole_weeks")
	}
	return names
}

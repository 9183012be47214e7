package stats

import "slices"

// State is where an experiment stands.
type State string

// The states.
const (
	StateRunning      State = "running"
	StateWinner       State = "winner"
	StateNoDifference State = "no_difference"
	StateBlocked      State = "blocked"
)

// Reason says why, in a word that pages translate into a sentence.
type Reason string

// The reasons, each beside the state that it goes with.
const (
	ReasonSRM            Reason = "srm"                     // blocked: visitors are not split as designed
	ReasonFewConversions Reason = "too_few_conversions"     // running
	ReasonFewVisitors    Reason = "too_few_visitors"        // running: too few to check the split
	ReasonFewOrders      Reason = "too_few_orders"          // running: the planned end is reached, and waits for more who brought something
	ReasonEarly          Reason = "too_early"               // running: before the minimum of days
	ReasonMidWeek        Reason = "outside_whole_weeks"     // running: a week is not over
	ReasonCollecting     Reason = "collecting"              // running: nothing has shown yet
	ReasonSequential     Reason = "sequential_significant"  // winner, by the test that may be looked at any time
	ReasonHorizon        Reason = "horizon_significant"     // winner, by the reading at the planned end
	ReasonNotSignificant Reason = "horizon_not_significant" // no difference at the planned end
)

// Verdict is the answer of the hybrid rule.
type Verdict struct {
	State  State  `json:"state"`
	Reason Reason `json:"reason"`
	// Winner is the key of the arm to keep, in StateWinner only.
	Winner string `json:"winner,omitempty"`
	// SequentialAlpha and HorizonAlpha are how alpha is spent: a p corrected by
	// Holm is significant when it is at most its share.
	SequentialAlpha float64 `json:"sequential_alpha"`
	HorizonAlpha    float64 `json:"horizon_alpha"`
	// AtHorizon says that the planned end is reached.
	AtHorizon bool `json:"at_horizon"`
	// ByCalendar says that it is reached by its date, before the planned visitors
	// had come.
	ByCalendar bool `json:"by_calendar,omitempty"`
	// Lowered names the minimums that the team set below the default:
	// min_conversions, min_days, whole_weeks.
	Lowered []string `json:"lowered,omitempty"`
}

// sequentialShare of alpha is spent while running. With 4/5 left for the
// planned end the hybrid loses little of the fixed test's power.
const sequentialShare = 0.2

// decide is the hybrid rule. A broken split blocks everything, also a verdict
// already reached, which rests on the same visitors. Any other verdict stands:
// a winner for good, "no difference" until the sequential test, which may go
// on, finds a winner after all; the fixed test is never read a second time.
func decide(s Settings, l Look, control int, srm SRM, list []Comparison) Verdict {
	v := Verdict{
		State:           StateRunning,
		SequentialAlpha: sequentialShare * s.Alpha,
		HorizonAlpha:    (1 - sequentialShare) * s.Alpha,
		Lowered:         s.lowered(),
	}
	full := l.full(s)
	v.ByCalendar = !full && s.PlannedDays > 0 && l.Days >= s.PlannedDays
	v.AtHorizon = full || v.ByCalendar
	var conversions int64
	for _, c := range l.inPlay() {
		conversions += c.Conversions
	}
	earlier := l.earlier()
	switch {
	case !srm.OK:
		v.State, v.Reason = StateBlocked, ReasonSRM
	case earlier.State == StateWinner:
		v.State, v.Reason, v.Winner = earlier.State, earlier.Reason, earlier.Winner
	case conversions < s.MinConversions:
		v.Reason = ReasonFewConversions
	case !srm.Enough:
		v.Reason = ReasonFewVisitors
	case l.Days < s.MinDays:
		v.Reason = ReasonEarly
	case s.WholeWeeks && l.Days%7 != 0:
		v.Reason = ReasonMidWeek
	default:
		v.read(l.Arms, control, list, earlier.State == StateNoDifference)
	}
	if v.State == StateRunning && earlier.State == StateNoDifference {
		v.State, v.Reason = earlier.State, earlier.Reason
	}
	return v
}

// read applies first the sequential test and then, at the planned end and once
// only, the fixed one. A value that says too little then is waited for: read before its
// time, it would be no difference for good.
func (v *Verdict) read(arms []Arm, control int, list []Comparison, read bool) {
	sequential := func(c *Comparison) outcome {
		return outcomeOf(c.AnytimePHolm <= v.SequentialAlpha, c.AnytimeAhead)
	}
	if winner, ok := winner(arms, control, list, sequential); ok {
		v.State, v.Reason, v.Winner = StateWinner, ReasonSequential, winner
		return
	}
	if !v.AtHorizon || read {
		v.Reason = ReasonCollecting
		return
	}
	if slices.ContainsFunc(list, func(c Comparison) bool { return c.unread() }) {
		v.Reason = ReasonFewOrders
		return
	}
	either := func(c *Comparison) outcome {
		if o := sequential(c); o != undecided {
			return o
		}
		return outcomeOf(orOne(c.HorizonPHolm) <= v.HorizonAlpha, c.ahead())
	}
	if winner, ok := winner(arms, control, list, either); ok {
		v.State, v.Reason, v.Winner = StateWinner, ReasonHorizon, winner
		return
	}
	v.State, v.Reason = StateNoDifference, ReasonNotSignificant
}

type outcome int

const (
	undecided outcome = iota
	beats
	loses
)

func outcomeOf(significant, ahead bool) outcome {
	switch {
	case !significant:
		return undecided
	case ahead:
		return beats
	}
	return loses
}

// winner returns the arm with the highest rate, or value, among those that beat control,
// or control when all others lose to it.
func winner(arms []Arm, control int, list []Comparison, read func(*Comparison) outcome) (key string, ok bool) {
	var best *Comparison
	allLose := true
	for i := range list {
		c := &list[i]
		o := read(c)
		allLose = allLose && o == loses
		if o == beats && (best == nil || c.better(best)) {
			best = c
		}
	}
	switch {
	case best != nil:
		return best.Arm, true
	case allLose:
		return arms[control].Key, true
	}
	return "", false
}

// full reports whether the planned visitors have come: by the caller's word, or
// because every arm that gets traffic has its planned visitors. Where weights are
// meant to vary the visitors of all arms together count: an arm that does worse may
// never have its own.
func (l Look) full(s Settings) bool {
	if l.PlannedEnd || s.PlannedVisitors == 0 {
		return l.PlannedEnd
	}
	var all, planned float64 // which a sum of int64 might not hold
	each := true
	for _, a := range l.Arms {
		if a.Weight > 0 {
			all += float64(a.Visitors)
			planned += float64(s.PlannedVisitors)
			each = each && a.Visitors >= s.PlannedVisitors
		}
	}
	if s.Varying {
		return all >= planned
	}
	return each
}

func (l Look) earlier() Verdict {
	if l.Earlier == nil {
		return Verdict{}
	}
	return l.Earlier.Verdict
}

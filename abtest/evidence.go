package abtest

import (
	"math"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// evidence puts the interval behind a verdict into words: of the ratio of the rates
// where the test that may be read at any time decided, of their difference where
// the one at the planned end did.
func (r *Report) evidence(l i18n.Locale) string {
	key := r.Verdict.Winner
	if key == "" || key == r.Arms[0].Key {
		rival, _ := r.rival(r.Arms[0].Key)
		key = rival.Key
	}
	arm, _ := r.Arm(key)
	for _, c := range r.Comparisons {
		// Where weights changed, the planned end reads the sequential test too.
		anytime := r.Verdict.Reason == stats.ReasonSequential || c.HorizonTest == stats.TestEProcess
		switch {
		case c.Arm != key:
		case r.Goal.byMean():
			return r.valueEvidence(l, c, arm, anytime)
		case anytime && math.IsInf(r.decisive(c).Hi, 1):
			return l.T("abtest.evidence.at_least", "arm", arm.title(l.Lang), "low", signed(l, r.decisive(c).Lo-1))
		case anytime:
			return l.T("abtest.evidence.lift", "arm", arm.title(l.Lang), "low", signed(l, r.decisive(c).Lo-1), "high", signed(l, r.decisive(c).Hi-1))
		case c.Newcombe != nil:
			return l.T("abtest.evidence.points", "arm", arm.title(l.Lang), "low", points(l, c.Newcombe.Lo), "high", points(l, c.Newcombe.Hi))
		}
	}
	return ""
}

// valueEvidence is the interval behind a verdict on what visitors bring: the one that
// holds at every look where that decided, Welch's else.
func (r *Report) valueEvidence(l i18n.Locale, c stats.Comparison, arm Arm, anytime bool) string {
	if c.Value == nil {
		return ""
	}
	interval := c.Value.Interval
	if anytime {
		interval = c.Value.AnytimeInterval
	}
	if interval == nil {
		return ""
	}
	return l.T("abtest.evidence."+string(r.Goal.Kind), "measured", r.Goal.measured(l), "arm", arm.title(l.Lang), "low", amountOf(l, interval.Lo), "high", amountOf(l, interval.Hi))
}

// calendarEnd says that the planned weeks ended it and not the visitors; "" where they did
// not.
func (r *Report) calendarEnd(l i18n.Locale) string {
	if !r.Verdict.ByCalendar || r.Verdict.Reason == stats.ReasonSequential {
		return ""
	}
	done := r.Arms[0].Visitors
	for _, a := range r.Arms {
		done = min(done, a.Visitors)
	}
	key := "abtest.evidence.calendar"
	if r.Verdict.State == stats.StateNoDifference {
		key = "abtest.evidence.calendar.hidden"
	}
	return l.T(key, "done", done, "planned", r.Plan.VisitorsPerArm)
}

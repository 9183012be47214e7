package abtest

import (
	"math"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Sentence is the verdict in one plain sentence of the reader's language.
func (r *Report) Sentence(l i18n.Locale) string {
	switch r.Verdict.Reason {
	case ReasonDraft:
		return l.T("abtest.verdict.draft")
	case ReasonStopped:
		return l.T("abtest.verdict.stopped")
	case stats.ReasonSRM:
		return l.T("abtest.verdict.srm")
	case stats.ReasonFewConversions:
		return l.T("abtest.verdict.few_conversions", "n", r.Conversions(), "least", r.Plan.MinimumConversions)
	case stats.ReasonFewOrders:
		return l.T("abtest.verdict.few_orders", "n", stats.LeastOrders)
	case stats.ReasonFewVisitors:
		return l.T("abtest.verdict.few_visitors")
	case stats.ReasonEarly, stats.ReasonMidWeek, stats.ReasonCollecting:
		return r.waiting(l)
	}
	if r.Goal.byMean() {
		return r.valueSentence(l)
	}
	control := r.Arms[0]
	if r.Verdict.State == stats.StateNoDifference {
		if rival, ok := r.rival(control.Key); ok {
			return l.T("abtest.verdict.no_difference", "control", l.Pct(control.rate(), 1), "rival", l.Pct(rival.rate(), 1))
		}
	}
	if r.Verdict.Winner == control.Key {
		rival, _ := r.rival(control.Key)
		return l.T("abtest.verdict.control", "winner", control.title(l.Lang), "rate", l.Pct(control.rate(), 1), "rival", l.Pct(rival.rate(), 1))
	}
	winner, _ := r.Arm(r.Verdict.Winner)
	return l.T("abtest.verdict.winner", "winner", winner.title(l.Lang), "rate", l.Pct(winner.rate(), 1), "control", l.Pct(control.rate(), 1))
}

// valueSentence is that of a verdict on what visitors bring, or on a ratio.
func (r *Report) valueSentence(l i18n.Locale) string {
	winner, ok := r.Arm(r.Verdict.Winner)
	kind, measured := string(r.Goal.Kind), r.Goal.measured(l)
	switch {
	case !ok:
		return l.T("abtest.verdict.no_difference."+kind, "measured", measured)
	case winner.Key == r.Arms[0].Key:
		return l.T("abtest.verdict.control."+kind, "winner", winner.title(l.Lang), "measured", measured)
	}
	lift := math.NaN() // a dash
	for _, c := range r.Comparisons {
		if c.Arm == winner.Key && c.Value != nil {
			lift = orNaN(c.Value.Lift)
		}
	}
	return l.T("abtest.verdict.winner."+kind, "winner", winner.title(l.Lang), "lift", signed(l, lift), "measured", measured)
}

// waiting is the sentence of an experiment that is not read yet. A difference which
// the figures show is never denied, only not yet confirmed.
func (r *Report) waiting(l i18n.Locale) string {
	date := l.DayMonth(r.readOn())
	switch shown := r.shown(); {
	case shown == partly:
		return l.T("abtest.verdict.shows.partly")
	case shown == fully && r.Plan.WholeWeeks:
		return l.T("abtest.verdict.shows.week", "date", date)
	case shown == fully:
		return l.T("abtest.verdict.shows.days", "date", date, "least", r.Plan.MinimumDays)
	case r.State == Paused:
		return l.T("abtest.verdict.paused", "date", l.Date(*r.PausedAt))
	case r.Verdict.Reason == stats.ReasonEarly:
		return l.T("abtest.verdict.early", "done", r.Days, "least", r.Plan.MinimumDays)
	case r.Verdict.Reason == stats.ReasonMidWeek:
		return l.T("abtest.verdict.midweek", "date", date)
	}
	return l.T("abtest.verdict.collecting")
}

// difference is how much of one the test that may be read at any time has found.
type difference int

const (
	nowhere difference = iota
	partly             // some variant lost to the original, another may still win
	fully              // enough for a verdict as soon as one may be read
)

// shown reads the comparisons as a verdict would. The smallest p of all looks
// stands, so what is shown once is confirmed when the time comes.
func (r *Report) shown() difference {
	lost := 0
	for _, c := range r.Comparisons {
		switch {
		case c.AnytimePHolm > r.Verdict.SequentialAlpha:
		case c.AnytimeAhead:
			return fully
		default:
			lost++
		}
	}
	switch lost {
	case 0:
		return nowhere
	case len(r.Comparisons):
		return fully
	}
	return partly
}

// rival is the variant that converts best of all but the one named.
func (r *Report) rival(key string) (best Arm, ok bool) {
	for _, a := range r.Arms {
		if a.Key != key && (!ok || a.rate() > best.rate()) {
			best, ok = a, true
		}
	}
	return best, ok
}

// readOn is when the days and whole weeks that a verdict needs are over.
func (r *Report) readOn() time.Time {
	days := max(r.Days, r.Plan.MinimumDays)
	if r.Plan.WholeWeeks {
		days = (days + 6) / 7 * 7
	}
	return r.StartedAt.Add(time.Duration(days) * day)
}

package abtest

import (
	"cmp"
	"math"
	"slices"
	"strings"
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
	case stats.ReasonFewVisitors:
		return l.T("abtest.verdict.few_visitors")
	case stats.ReasonEarly, stats.ReasonMidWeek, stats.ReasonCollecting:
		return r.waiting(l)
	}
	if r.Goal.Kind == OfValue {
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

// valueSentence is that of a verdict on what visitors bring.
func (r *Report) valueSentence(l i18n.Locale) string {
	winner, ok := r.Arm(r.Verdict.Winner)
	switch {
	case !ok:
		return l.T("abtest.verdict.no_difference.value")
	case winner.Key == r.Arms[0].Key:
		return l.T("abtest.verdict.control.value", "winner", winner.title(l.Lang))
	}
	lift := math.NaN() // a dash
	for _, c := range r.Comparisons {
		if c.Arm == winner.Key && c.Value != nil {
			lift = orNaN(c.Value.Lift)
		}
	}
	return l.T("abtest.verdict.winner.value", "winner", winner.title(l.Lang), "lift", signed(l, lift))
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

// Advice says what the verdict rests on, what to do next, and which guardrails got worse.
func (r *Report) Advice(l i18n.Locale) string {
	said := r.advice(l)
	for _, a := range r.Arms[1:] {
		if harms := r.harms(a.Key); len(harms) > 0 && a.Key != r.Verdict.Winner {
			said += " " + l.T("abtest.guardrail.worse", "arm", a.title(l.Lang), "goals", named(l, harms))
		}
	}
	return said
}

// named lists goals by their names.
func named(l i18n.Locale, goals []Goal) string {
	names := make([]string, len(goals))
	for i, g := range goals {
		names[i] = title(g.Key, g.Name, l.Lang)
	}
	return strings.Join(names, l.T("abtest.comma"))
}

func (r *Report) advice(l i18n.Locale) string {
	switch {
	case r.Verdict.Reason == ReasonDraft && r.State == Archived:
		return l.T("abtest.advice.archived_draft")
	case r.Verdict.Reason == ReasonDraft:
		return l.T("abtest.advice.draft")
	case r.Verdict.Reason == ReasonStopped:
		return l.T("abtest.advice.stopped")
	case r.Verdict.Reason == stats.ReasonSRM:
		return l.T("abtest.advice.srm")
	case final(r.Verdict):
		return strings.Join(slices.DeleteFunc([]string{r.evidence(l), r.calendarEnd(l), r.next(l)}, func(s string) bool { return s == "" }), " ")
	case r.State == Paused:
		return l.T("abtest.advice.paused")
	case r.unread() && r.shown() == fully:
		return l.T("abtest.advice.shows")
	}
	said := r.pace(l)
	if end := r.Plan.EndsAt; end != nil && end.After(r.until()) {
		said += " " + l.T("abtest.advice.end", "date", l.Date(*end))
	}
	if r.Mode == Earn && r.State == Running {
		most := slices.MaxFunc(r.Latest, func(a, b Arm) int { return cmp.Compare(a.Share, b.Share) })
		said += " " + l.T("abtest.advice.earn", "arm", most.title(l.Lang), "share", l.Pct(most.Share, 0))
	}
	return said
}

// pace says how many visitors are missing, and how long they will take to come.
func (r *Report) pace(l i18n.Locale) string {
	left, days := r.remaining()
	switch {
	case left == 0:
		return l.T("abtest.advice.full")
	case days == 0:
		return l.T("abtest.advice.wait", "visitors", left)
	}
	return l.T("abtest.advice.pace", "visitors", left, "n", days)
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
		case r.Goal.Kind == OfValue:
			return valueEvidence(l, c, arm, anytime)
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
func valueEvidence(l i18n.Locale, c stats.Comparison, arm Arm, anytime bool) string {
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
	return l.T("abtest.evidence.value", "arm", arm.title(l.Lang), "low", amountOf(l, interval.Lo), "high", amountOf(l, interval.Hi))
}

// next is what to do with a verdict, and how.
func (r *Report) next(l i18n.Locale) string {
	var what string
	if r.Rollout != nil {
		shown, _ := r.Arm(r.Rollout.Variant)
		return l.T("abtest.next.shown", "variant", shown.title(l.Lang))
	}
	switch r.Verdict.Winner {
	case "":
		return l.T("abtest.next.no_difference")
	case r.Arms[0].Key:
		what = l.T("abtest.next.control")
	default:
		winner, _ := r.Arm(r.Verdict.Winner)
		if harms := r.harms(winner.Key); len(harms) > 0 {
			return l.T("abtest.next.guardrail", "winner", winner.title(l.Lang), "goals", named(l, harms))
		}
		what = l.T("abtest.next.winner", "winner", winner.title(l.Lang))
	}
	if r.HoldoutOf == "" && r.State != Archived {
		what += " " + l.T("abtest.next.button")
	}
	return what
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

// remaining is how many more visitors each variant needs to the planned end, at the
// most or in earning mode on average, and how many days that takes at the pace so far; 0 days when that is not
// known yet.
func (r *Report) remaining() (visitors int64, days int) {
	if r.StartedAt == nil {
		return r.Plan.VisitorsPerArm, 0
	}
	passed := r.until().Sub(*r.StartedAt)
	var wait float64
	if r.Mode == Earn { // all visitors together count
		k := int64(len(r.Arms))
		if left := k*r.Plan.VisitorsPerArm - r.Visitors(); left > 0 {
			visitors = (left + k - 1) / k
			wait = float64(left) / float64(r.Visitors()) * passed.Hours() / 24
		}
	} else {
		visitors, wait = r.slowest(passed)
	}
	if passed < 6*time.Hour || math.IsInf(wait, 1) || wait > 3650 {
		return visitors, 0
	}
	return visitors, int(math.Ceil(wait))
}

// slowest is how many visitors, and at the pace so far how many days, the variant needs
// that needs most.
func (r *Report) slowest(passed time.Duration) (visitors int64, wait float64) {
	for _, a := range r.Arms {
		left := r.Plan.VisitorsPerArm - a.Visitors
		if left <= 0 {
			continue
		}
		visitors = max(visitors, left)
		wait = max(wait, float64(left)/float64(a.Visitors)*passed.Hours()/24)
	}
	return visitors, wait
}

// unread reports whether only the calendar keeps the figures from being read.
func (r *Report) unread() bool {
	return r.Verdict.Reason == stats.ReasonEarly || r.Verdict.Reason == stats.ReasonMidWeek
}

// readOn is when the days and whole weeks that a verdict needs are over.
func (r *Report) readOn() time.Time {
	days := max(r.Days, r.Plan.MinimumDays)
	if r.Plan.WholeWeeks {
		days = (days + 6) / 7 * 7
	}
	return r.StartedAt.Add(time.Duration(days) * day)
}

// signed writes a relative change: +12%, or -3%.
func signed(l i18n.Locale, share float64) string { return l.SignedPct(share, 0) }

// points writes a difference of rates in percentage points: +1.3, or -0.4.
func points(l i18n.Locale, difference float64) string {
	return plus(l, math.Round(1000*difference)) + l.Decimal(100*difference, 1)
}

// amountOf writes a difference of values: +1.42, or -0.39.
func amountOf(l i18n.Locale, difference float64) string {
	return plus(l, math.Round(100*difference)) + money(l, difference)
}

// money writes a value: to the hundredth, and from a thousand up whole.
func money(l i18n.Locale, v float64) string {
	if math.Abs(v) >= 1000 {
		return l.Decimal(v, 0)
	}
	return l.Decimal(v, 2)
}

// plus is the sign that the locale leaves out, for what is above zero as shown. In a
// Persian line a mark keeps it to the left of its number, as the locale's own minus
// has it.
func plus(l i18n.Locale, v float64) string {
	switch {
	case !(v > 0):
		return ""
	case l.Lang == i18n.Persian:
		return leftToRight + "+"
	}
	return "+"
}

// leftToRight is the mark that keeps a sign before its number.
const leftToRight = "\u200e"

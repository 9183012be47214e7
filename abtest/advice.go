package abtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

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
	case r.Verdict.Reason == ReasonStopped && r.HoldoutOf != "":
		return l.T("abtest.advice.stopped.holdout")
	case r.Verdict.Reason == ReasonStopped && r.Rollout != nil:
		return r.next(l)
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

// unread reports whether only the calendar keeps the figures from being read.
func (r *Report) unread() bool {
	return r.Verdict.Reason == stats.ReasonEarly || r.Verdict.Reason == stats.ReasonMidWeek
}

// next is what to do with a verdict, and how.
func (r *Report) next(l i18n.Locale) string {
	var what string
	if r.Rollout != nil {
		shown, _ := r.Arm(r.Rollout.Variant)
		return l.T("abtest.next.shown", "variant", shown.title(l.Lang))
	}
	switch control := r.Arms[0].Key; {
	case r.Verdict.Winner == "":
		return l.T("abtest.next.no_difference")
	case r.HoldoutOf != "" && r.Verdict.Winner == control:
		return l.T("abtest.next.holdout.lost")
	case r.HoldoutOf != "":
		return l.T("abtest.next.holdout.kept")
	case r.Verdict.Winner == control:
		what = l.T("abtest.next.control")
	default:
		winner, _ := r.Arm(r.Verdict.Winner)
		if harms := r.harms(winner.Key); len(harms) > 0 {
			return l.T("abtest.next.guardrail", "winner", winner.title(l.Lang), "goals", named(l, harms))
		}
		what = l.T("abtest.next.winner", "winner", winner.title(l.Lang))
	}
	if r.State != Archived {
		what += " " + l.T("abtest.next.button")
	}
	return what
}

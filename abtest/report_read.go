package abtest

import (
	"context"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// Report reads an experiment as it stands. If that shows a verdict which no look
// has stored yet, one is taken first: what a report says is never unsaid later.
func (s *Service) Report(ctx context.Context, key string) (*Report, error) {
	e, err := find(ctx, s.db.Read(), key)
	if err != nil {
		return nil, err
	}
	r, err := s.read(ctx, e)
	if err != nil || r.DecidedAt != nil || !final(r.Verdict) {
		return r, err
	}
	if e.undecided() {
		if err := s.look(ctx, e); err != nil {
			return nil, err
		}
		if e, err = find(ctx, s.db.Read(), key); err != nil {
			return nil, err
		}
		if r, err = s.read(ctx, e); err != nil {
			return nil, err
		}
	}
	if r.DecidedAt == nil {
		// No look could be stored, since the team has stopped it or the clock stands
		// before the last one.
		r.Verdict = stats.Verdict{
			State: stats.StateRunning, Reason: stats.ReasonCollecting,
			SequentialAlpha: r.Verdict.SequentialAlpha, HorizonAlpha: r.Verdict.HorizonAlpha, Lowered: r.Verdict.Lowered,
		}
		r.PValue = r.pValue()
	}
	return r, nil
}

// read gathers the report without storing anything.
func (s *Service) read(ctx context.Context, e *Experiment) (*Report, error) {
	looks, err := s.looks(ctx, e)
	if err != nil {
		return nil, err
	}
	t, err := s.count(ctx, e, everyDay)
	if err != nil {
		return nil, err
	}
	var last Look
	if len(looks) > 0 {
		last = *looks[len(looks)-1]
	}
	r := e.describe(s.clock.Now())
	live, err := e.analyse(t, last, r.until())
	if err != nil {
		return nil, err
	}
	r.Looks, r.Daily, r.Crossed = append([]*Look{}, looks...), t.daily(e), t.share()
	r.Latest = e.arms(live)
	if r.Goals, err = e.goals(t, live, last); err != nil {
		return nil, err
	}
	if r.Notes, err = s.notes(ctx, e); err != nil {
		return nil, err
	}
	if r.Segments, err = s.segments(ctx, e); err != nil {
		return nil, err
	}
	judged := live
	for _, l := range looks {
		if l.ID == e.DecidedLookID {
			judged, r.GoalsAtVerdict = l.Analysis, l.figures()
		}
	}
	r.Arms, r.SRM, r.Comparisons, r.ChiSquare, r.Verdict = e.arms(judged), judged.SRM, judged.Comparisons, judged.ChiSquare, judged.Verdict
	switch {
	case e.StartedAt.IsZero():
		r.Verdict.State, r.Verdict.Reason = stats.StateRunning, ReasonDraft
	case r.StoppedAt != nil && r.DecidedAt == nil:
		r.Verdict.State, r.Verdict.Reason, r.Verdict.Winner = stats.StateRunning, ReasonStopped, ""
	}
	r.PValue = r.pValue()
	return r, nil
}

// describe is the report's part that needs no figures.
func (e *Experiment) describe(now time.Time) *Report {
	d := &e.Definition
	r := &Report{
		Key: e.Key, Name: d.Name, Hypothesis: d.Hypothesis, Surface: d.Surface, State: e.State(), Mode: Prove,
		Goal: d.primary(), Goals: []GoalReport{}, GoalsAtVerdict: []GoalReport{},
		StartedAt: moment(e.StartedAt), DecidedAt: moment(e.DecidedAt), StoppedAt: moment(e.StoppedAt),
		PausedAt: moment(e.PausedAt), ArchivedAt: moment(e.ArchivedAt), Audience: d.Audience, Namespace: d.Namespace, Regimes: append([]*Regime{}, e.regimes...),
		Plan:    e.plan(),
		Rollout: e.rollout(), HoldoutOf: e.HoldoutOf,
		id: e.ID, now: now,
	}
	if d.earns() {
		r.Mode = Earn
	}
	r.Days = e.days(r.until())
	if r.DecidedAt != nil {
		r.Days = e.days(*r.DecidedAt)
	}
	return r
}

// until is the moment up to which the experiment counts.
func (r *Report) until() time.Time {
	if r.StoppedAt != nil {
		return *r.StoppedAt
	}
	return r.now
}

// arms joins the figures with what the definition says of each variant.
func (e *Experiment) arms(a stats.Analysis) []Arm {
	shares := e.Shares
	if e.StartedAt.IsZero() {
		shares = e.Definition.shares()
	}
	list := make([]Arm, len(a.Arms))
	for i, figures := range a.Arms {
		list[i] = Arm{ArmReport: figures, Name: e.Definition.Variants[i].Name, Share: shares[i]}
	}
	return list
}

// pValue is the p-value behind the verdict: the one that decided, of the planned
// end or of the test that may be read at any time, and the latter while nothing is
// decided; corrected for the number of variants. nil before there is any visitor.
func (r *Report) pValue() *float64 {
	var least, most *float64
	for i := range r.Comparisons {
		c := &r.Comparisons[i]
		p := &c.AnytimePHolm
		if r.Verdict.Reason == stats.ReasonHorizon || r.Verdict.Reason == stats.ReasonNotSignificant {
			if p = c.HorizonPHolm; p == nil {
				continue
			}
		}
		if c.Arm == r.Verdict.Winner {
			return p
		}
		if least == nil || *p < *least {
			least = p
		}
		if most == nil || *p > *most {
			most = p
		}
	}
	switch {
	case r.SRM.P == nil:
		return nil
	case r.Verdict.State == stats.StateWinner:
		return most // control won: every other variant lost to it
	}
	return least
}

// moment is nil for the zero time, so that JSON says null.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

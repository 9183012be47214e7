package abtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// Look is what an experiment showed at one moment, stored for good.
type Look struct {
	bun.BaseModel `bun:"table:looks,alias:look"`

	ID           int64     `bun:",pk,autoincrement" json:"-"`
	ExperimentID int64     `json:"-"`
	At           time.Time `json:"at"`
	Visitors     int64     `json:"visitors"` // without those seen in two variants
	Conversions  int64     `json:"conversions"`
	Crossed      int64     `json:"crossed"`
	// P is the smallest always-valid p of the comparisons, LogE the evidence at
	// this moment of the comparison that has most.
	P        float64        `json:"p"`
	LogE     float64        `bun:"log_e" json:"log_e"`
	State    stats.State    `json:"state"`
	Reason   stats.Reason   `json:"reason"`
	Winner   string         `json:"winner,omitempty"`
	Decisive bool           `json:"decisive"` // it brought the verdict
	Analysis stats.Analysis `bun:"type:jsonb" json:"analysis"`
	Goals    []GoalLook     `bun:"type:jsonb" json:"goals"` // the primary one first
}

// Evaluate looks at every running experiment, stores what it sees and ends those
// that have reached a verdict. In earning mode it then moves the visitors of the next
// day.
func (s *Service) Evaluate(ctx context.Context) error {
	running, err := s.counting(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range running {
		if err := s.look(ctx, e); err != nil {
			failed = append(failed, err)
			continue
		}
		if err := s.earn(ctx, e); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// look stores what an undecided experiment shows: at the end of each week that is
// over since the last look, as it stood then, and now. It stops at a verdict.
// Weeks, and the planned end, are made up for, so that a server which was away at the
// end of one does not put the verdict off by another.
func (s *Service) look(ctx context.Context, e *Experiment) error {
	if !e.undecided() {
		return nil
	}
	last, err := s.lastLook(ctx, s.db.Read(), e)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for _, at := range e.moments(last, now) {
		// Conversions are counted as their events are offered to us. After an outage
		// those of the time until this moment may still be on the way: no look is better
		// than one that can never be mended. Those of the last minute are always so.
		backlog, err := s.leads.Backlog(ctx, earlier(at, now.Add(-time.Minute)))
		if err != nil || backlog {
			return err
		}
		days := e.days(at) // the end of a week
		if at.Equal(now) {
			days = everyDay
		}
		seen, err := s.see(ctx, e, last, at, days)
		if err != nil {
			return err
		}
		kept, err := s.keep(ctx, e, last, &seen)
		if err != nil {
			return fmt.Errorf("experiment %q: look: %w", e.Key, err)
		}
		if !kept || seen.Decisive {
			return nil
		}
		last = seen
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// moments are the times to look at after the last look, in order, up to now. None
// if the clock went back.
func (e *Experiment) moments(last Look, now time.Time) (list []time.Time) {
	since := e.StartedAt
	if last.ID != 0 {
		since = last.At
	}
	if now.Before(since) {
		return nil
	}
	s := e.settings()
	if s.WholeWeeks {
		for at := e.StartedAt.Add(7 * day); at.Before(now); at = at.Add(7 * day) {
			if at.After(since) && e.days(at) >= s.MinDays {
				list = append(list, at)
			}
		}
	} else if end := e.plannedEnd(); end.After(since) && end.Before(now) && s.PlannedDays >= s.MinDays {
		list = append(list, end)
	}
	return append(list, now)
}

// see reads and judges an experiment as it stood at a moment, when so many days had been
// counted.
func (s *Service) see(ctx context.Context, e *Experiment, last Look, at time.Time, days int) (Look, error) {
	t, err := s.count(ctx, e, days)
	if err != nil {
		return Look{}, err
	}
	a, err := e.analyse(t, last, at)
	if err != nil {
		return Look{}, err
	}
	l := Look{
		ExperimentID: e.ID, At: at, Crossed: t.crossed(), P: 1, LogE: math.Inf(-1), Analysis: a,
		State: a.Verdict.State, Reason: a.Verdict.Reason, Winner: a.Verdict.Winner,
		Decisive: final(a.Verdict),
	}
	for _, arm := range a.Arms {
		l.Visitors += arm.Visitors
		l.Conversions += arm.Conversions
	}
	for _, c := range a.Comparisons {
		l.P, l.LogE = min(l.P, c.AnytimeP), max(l.LogE, c.LogE)
	}
	goals, err := e.goals(t, a, last)
	if err != nil {
		return Look{}, err
	}
	l.Goals = looked(goals, l.Decisive)
	return l, nil
}

// analyse is the whole reading of the counts, going on from the last look.
func (e *Experiment) analyse(t tally, last Look, at time.Time) (stats.Analysis, error) {
	primary := e.Definition.primary()
	look := t.look(e, &primary)
	look.Days = e.days(at)
	if last.ID != 0 {
		look.Earlier = &last.Analysis
	}
	a, err := stats.Analyze(e.settings(), look)
	if err != nil {
		return a, fmt.Errorf("experiment %q: %w", e.Key, err)
	}
	return a, nil
}

// final reports whether a verdict ends the experiment.
func final(v stats.Verdict) bool {
	return v.State == stats.StateWinner || v.State == stats.StateNoDifference
}

package abtest

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Outcome is how an experiment ended.
type Outcome string

// The outcomes.
const (
	OutcomeWon     Outcome = "won"           // another version proved better than control
	OutcomeControl Outcome = "control"       // control proved better
	OutcomeNone    Outcome = "no_difference" // none was found
	OutcomeStopped Outcome = "stopped"       // by the team, before a verdict
	OutcomeBlocked Outcome = "blocked"       // stopped while the split was off
)

// outcomes are all of them, in the order in which pages list them.
var outcomes = []Outcome{OutcomeWon, OutcomeControl, OutcomeNone, OutcomeStopped, OutcomeBlocked}

// Lesson is an experiment that has ended, with what it showed: the counts of its verdict
// or, without one, of its stop, and the lift of its last look.
type Lesson struct {
	Key         string     `json:"key"`
	Name        string     `json:"name"`
	Hypothesis  i18n.Text  `json:"hypothesis"`
	Surface     string     `json:"surface"`
	Outcome     Outcome    `json:"outcome"`
	StartedAt   *time.Time `json:"started_at"`
	EndedAt     *time.Time `json:"ended_at"` // with the verdict or, without one, by the stop
	Days        int        `json:"days"`
	Visitors    int64      `json:"visitors"`
	Conversions int64      `json:"conversions"`
	Winner      string     `json:"winner"` // the key of the version that won; "" for none
	// Lift of the version that the outcome is about over control, with the always-valid
	// interval that all looks leave; nil where there is none, as with several versions of
	// which none won. Of a value or a ratio it is that of what is brought, without an
	// interval: there the one that holds at every look is of the difference.
	Lift           *float64 `json:"lift"`
	LiftLow        *float64 `json:"lift_low"`
	LiftHigh       *float64 `json:"lift_high"`
	Difference     *float64 `json:"difference"` // of what a visitor or a unit brings; nil for a conversion
	DifferenceLow  *float64 `json:"difference_low"`
	DifferenceHigh *float64 `json:"difference_high"`
	Learnt         []*Note  `json:"learnt"` // the notes that say what was learnt

	winner   i18n.Text
	goal     Goal     // the primary one
	holdouts []string // the keys of what measured those held back, the newest first
}

// mostLessons is how many experiments the library holds.
const mostLessons = 1000

// Library is every experiment that has ended, those in the archive too, the one that ended
// last first. What is measured on those held back after a roll-out is part of the
// experiment before, which names it, and not listed by itself.
func (s *Service) Library(ctx context.Context) ([]*Lesson, error) {
	var list []*Experiment
	if err := s.db.Read().NewSelect().Model(&list).Where("decided_at IS NOT NULL OR (stopped_at IS NOT NULL AND started_at IS NOT NULL)").
		Where("holdout_of = ''").OrderExpr("COALESCE(decided_at, stopped_at) DESC, id DESC").Limit(mostLessons).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: library: %w", err)
	}
	lessons := make([]*Lesson, 0, len(list))
	if len(list) == 0 {
		return lessons, nil
	}
	ids := make([]int64, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	looks, err := s.lastLooks(ctx, ids)
	if err != nil {
		return nil, err
	}
	left, err := s.leftOfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	notes, err := s.Learnt(ctx, ids)
	if err != nil {
		return nil, err
	}
	held, err := s.holdoutsOf(ctx, list)
	if err != nil {
		return nil, err
	}
	counted, err := s.countStopped(ctx, list)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		l := e.lesson(looks[e.ID], notes[e.ID], s.clock.Now())
		l.lifted(e, looks[e.ID], left)
		if e.DecidedAt.IsZero() {
			l.Visitors, l.Conversions = 0, 0
			for _, n := range counted[e.ID] {
				l.Visitors += n.Visitors
				l.Conversions += n.Conversions
			}
		}
		l.holdouts = held[e.Key]
		lessons = append(lessons, l)
	}
	return lessons, nil
}

// holdoutsOf are the keys of the hold-outs that followed experiments, the newest first,
// also of those whose roll-out was taken back.
func (s *Service) holdoutsOf(ctx context.Context, list []*Experiment) (map[string][]string, error) {
	keys := make([]string, len(list))
	for i, e := range list {
		keys[i] = e.Key
	}
	var rows []*Experiment
	if err := s.db.Read().NewSelect().Model(&rows).Column("key", "holdout_of").
		Where("holdout_of IN (?)", bun.List(keys)).Order("id DESC").Limit(mostLessons).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: library: hold-outs: %w", err)
	}
	out := map[string][]string{}
	for _, held := range rows {
		out[held.HoldoutOf] = append(out[held.HoldoutOf], held.Key)
	}
	return out, nil
}

// countStopped counts the variants of those that stopped without a verdict: more may have
// come after the last look, and there may have been none.
func (s *Service) countStopped(ctx context.Context, list []*Experiment) (map[int64]map[string]counted, error) {
	var stopped []*Experiment
	var ids []int64
	for _, e := range list {
		if e.DecidedAt.IsZero() {
			stopped, ids = append(stopped, e), append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.countMany(ctx, stopped, ids)
}

// lesson is what an experiment that has ended showed.
func (e *Experiment) lesson(last Look, notes []*Note, now time.Time) *Lesson {
	r := e.describe(now)
	l := &Lesson{
		Key: e.Key, Name: r.Name, Hypothesis: r.Hypothesis, Surface: r.Surface, StartedAt: r.StartedAt, EndedAt: r.DecidedAt,
		Days: r.Days, Winner: e.Winner, Visitors: last.Visitors, Conversions: last.Conversions, Learnt: append([]*Note{}, notes...), goal: r.Goal,
	}
	switch {
	case e.DecidedAt.IsZero():
		if l.Outcome, l.EndedAt = OutcomeStopped, r.StoppedAt; last.State == stats.StateBlocked {
			l.Outcome = OutcomeBlocked
		}
	case e.Winner == "":
		l.Outcome = OutcomeNone
	case e.Winner == e.Definition.Control():
		l.Outcome = OutcomeControl
	default:
		l.Outcome = OutcomeWon
	}
	for _, v := range e.Definition.Variants {
		if v.Key == e.Winner {
			l.winner = v.Name
		}
	}
	return l
}

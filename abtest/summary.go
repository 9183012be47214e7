package abtest

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Summary is an experiment in a list: its figures, and the verdict as of the last
// look.
type Summary struct {
	Key       string        `json:"key"`
	Name      string        `json:"name"`
	Surface   string        `json:"surface"`
	State     State         `json:"state"`
	StartedAt *time.Time    `json:"started_at"`
	DecidedAt *time.Time    `json:"decided_at"`
	PausedAt  *time.Time    `json:"paused_at"` // since when nobody new enters
	StoppedAt *time.Time    `json:"stopped_at"`
	Days      int           `json:"days"`
	Arms      []SummaryArm  `json:"arms"`
	Verdict   stats.Verdict `json:"verdict"`

	hypothesis i18n.Text
	goal       Goal // the primary one
}

// SummaryArm is one variant with its counts: those that decided, else of now.
type SummaryArm struct {
	Key         string    `json:"key"`
	Name        i18n.Text `json:"name"`
	Visitors    int64     `json:"visitors"`
	Conversions int64     `json:"conversions"`
	Rate        *float64  `json:"rate"`
	broughtIn
}

// mostListed is how many experiments a list shows.
const mostListed = 200

// List returns the newest experiments, without those in the archive.
func (s *Service) List(ctx context.Context) ([]*Summary, error) {
	return s.list(ctx, "archived_at IS NULL")
}

// Archive returns the newest experiments that are out of the lists.
func (s *Service) Archive(ctx context.Context) ([]*Summary, error) {
	return s.list(ctx, "archived_at IS NOT NULL")
}

func (s *Service) list(ctx context.Context, which string) ([]*Summary, error) {
	var list []*Experiment
	if err := s.db.Read().NewSelect().Model(&list).Where(which).Order("id DESC").Limit(mostListed).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: list: %w", err)
	}
	if len(list) == 0 {
		return []*Summary{}, nil
	}
	ids := make([]int64, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	looks, err := s.lastLooks(ctx, ids)
	if err != nil {
		return nil, err
	}
	counts, err := s.countMany(ctx, list, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*Summary, len(list))
	for i, e := range list {
		out[i] = e.summary(counts[e.ID], looks[e.ID], s.clock.Now())
	}
	return out, nil
}

func (e *Experiment) summary(counts map[string]counted, last Look, now time.Time) *Summary {
	r := e.describe(now)
	sum := &Summary{
		Key: e.Key, Name: r.Name, Surface: r.Surface, State: r.State, Days: r.Days, hypothesis: r.Hypothesis, goal: r.Goal,
		StartedAt: r.StartedAt, DecidedAt: r.DecidedAt, PausedAt: r.PausedAt, StoppedAt: r.StoppedAt,
	}
	if last.ID != 0 && last.ID == e.DecidedLookID {
		counts = last.counted()
	}
	for _, v := range e.Definition.Variants {
		n := counts[v.Key]
		arm := SummaryArm{Key: v.Key, Name: v.Name, Visitors: n.Visitors, Conversions: n.Conversions, broughtIn: n.broughtIn}
		if rate, ok := n.Rate(); ok {
			arm.Rate = &rate
		}
		sum.Arms = append(sum.Arms, arm)
	}
	sum.Verdict = e.standing(last)
	return sum
}

// standing is the verdict as of the last look.
func (e *Experiment) standing(last Look) stats.Verdict {
	switch {
	case e.StartedAt.IsZero():
		return stats.Verdict{State: stats.StateRunning, Reason: ReasonDraft}
	case !e.StoppedAt.IsZero() && e.DecidedAt.IsZero():
		return stats.Verdict{State: stats.StateRunning, Reason: ReasonStopped}
	case last.ID == 0:
		return stats.Verdict{State: stats.StateRunning, Reason: stats.ReasonCollecting}
	}
	return last.Analysis.Verdict
}

// lastLooks are the newest looks of several experiments.
func (s *Service) lastLooks(ctx context.Context, ids []int64) (map[int64]Look, error) {
	newest := s.db.Read().NewSelect().Model((*Look)(nil)).ColumnExpr("max(id)").
		Where("experiment_id IN (?)", bun.List(ids)).Group("experiment_id")
	var list []Look
	if err := s.db.Read().NewSelect().Model(&list).Where("id IN (?)", newest).Order("id").Limit(int64(len(ids))).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: last looks: %w", err)
	}
	out := make(map[int64]Look, len(list))
	for _, l := range list {
		out[l.ExperimentID] = l
	}
	return out, nil
}

package abtest

import (
	"context"
	"math"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// The reasons of experiments that are not running, beside those of stats.
const (
	ReasonDraft   stats.Reason = "draft"
	ReasonStopped stats.Reason = "stopped" // before a verdict
)

// crossedAlarm is the share of visitors seen in two variants from which something
// is wrong with how they are recognised.
const crossedAlarm = 0.01

// Report is everything there is to say about an experiment. What is undefined for
// the counts at hand is nil, and null in JSON.
type Report struct {
	Key        string    `json:"key"`
	Name       string    `json:"name"`
	Hypothesis i18n.Text `json:"hypothesis"`
	Surface    string    `json:"surface"`
	Goal       Goal      `json:"goal"` // the primary one
	State      State     `json:"state"`
	Mode       Mode      `json:"mode"`

	StartedAt  *time.Time `json:"started_at"`
	DecidedAt  *time.Time `json:"decided_at"` // the moment whose figures decided
	StoppedAt  *time.Time `json:"stopped_at"`
	PausedAt   *time.Time `json:"paused_at"` // since when nobody new enters
	ArchivedAt *time.Time `json:"archived_at"`
	Days       int        `json:"days"` // that are over since the start, up to the verdict or the stop
	Plan       Plan       `json:"plan"`
	Audience   Audience   `json:"audience"`
	Namespace  *Namespace `json:"namespace"`
	Regimes    []*Regime  `json:"regimes"` // the weights so far, the oldest first

	// Verdict is the stored one once there is one. Arms, SRM, Comparisons and
	// ChiSquare are the figures it rests on: frozen at DecidedAt, else of now.
	// Visitors seen in two variants are in none of them.
	Verdict     stats.Verdict      `json:"verdict"`
	PValue      *float64           `json:"p_value"` // see pValue
	SRM         stats.SRM          `json:"srm"`
	Arms        []Arm              `json:"arms"`
	Comparisons []stats.Comparison `json:"comparisons"`
	ChiSquare   *stats.ChiSquare   `json:"chi_square"`

	// Goals are all goals with their figures of now, the primary one first, and
	// GoalsAtVerdict those of the look that brought it; none before.
	Goals          []GoalReport `json:"goals"`
	GoalsAtVerdict []GoalReport `json:"goals_at_verdict"`

	// Latest counts everybody until now, the same as Arms until the verdict.
	Latest  []Arm   `json:"latest"`
	Crossed Crossed `json:"crossed"`
	Daily   []Day   `json:"daily"`
	Looks   []*Look `json:"looks"` // the newest 800, oldest first
	Notes   []*Note `json:"notes"` // the newest first

	Rollout   *Rollout `json:"rollout"`    // null while no version is shown to everybody
	HoldoutOf string   `json:"holdout_of"` // whose winner it measures; "" where it is no hold-out

	Segments Segments `json:"segments"`

	id  int64
	now time.Time
}

// Arm is one variant with its figures.
type Arm struct {
	stats.ArmReport
	Name  i18n.Text `json:"name"`
	Share float64   `json:"share"` // of the visitors, by design
}

// Crossed are the visitors seen in two variants, who are left out.
type Crossed struct {
	Visitors int64    `json:"visitors"`
	Share    *float64 `json:"share"` // of all who saw any; nil without visitors
	OK       bool     `json:"ok"`    // below 1 %
}

// Day is what one day since the start brought: its new visitors, and how many of
// them have converted by now.
type Day struct {
	From time.Time  `json:"from"`
	Arms []DayCount `json:"arms"`
}

// DayCount is one variant's part of a day.
type DayCount struct {
	Key         string `json:"key"`
	Visitors    int64  `json:"visitors"`
	Conversions int64  `json:"conversions"`
}

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

// daily spreads the visitors over the days since the start, leaving none out.
func (t tally) daily(e *Experiment) []Day {
	last := -1
	for _, row := range t.rows {
		last = max(last, row.Day)
	}
	days := make([]Day, last+1)
	for i := range days {
		days[i].From = e.StartedAt.Add(time.Duration(i) * day)
		for _, v := range e.Definition.Variants {
			n := DayCount{Key: v.Key}
			for _, row := range t.rows {
				if row.Day == i && row.Variant == v.Key && !row.Crossed {
					n.Visitors += row.Visitors
					n.Conversions += row.Conversions
				}
			}
			days[i].Arms = append(days[i].Arms, n)
		}
	}
	return days
}

// share says how many visitors were seen in two variants.
func (t tally) share() Crossed {
	c := Crossed{Visitors: t.crossed(), OK: true}
	if all := t.visitors(); all > 0 {
		share := float64(c.Visitors) / float64(all)
		c.Share, c.OK = &share, share < crossedAlarm
	}
	return c
}

// Arm returns the figures of a variant; false when there is none with this key.
func (r *Report) Arm(key string) (Arm, bool) {
	for _, a := range r.Arms {
		if a.Key == key {
			return a, true
		}
	}
	return Arm{}, false
}

// Visitors and Conversions of the figures that the verdict rests on.
func (r *Report) Visitors() (n int64) {
	for _, a := range r.Arms {
		n += a.Visitors
	}
	return n
}

// Conversions is how many of the Visitors converted.
func (r *Report) Conversions() (n int64) {
	for _, a := range r.Arms {
		n += a.Conversions
	}
	return n
}

// title is what a page calls the variant.
func (a Arm) title(lang i18n.Lang) string { return title(a.Key, a.Name, lang) }

func (a Arm) rate() float64 { return orNaN(a.Rate) }

// orNaN is the value, or NaN, which pages show as a dash.
func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// moment is nil for the zero time, so that JSON says null.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

package abtest

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/abtest/assign"
	"github.com/sarnakh/sarnakh/abtest/stats"
)

// State is where an experiment stands in its life.
type State string

// The states. An experiment goes forward through them; paused and archived alone are
// taken back.
const (
	Draft    State = "draft"    // nobody is split yet
	Running  State = "running"  // visitors are split and counted
	Paused   State = "paused"   // nobody new enters; who is in keeps the variant and is still counted
	Decided  State = "decided"  // the verdict stands; visitors keep their variant and are still counted, beside it
	Stopped  State = "stopped"  // ended by the team; nothing is counted any more
	Archived State = "archived" // out of the lists
)

// Experiment is a stored experiment.
type Experiment struct {
	bun.BaseModel `bun:"table:experiments,alias:experiment"`

	ID         int64      `bun:",pk,autoincrement" json:"id"`
	Key        string     `json:"key"`
	Definition Definition `bun:"type:jsonb" json:"definition"`

	// Set at the start, for good but for the shares.
	Seed      string    `json:"seed"`
	Shares    []float64 `bun:"type:jsonb" json:"shares"` // of now: see Regime
	Kappa     float64   `json:"kappa"`
	StartedAt time.Time `bun:",nullzero" json:"started_at"`

	DecidedAt     time.Time `bun:",nullzero" json:"decided_at"` // the moment whose figures decided
	DecidedLookID int64     `bun:",nullzero" json:"-"`
	Winner        string    `json:"winner"` // "" also when there was no difference
	PausedAt      time.Time `bun:",nullzero" json:"paused_at"`
	StoppedAt     time.Time `bun:",nullzero" json:"stopped_at"`
	ArchivedAt    time.Time `bun:",nullzero" json:"archived_at"`

	// Set once one variant was made what everybody sees: see RollOut.
	RolledOut   string    `json:"rolled_out"`
	RolledOutAt time.Time `bun:",nullzero" json:"rolled_out_at"`
	RolledOutBy string    `json:"-"`
	Holdout     string    `json:"holdout"`    // the experiment on those who are held back
	HoldoutOf   string    `json:"holdout_of"` // of such an experiment: whose winner it measures

	// Links to the report: see share.go.
	LinksWithdrawn int64     `json:"-"`
	SharedUntil    time.Time `bun:",nullzero" json:"-"`

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`

	regimes    []*Regime
	split      *assign.Split
	reweighted bool // weightsChanged
}

// State is where the experiment stands. One that was decided and then stopped is
// stopped, and keeps its DecidedAt.
func (e *Experiment) State() State {
	switch {
	case !e.ArchivedAt.IsZero():
		return Archived
	case !e.StoppedAt.IsZero():
		return Stopped
	case !e.DecidedAt.IsZero():
		return Decided
	case !e.PausedAt.IsZero():
		return Paused
	case !e.StartedAt.IsZero():
		return Running
	}
	return Draft
}

// start freezes what the verdict rests on.
func (e *Experiment) start(now time.Time) {
	e.Seed, e.Shares, e.Kappa = e.Key, e.Definition.shares(), stats.Kappa(e.Definition.plannedConversions())
	e.StartedAt = now
}

// prepare makes a loaded experiment ready to assign visitors.
func (e *Experiment) prepare() *Experiment {
	e.split = assign.New(assign.Config{
		Key: e.Key, Seed: e.Seed, Version: assign.V2,
		Variations: len(e.Definition.Variants), Weights: e.Shares, Coverage: e.Definition.coverage(),
		Namespace: e.Definition.Namespace.assign(),
	})
	e.reweighted = e.weightsChanged()
	return e
}

// splits reports whether visitors get different variants: while it runs and once it
// is decided, also when it was stopped after that. Stopping it before a verdict is
// the brake: then everybody gets the surface's first version again.
func (e *Experiment) splits() bool {
	return !e.StartedAt.IsZero() && (e.StoppedAt.IsZero() || !e.DecidedAt.IsZero())
}

// outside reports whether programs outside ask for variants.
func (e *Experiment) outside() bool { return e.Definition.Surface == surfaceAPI }

const surfaceAPI = "api"

// undecided reports whether a verdict may still come: while it runs, or is paused.
func (e *Experiment) undecided() bool { return e.counts() && e.DecidedAt.IsZero() }

// admits reports whether visitors who were not in it enter now.
func (e *Experiment) admits() bool { return e.splits() && e.PausedAt.IsZero() }

// counts reports whether exposures and conversions are written down.
func (e *Experiment) counts() bool { return !e.StartedAt.IsZero() && e.StoppedAt.IsZero() }

const day = 24 * time.Hour

// days is how many days since the start are over.
func (e *Experiment) days(at time.Time) int {
	if e.StartedAt.IsZero() || at.Before(e.StartedAt) {
		return 0
	}
	return int(at.Sub(e.StartedAt) / day)
}

// plannedEnd is when the planned weeks are over; zero where there are none.
func (e *Experiment) plannedEnd() time.Time {
	if e.StartedAt.IsZero() || e.Definition.PlannedWeeks == nil {
		return time.Time{}
	}
	return e.StartedAt.Add(time.Duration(7**e.Definition.PlannedWeeks) * day)
}

// settings are those of the definition with what was frozen at the start.
func (e *Experiment) settings() stats.Settings {
	s := e.Definition.settings()
	s.Kappa = e.Kappa
	return s
}

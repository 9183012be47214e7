package abtest

import (
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

	// Notices are, in the answer to a change, what that took back of what people change in
	// the browser: a pause, and the weights.
	Notices []string `json:"notices,omitempty"`

	id  int64
	now time.Time
}

// Arm is one variant with its figures.
type Arm struct {
	stats.ArmReport
	Name  i18n.Text `json:"name"`
	Share float64   `json:"share"` // of the visitors, by design
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

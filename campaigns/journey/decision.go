package journey

import (
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Decision is one thing that the interpreter decided. Carrying it out is the
// caller's business; nothing happens here.
type Decision interface {
	// StepID is the step that decided it; empty for Complete.
	StepID() string
	// Kind is what was decided: a step's kind, or "complete".
	Kind() Kind
}

// KindComplete is the decision after the last step.
const KindComplete Kind = "complete"

// Send is an e-mail to be sent.
type Send struct {
	Step, Email string
}

// Award is a number of points to be given.
type Award struct {
	Step   string
	Points int64
	Reason i18n.Text
}

// Offer is an offer to be granted.
type Offer struct {
	Step, Offer string
}

// Wait is a rest until a time.
type Wait struct {
	Step  string
	Until time.Time
}

// Turn is the way taken at a branch.
type Turn struct {
	Step string
	Then bool
	If   conditions.Condition // what held, or did not
}

// Split is the way taken at a split.
type Split struct {
	Step, Experiment, Variant string
	Regime                    int  // as in Way
	Counted                   bool // as in Way
}

// Exit is the end at an exit step.
type Exit struct {
	Step string
}

// Complete is the end after the last step.
type Complete struct{}

// StepID is the step that decided it.
func (d Send) StepID() string { return d.Step }

// StepID is the step that decided it.
func (d Award) StepID() string { return d.Step }

// StepID is the step that decided it.
func (d Offer) StepID() string { return d.Step }

// StepID is the step that decided it.
func (d Wait) StepID() string { return d.Step }

// StepID is the step that decided it.
func (d Turn) StepID() string { return d.Step }

// StepID is the step that decided it.
func (d Split) StepID() string { return d.Step }

// StepID is the step that decided it.
func (d Exit) StepID() string { return d.Step }

// StepID is empty: no step decided it.
func (Complete) StepID() string { return "" }

// Kind is KindSend.
func (Send) Kind() Kind { return KindSend }

// Kind is KindAward.
func (Award) Kind() Kind { return KindAward }

// Kind is KindOffer.
func (Offer) Kind() Kind { return KindOffer }

// Kind is KindWait.
func (Wait) Kind() Kind { return KindWait }

// Kind is KindBranch.
func (Turn) Kind() Kind { return KindBranch }

// Kind is KindSplit.
func (Split) Kind() Kind { return KindSplit }

// Kind is KindExit.
func (Exit) Kind() Kind { return KindExit }

// Kind is KindComplete.
func (Complete) Kind() Kind { return KindComplete }

package journey

import (
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// How often the same person may enter a journey.
const (
	EntryOnce  = "once"
	EntryEvery = "every"
)

// entryCeiling bounds an "every" without at_most, so that two journeys that
// trigger each other come to rest.
const entryCeiling = 100

// Definition is what a journey document says.
type Definition struct {
	Trigger Trigger `json:"trigger" yaml:"trigger"`
	// Entry is "once" (also when empty) or "every": each matching event begins anew.
	Entry string `json:"entry,omitempty" yaml:"entry,omitempty"`
	// AtMost bounds the entries of one person in an "every" journey.
	AtMost int    `json:"at_most,omitempty" yaml:"at_most,omitempty"`
	Steps  []Step `json:"steps" yaml:"steps"`
}

// Trigger is the event that lets a person in.
type Trigger struct {
	Event string         `json:"event" yaml:"event"`
	Where map[string]any `json:"where,omitempty" yaml:"where,omitempty"`
	// Condition must hold for the person at that moment; the zero one always does.
	Condition *conditions.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`
}

// Step is one thing that happens. Exactly one of Send, Wait, Branch, Split, Award, Offer
// and Exit is set.
type Step struct {
	// ID names the step in keys and figures. Without one the step is named by its
	// place: step3, or step3.then1 inside a branch.
	ID string `json:"id,omitempty" yaml:"id,omitempty"`

	Send   string        `json:"send,omitempty" yaml:"send,omitempty"` // the key of an e-mail
	Wait   period.Period `json:"wait,omitzero" yaml:"wait,omitempty"`  // "2d"
	Branch *Branch       `json:"branch,omitempty" yaml:"branch,omitempty"`
	// Split is the key of an experiment of surface journey: each of its variants has a
	// branch, and all come together again after the split.
	Split    string            `json:"split,omitempty" yaml:"split,omitempty"`
	Branches map[string][]Step `json:"branches,omitempty" yaml:"branches,omitempty"`
	Award    int64             `json:"award,omitempty" yaml:"award,omitempty"` // points
	Reason   i18n.Text         `json:"reason,omitempty" yaml:"reason,omitempty"`
	Offer    string            `json:"offer,omitempty" yaml:"offer,omitempty"` // the key of an offer
	Exit     bool              `json:"exit,omitempty" yaml:"exit,omitempty"`
}

// Branch leads on by Then where If holds, else by Else. Both come together again
// after the branch.
type Branch struct {
	If   conditions.Condition `json:"if" yaml:"if"`
	Then []Step               `json:"then,omitempty" yaml:"then,omitempty"`
	Else []Step               `json:"else,omitempty" yaml:"else,omitempty"`
}

// MaxEntries is how often one person may enter.
func (d Definition) MaxEntries() int {
	switch {
	case d.Entry != EntryEvery:
		return 1
	case d.AtMost > 0:
		return d.AtMost
	}
	return entryCeiling
}

// Matches says whether an event is the trigger's. The condition is asked apart,
// for it needs facts about the person.
func (t Trigger) Matches(event string, properties map[string]any) bool {
	return event == t.Event && conditions.MatchProperties(t.Where, properties)
}

// Mention is a step's naming of another document.
type Mention struct {
	Kind string // "email", "offer", "experiment" or "segment"
	Key  string
	Path string // where it stands: steps[2].branch.then[0].send
	Part string // of an experiment: the variant that a condition names
}

// Mentions lists the e-mails, offers and experiments that the steps name and the segments
// and experiments that their branches ask for, in their order.
func (d Definition) Mentions() []Mention {
	var out []Mention
	walk(d.Steps, "steps", "step", 0, func(s *Step, path, _ string, _ int) {
		switch {
		case s.Send != "":
			out = append(out, Mention{Kind: "email", Key: s.Send, Path: path + ".send"})
		case s.Offer != "":
			out = append(out, Mention{Kind: "offer", Key: s.Offer, Path: path + ".offer"})
		case s.Split != "":
			out = append(out, Mention{Kind: "experiment", Key: s.Split, Path: path + ".split"})
		case s.Branch != nil:
			for _, key := range s.Branch.If.Segments() {
				out = append(out, Mention{Kind: "segment", Key: key, Path: path + ".branch.if"})
			}
			for _, name := range s.Branch.If.Variants() {
				experiment, variant, _ := strings.Cut(name, "/")
				out = append(out, Mention{Kind: "experiment", Key: experiment, Part: variant, Path: path + ".branch.if"})
			}
		}
	})
	return out
}

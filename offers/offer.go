package offers

import (
	"regexp"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
)

// Offer is something of value for those who fulfil its condition.
type Offer struct {
	manifest.Head `yaml:",inline"`
	Title         i18n.Text `json:"title" yaml:"title" validate:"required"`
	Text          i18n.Text `json:"text,omitempty" yaml:"text,omitempty"`
	// Condition says who is eligible; everybody when absent.
	Condition *conditions.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`
	// Group joins offers that compete: who is to get one of them gets the one with
	// the highest priority among those they are eligible for.
	Group    string `json:"group,omitempty" yaml:"group,omitempty" validate:"omitempty,key"`
	Priority int    `json:"priority,omitempty" yaml:"priority,omitempty"`
	// ValidFor is how long a code can be redeemed; for ever when absent.
	ValidFor period.Period `json:"valid_for,omitzero" yaml:"valid_for,omitempty"`
	PerLead  int           `json:"per_lead,omitempty" yaml:"per_lead,omitempty" validate:"min=0,max=1000"` // once when absent
	Stock    int           `json:"stock,omitempty" yaml:"stock,omitempty" validate:"min=0"`                // codes in all; no bound when absent
	Prefix   string        `json:"prefix,omitempty" yaml:"prefix,omitempty"`                               // begins each code: KAFE
	Active   *bool         `json:"active,omitempty" yaml:"active,omitempty"`                               // true when absent
	// Experiment, of surface offer, says which of the variants a lead is given.
	Experiment string    `json:"experiment,omitempty" yaml:"experiment,omitempty"`
	Variants   []Variant `json:"variants,omitempty" yaml:"variants,omitempty" validate:"max=10,dive"`
}

var prefixPattern = regexp.MustCompile(`^[A-Z0-9]{2,10}$`)

// Refs of an offer: its experiment, and the segments and experiments that its condition
// names.
func (o *Offer) Refs() []manifest.Ref {
	refs := leads.ConditionRefs(o.Condition, "condition")
	if o.Experiment != "" {
		refs = append(refs, manifest.Ref{Kind: "experiment", Key: o.Experiment, Path: "experiment"})
	}
	return refs
}

// Check says what no tag can.
func (o *Offer) Check() error {
	bad := errs.Fields{}
	if o.Title.Empty() {
		bad["title"] = "is needed"
	}
	if o.Condition != nil {
		if err := o.Condition.Check(); err != nil {
			bad["condition"] = err.Error()
		}
	}
	if o.Prefix != "" && !prefixPattern.MatchString(o.Prefix) {
		bad["prefix"] = "write 2 to 10 capital letters and digits, as in KAFE"
	}
	if o.ValidFor < 0 {
		bad["valid_for"] = "must be more than nothing"
	}
	o.checkVariants(bad)
	return bad.OrNil()
}

// IsActive says whether the offer is given at present. Codes given before can be
// redeemed all the same.
func (o *Offer) IsActive() bool { return o.Active == nil || *o.Active }

// perLead is how often one lead may get the offer.
func (o *Offer) perLead() int { return max(o.PerLead, 1) }

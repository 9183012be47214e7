package offers

import (
	"context"
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
)

// Variant is one version of an offer: another discount, other words. What it leaves out is
// as in the offer itself.
type Variant struct {
	Key      string        `json:"key" yaml:"key" validate:"required,key"` // as in the experiment
	Title    i18n.Text     `json:"title,omitempty" yaml:"title,omitempty"`
	Text     i18n.Text     `json:"text,omitempty" yaml:"text,omitempty"`
	ValidFor period.Period `json:"valid_for,omitzero" yaml:"valid_for,omitempty"`
	Prefix   string        `json:"prefix,omitempty" yaml:"prefix,omitempty"`
}

// Variant is the offer in one of its versions. A key that it does not have is the first
// version, and an offer without any is as it is.
func (o *Offer) Variant(key string) *Offer {
	if len(o.Variants) == 0 {
		return o
	}
	v := o.Variants[max(0, slices.IndexFunc(o.Variants, func(v Variant) bool { return v.Key == key }))]
	whole := *o
	if !v.Title.Empty() {
		whole.Title = v.Title
	}
	if !v.Text.Empty() {
		whole.Text = v.Text
	}
	if v.ValidFor > 0 {
		whole.ValidFor = v.ValidFor
	}
	if v.Prefix != "" {
		whole.Prefix = v.Prefix
	}
	return &whole
}

func (o *Offer) has(key string) bool {
	return slices.ContainsFunc(o.Variants, func(v Variant) bool { return v.Key == key })
}

// checkVariants says what is wrong with the versions.
func (o *Offer) checkVariants(bad errs.Fields) {
	switch {
	case o.Experiment == "" && len(o.Variants) > 0:
		bad["experiment"] = "variants need an experiment that says who is given which"
	case o.Experiment != "" && len(o.Variants) == 0:
		bad["variants"] = "an offer with an experiment needs its variants"
	}
	seen := map[string]bool{}
	for i, v := range o.Variants {
		at := fmt.Sprintf("variants[%d].", i)
		if seen[v.Key] {
			bad[at+"key"] = "another variant has this key"
		}
		seen[v.Key] = true
		if v.Prefix != "" && !prefixPattern.MatchString(v.Prefix) {
			bad[at+"prefix"] = "write 2 to 10 capital letters and digits, as in KAFE"
		}
		if v.ValidFor < 0 {
			bad[at+"valid_for"] = "must be more than nothing"
		}
	}
}

// checkExperiment makes sure that the offer has a version for each variant that its
// experiment gives out, and no others.
func (s *Service) checkExperiment(ctx context.Context, tx db.Tx, o *Offer) error {
	if o.Experiment == "" {
		return nil
	}
	keys, err := s.experiments.VariantsOn(ctx, tx, o.Experiment, abtest.SurfaceOffer)
	if err != nil {
		return err
	}
	have := make([]string, len(o.Variants))
	for i, v := range o.Variants {
		have[i] = v.Key
	}
	return abtest.MatchVariants("offer", o.Experiment, keys, have)
}

// assigned is the variant of the offer that its experiment has for a lead; none for who
// takes no part, and is given the first version.
func (s *Service) assigned(ctx context.Context, tx db.Tx, o *Offer, leadID int64) (abtest.Assigned, error) {
	if o.Experiment == "" {
		return abtest.Assigned{}, nil
	}
	variants, err := s.experiments.AssignLeads(ctx, tx, o.Experiment, []int64{leadID})
	if err != nil || !o.has(variants[leadID].Variant) {
		return abtest.Assigned{}, err
	}
	return variants[leadID], nil
}

// shown is what an experiment has to count of a new grant.
func (g *Grant) shown(o *Offer) (shown []abtest.Shown) {
	if g.Variant != "" {
		shown = append(shown, abtest.Shown{Experiment: o.Experiment, Assigned: abtest.Assigned{Variant: g.Variant, Regime: g.Regime}, LeadID: g.LeadID})
	}
	return shown
}

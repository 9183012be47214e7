package campaigns

import (
	"context"
	"errors"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// checkVersions makes sure that the e-mail has a version for each variant that its
// experiment gives out, and no others: a reader without one would get the first and be
// counted for another.
func (s *Service) checkVersions(ctx context.Context, tx db.Tx, e content.Email) error {
	if e.Experiment == "" {
		return nil
	}
	keys, err := s.effects.Experiments.VariantsOn(ctx, tx, e.Experiment, abtest.SurfaceEmail)
	if err != nil {
		return err
	}
	have := make([]string, len(e.Variants))
	for i, v := range e.Variants {
		have[i] = v.Key
	}
	return abtest.MatchVariants("e-mail", e.Experiment, keys, have)
}

// Split chooses the versions of the messages, with a few reads for all of them. With Shown
// it is the delivery.Splitter of all e-mails.
func (s *Service) Split(ctx context.Context, messages []*delivery.Message) error {
	split, err := s.splitEmails(ctx, messages)
	if err != nil {
		return err
	}
	readers := map[string][]int64{}
	for _, m := range messages {
		if e, ok := split[m.ContentKey]; ok {
			readers[e.Experiment] = append(readers[e.Experiment], m.LeadID)
		}
	}
	for experiment, ids := range readers {
		variants, err := s.effects.Experiments.AssignLeads(ctx, s.db.Read(), experiment, ids)
		if err != nil {
			return err
		}
		for _, m := range messages {
			// A variant that the experiment got after the e-mail was written has no words here.
			if e := split[m.ContentKey]; e.Experiment == experiment && e.Has(variants[m.LeadID].Variant) {
				m.Experiment, m.Variant, m.Regime = experiment, variants[m.LeadID].Variant, variants[m.LeadID].Regime
			}
		}
	}
	return nil
}

// splitEmails are those e-mails of the messages that have versions, by their keys.
func (s *Service) splitEmails(ctx context.Context, messages []*delivery.Message) (map[string]content.Email, error) {
	out := map[string]content.Email{}
	asked := map[string]bool{}
	for _, m := range messages {
		if asked[m.ContentKey] {
			continue
		}
		asked[m.ContentKey] = true
		e, err := s.FindEmail(ctx, m.ContentKey)
		if errors.Is(err, errs.NotFound) {
			continue // told by Render
		}
		if err != nil {
			return nil, err
		}
		if e.Definition.Experiment != "" {
			out[m.ContentKey] = e.Definition
		}
	}
	return out, nil
}

// Shown counts the versions that go out.
func (s *Service) Shown(ctx context.Context, tx db.Tx, messages []*delivery.Message) error {
	shown := make([]abtest.Shown, len(messages))
	for i, m := range messages {
		shown[i] = abtest.Shown{Experiment: m.Experiment, Assigned: abtest.Assigned{Variant: m.Variant, Regime: m.Regime}, LeadID: m.LeadID}
	}
	return s.effects.Experiments.ExposeLeads(ctx, tx, shown...)
}

var _ delivery.Splitter = (*Service)(nil)

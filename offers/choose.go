package offers

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Choose gives a lead, within tx, the best of the candidates that they are eligible
// for, and writes down why each candidate was given or not. A candidate is the key
// of an offer, which stands for the other offers of its group too, or the name of a
// group. ok is false when none could be given. The same cause again returns what
// it gave before. Candidates that do not exist are NotFound, as is the lead.
//
// What an experiment has to count is in Granted.Shown, for the caller to count in tx: a
// batch of many counts once, and last.
func (s *Service) Choose(ctx context.Context, tx db.Tx, leadID int64, candidates []string, cause string) (g Granted, ok bool, err error) {
	offers, err := s.candidates(ctx, tx, candidates)
	if err != nil {
		return Granted{}, false, err
	}
	if g, ok, err = before(ctx, tx, leadID, cause, offers); ok || err != nil {
		return g, ok, err
	}
	var asked []conditions.Condition
	for _, o := range offers {
		if o.Definition.Condition != nil {
			asked = append(asked, *o.Definition.Condition)
		}
	}
	facts, err := s.leads.Facts(ctx, tx, []int64{leadID}, asked...)
	if err != nil {
		return Granted{}, false, err
	}
	if facts[leadID] == nil {
		return Granted{}, false, fmt.Errorf("lead %d: %w", leadID, errs.NotFound)
	}
	now := s.clock.Now()
	var decisions []*Decision
	for _, o := range offers {
		d := &Decision{OfferID: o.ID, LeadID: leadID, Cause: cause, At: now}
		decisions = append(decisions, d)
		d.Failed = failing(o.Definition.Condition, *facts[leadID], now)
		switch {
		case !o.Definition.IsActive():
			d.Outcome, d.Failed = OutcomePaused, nil
		case d.Failed != nil:
			d.Outcome = OutcomeNotEligible
		case ok:
			d.Outcome, d.Better = OutcomeSurpassed, g.Offer
		default:
			grant, outcome, err := s.give(ctx, tx, o, leadID, cause)
			if err != nil {
				return Granted{}, false, err
			}
			if d.Outcome = outcome; outcome == OutcomeGranted {
				g, ok = granted(grant, &o.Definition), true
				g.Shown = grant.shown(&o.Definition)
			}
		}
	}
	return g, ok, decide(ctx, tx, decisions)
}

// Grant gives a lead one certain offer within tx, whether or not its condition holds
// for them: a gift by hand. The same cause again returns the same grant. An offer
// that is paused, used up or had as often as one may is a Conflict.
func (s *Service) Grant(ctx context.Context, tx db.Tx, key string, leadID int64, cause string) (Granted, error) {
	o, err := findOffer(ctx, tx, key)
	if err != nil {
		return Granted{}, err
	}
	if g, ok, err := before(ctx, tx, leadID, cause, []*offerRow{o}); ok || err != nil {
		return g, err
	}
	if _, err := s.leads.Find(ctx, tx, leadID); err != nil {
		return Granted{}, err
	}
	if !o.Definition.IsActive() {
		return Granted{}, fmt.Errorf("offer %q is paused: %w", key, errs.Conflict)
	}
	grant, outcome, err := s.give(ctx, tx, o, leadID, cause)
	if err != nil {
		return Granted{}, err
	}
	switch outcome {
	case OutcomeHadIt:
		return Granted{}, fmt.Errorf("offer %q: lead %d had it as often as one may: %w", key, leadID, errs.Conflict)
	case OutcomeNoStock:
		return Granted{}, fmt.Errorf("offer %q: all codes are given: %w", key, errs.Conflict)
	}
	if err := decide(ctx, tx, []*Decision{
		{OfferID: o.ID, LeadID: leadID, Cause: cause, Outcome: outcome, At: s.clock.Now()},
	}); err != nil {
		return Granted{}, err
	}
	if shown := grant.shown(&o.Definition); len(shown) > 0 {
		if err := s.experiments.ExposeLeads(ctx, tx, shown...); err != nil {
			return Granted{}, err
		}
	}
	return granted(grant, &o.Definition), nil
}

// candidates resolves keys and groups, the highest priority first.
func (s *Service) candidates(ctx context.Context, tx db.Tx, names []string) ([]*offerRow, error) {
	all, err := listOffers(ctx, tx)
	if err != nil {
		return nil, err
	}
	groups := map[string]bool{}
	for _, name := range names {
		known := false
		for _, o := range all {
			group := o.Definition.Group
			if o.Key == name || group == name {
				known = true
				if group != "" {
					groups[group] = true
				}
			}
		}
		if !known {
			return nil, fmt.Errorf("offer %q: %w", name, errs.NotFound)
		}
	}
	return slices.DeleteFunc(all, func(o *offerRow) bool {
		return !slices.Contains(names, o.Key) && !groups[o.Definition.Group]
	}), nil
}

// before returns what this cause gave the lead already.
func before(ctx context.Context, idb bun.IDB, leadID int64, cause string, offers []*offerRow) (Granted, bool, error) {
	if len(offers) == 0 {
		return Granted{}, false, nil
	}
	ids := make([]int64, len(offers))
	for i, o := range offers {
		ids[i] = o.ID
	}
	var rows []*Grant
	if err := idb.NewSelect().Model(&rows).Where("lead_id = ?", leadID).Where("cause = ?", cause).
		Where("offer_id IN (?)", bun.List(ids)).Order("id").Limit(1).Scan(ctx); err != nil {
		return Granted{}, false, fmt.Errorf("lead %d: grants: %w", leadID, err)
	}
	if len(rows) == 0 {
		return Granted{}, false, nil
	}
	o := offers[slices.IndexFunc(offers, func(o *offerRow) bool { return o.ID == rows[0].OfferID })]
	return granted(rows[0], &o.Definition), true, nil
}

func decide(ctx context.Context, tx db.Tx, decisions []*Decision) error {
	if _, err := tx.NewInsert().Model(&decisions).ExcludeColumn("id").
		On("CONFLICT (lead_id, cause, offer_id) DO UPDATE").
		Set("outcome = EXCLUDED.outcome").Set("failed = EXCLUDED.failed").
		Set("better = EXCLUDED.better").Set("at = EXCLUDED.at").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("offers: write the decisions down: %w", err)
	}
	return nil
}

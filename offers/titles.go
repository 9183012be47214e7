package offers

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Titles are what visitors read over the offers, by key.
func (s *Service) Titles(ctx context.Context, idb bun.IDB) (map[string]i18n.Text, error) {
	all, err := listOffers(ctx, idb)
	if err != nil {
		return nil, err
	}
	titles := make(map[string]i18n.Text, len(all))
	for _, o := range all {
		titles[o.Key] = o.Definition.Title
	}
	return titles, nil
}

// WhyNot says why a cause gave a lead nothing for a candidate: the outcome of the
// offer with that key, with the part of its condition that did not hold. For a group
// it is the outcome of the member that came nearest to being given.
func (s *Service) WhyNot(ctx context.Context, idb bun.IDB, leadID int64, key, cause string) (outcome string, failed *conditions.Condition, err error) {
	var rows []*Decision
	if err := idb.NewSelect().Model(&rows).Where("lead_id = ?", leadID).Where("cause = ?", cause).
		Order("id").Limit(500).Scan(ctx); err != nil {
		return "", nil, fmt.Errorf("lead %d: why no offer %s: %w", leadID, key, err)
	}
	ids := make([]int64, len(rows))
	for i, d := range rows {
		ids[i] = d.OfferID
	}
	known, err := offersByID(ctx, idb, ids)
	if err != nil {
		return "", nil, err
	}
	outcome = OutcomeNotEligible
	for _, d := range rows {
		if o := known[d.OfferID]; o != nil && o.Key == key {
			return d.Outcome, d.Failed, nil
		}
		if d.Outcome != OutcomeNotEligible && outcome == OutcomeNotEligible {
			outcome, failed = d.Outcome, nil
		} else if outcome == OutcomeNotEligible && failed == nil {
			failed = d.Failed
		}
	}
	return outcome, failed, nil
}

package tracking

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// people finds or creates the leads that the messages speak of, in their order, and
// notes whose the visitors are.
func (s *Service) people(ctx context.Context, tx db.Tx, entries []entry, visitors *visitors) error {
	known, err := s.knownUsers(ctx, tx, entries)
	if err != nil {
		return err
	}
	var profiles []*leads.Profile
	var places []int // of each profile's entry
	asked := map[string]bool{}
	for i, e := range entries {
		p := e.profile
		switch {
		case p != nil && (p.ExternalID != "" || p.Email != "" || s.leads.NormPhone(p.Phone) != ""):
			asked[p.ExternalID] = true
		case e.user == "":
			continue // nobody knows who that is
		case !e.context.touch.IsZero():
			p = &leads.Profile{ExternalID: e.user, Touch: e.context.touch}
		case known[e.user] != 0 || asked[e.user]:
			continue
		default:
			p = &leads.Profile{ExternalID: e.user}
			asked[e.user] = true
		}
		p.At, p.Unproven = e.at, !e.source.Server
		profiles, places = append(profiles, p), append(places, i)
	}
	if len(profiles) > 0 {
		found, err := s.leads.Upsert(ctx, tx, profiles)
		if err != nil {
			return err
		}
		for n, i := range places {
			entries[i].event.LeadID = found[n].ID
			if user := entries[i].user; user != "" {
				known[user] = found[n].ID
			}
		}
	}
	now := s.clock.Now()
	for _, e := range entries {
		if e.event.LeadID == 0 {
			e.event.LeadID = known[e.user]
		}
		if e.event.LeadID != 0 {
			visitors.is(e.visitor, e.event.LeadID, now)
			visitors.is(e.previous, e.event.LeadID, now)
		}
	}
	return nil
}

// knownUsers is the leads of the users whom these messages name, as far as they exist.
// Those that were merged into others are left to leads.Upsert, which follows.
func (s *Service) knownUsers(ctx context.Context, tx db.Tx, entries []entry) (map[string]int64, error) {
	known := map[string]int64{}
	var users []string
	for _, e := range entries {
		if _, twice := known[e.user]; !twice && e.user != "" && e.profile == nil {
			known[e.user] = 0
			users = append(users, e.user)
		}
	}
	if len(users) == 0 {
		return known, nil
	}
	var found []*leads.Lead
	if err := tx.NewSelect().Model(&found).Column("id", "external_id").
		Where("external_id IN (?)", bun.List(users)).Where("merged_into IS NULL").Scan(ctx); err != nil {
		return nil, fmt.Errorf("tracking: look for users: %w", err)
	}
	for _, l := range found {
		known[l.ExternalID] = l.ID
	}
	return known, nil
}

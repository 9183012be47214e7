package loyalty

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// claim is an event that may earn points by a rule.
type claim struct {
	rule   *EarningRule
	event  *leads.Event
	points int64
}

func (c claim) key() string { return fmt.Sprintf("rule:%s:event:%d", c.rule.Key, c.event.ID) }

// OnEvents gives the points that a batch of events earns, in one transaction. An
// event seen again earns nothing again.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	claims, err := s.claims(ctx, events)
	if err != nil || len(claims) == 0 {
		return err
	}
	claims, err = s.eligible(ctx, claims)
	if err != nil || len(claims) == 0 {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		entries := make([]*Entry, len(claims))
		for i, c := range claims {
			entries[i] = &Entry{
				LeadID: c.event.LeadID, Points: c.points, Kind: KindEarn, Rule: c.rule.Key,
				Reason: c.rule.Name, EffectKey: c.key(), At: c.event.OccurredAt,
			}
		}
		// Held before the limits are counted, so that two workers do not both find room.
		if err := s.lock(ctx, tx, entries); err != nil {
			return err
		}
		within, err := s.withinLimits(ctx, tx, claims)
		if err != nil {
			return err
		}
		var kept []*Entry
		for i := range entries {
			if within[i] {
				kept = append(kept, entries[i])
			}
		}
		return s.post(ctx, tx, kept)
	})
}

// claims pairs the events with the rules that are about them.
func (s *Service) claims(ctx context.Context, events []*leads.Event) ([]claim, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var claims []claim
	for _, e := range events {
		for _, r := range rules {
			if points := r.earns(e); points > 0 {
				claims = append(claims, claim{r, e, points})
			}
		}
	}
	return claims, nil
}

// eligible leaves out the leads for whom a rule's condition does not hold.
func (s *Service) eligible(ctx context.Context, claims []claim) ([]claim, error) {
	var ids []int64
	var asked []conditions.Condition
	for _, c := range claims {
		if c.rule.Condition != nil {
			ids, asked = append(ids, c.event.LeadID), append(asked, *c.rule.Condition)
		}
	}
	if len(ids) == 0 {
		return claims, nil
	}
	slices.Sort(ids)
	facts, err := s.leads.Facts(ctx, s.db.Read(), slices.Compact(ids), asked...)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	return slices.DeleteFunc(claims, func(c claim) bool {
		return c.rule.Condition != nil && !holds(c.rule.Condition, facts[c.event.LeadID], now)
	}), nil
}

func holds(c *conditions.Condition, f *conditions.Facts, now time.Time) bool {
	return f != nil && c.Match(*f, now)
}

// withinLimits says of each claim whether its rule's limit leaves room for it. What
// counts is when things happened, not when we heard of them: an entry counts for a
// claim when both lie less than the limit's period apart.
func (s *Service) withinLimits(ctx context.Context, tx db.Tx, claims []claim) ([]bool, error) {
	type person struct {
		rule string
		lead int64
	}
	var rules []string
	var ids []int64
	for _, c := range claims {
		if c.rule.Limit != nil {
			rules, ids = append(rules, c.rule.Key), append(ids, c.event.LeadID)
		}
	}
	earned := map[person][]time.Time{}
	known := map[string]bool{}
	if len(rules) > 0 {
		var before []*Entry
		if err := tx.NewSelect().Model(&before).Column("rule", "lead_id", "effect_key", "at").
			Where("rule IN (?)", bun.List(rules)).Where("lead_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("ledger: count for the limits: %w", err)
		}
		for _, e := range before {
			p := person{e.Rule, e.LeadID}
			earned[p] = append(earned[p], e.At)
			known[e.EffectKey] = true
		}
	}
	within := make([]bool, len(claims))
	for i, c := range claims {
		limit := c.rule.Limit
		if limit == nil || known[c.key()] { // what is known already is left out by its key
			within[i] = true
			continue
		}
		p, at := person{c.rule.Key, c.event.LeadID}, c.event.OccurredAt
		used := 0
		for _, t := range earned[p] {
			if limit.Within == 0 || t.Sub(at).Abs() < limit.Within.Duration() {
				used++
			}
		}
		if within[i] = used < limit.Times; within[i] {
			earned[p] = append(earned[p], at)
		}
	}
	return within, nil
}

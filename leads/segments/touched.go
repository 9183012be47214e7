package segments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// reach is what, besides having happened, an event changes of a lead that conditions
// can see: sets, figures and fields, by their names.
type reach []string

// reaches are those of our own events that change little. An event that is not here,
// one of a shop for example, may come with anything new.
var reaches = map[string]reach{
	leads.EventEmailSent:         {},
	leads.EventEmailOpened:       {},
	leads.EventEmailClicked:      {},
	leads.EventEmailHeldBack:     {},
	leads.EventOfferGranted:      {},
	leads.EventOfferRedeemed:     {},
	leads.EventJourneyEntered:    {},
	leads.EventJourneyCompleted:  {},
	leads.EventNoteWritten:       {},
	leads.EventNoteEdited:        {},
	leads.EventNoteDeleted:       {},
	leads.EventPageViewed:        {"last_source", "last_medium", "last_campaign"}, // a tracked visit
	leads.EventPointsEarned:      {conditions.NumberPoints},
	leads.EventScoreChanged:      {conditions.NumberScore, conditions.SetGrade},
	leads.EventTagAdded:          {conditions.SetTag},
	leads.EventTagRemoved:        {conditions.SetTag},
	leads.EventConsentAsked:      {conditions.SetConsent},
	leads.EventConsentGiven:      {conditions.SetConsent},
	leads.EventConsentWithdrawn:  {conditions.SetConsent},
	leads.EventUnsubscribed:      {conditions.SetConsent},
	leads.EventResubscribed:      {conditions.SetConsent},
	leads.EventExperimentDecided: {},
	leads.EventExperimentEntered: {conditions.SetVariant},
	leads.EventSegmentEntered:    {}, // who names the segment was settled with it
	leads.EventSegmentLeft:       {},
}

// touches says whether an event can change who is in a segment.
func (n *node) touches(e *leads.Event) bool {
	changes, ours := reaches[e.Name]
	if _, counted := n.need.Events[e.Name]; counted || !ours {
		return true
	}
	return slices.ContainsFunc(changes, func(name string) bool {
		return len(n.need.Sets[name]) > 0 || slices.Contains(n.need.Numbers, name) || slices.Contains(n.need.Fields, name)
	})
}

// fresh is how long before its first event a lead is made at the most: both happen
// in one transaction.
const fresh = 10 * time.Minute

// OnEvents settles, for the leads to whom something happened, the segments that it
// can change; for leads that are new, all.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	events = slices.DeleteFunc(slices.Clone(events), func(e *leads.Event) bool { return e.LeadID == 0 })
	if len(events) == 0 {
		return nil
	}
	wide, err := s.wide(ctx, events)
	if err != nil {
		return err
	}
	err = s.refresh(ctx, func(n *node) []int64 {
		ids := slices.Clip(wide)
		for _, e := range events {
			if n.touches(e) {
				ids = append(ids, e.LeadID)
			}
		}
		return ids
	}, allTold)
	if err != nil {
		return err
	}
	return s.awaitFuture(ctx, events)
}

// wide returns the leads for whom all segments are looked at: those who came just
// now, and those who were merged into one to whom something happened.
func (s *Service) wide(ctx context.Context, events []*leads.Event) ([]int64, error) {
	ids, first := make([]int64, len(events)), events[0].ReceivedAt
	for i, e := range events {
		ids[i] = e.LeadID
		if e.ReceivedAt.Before(first) {
			first = e.ReceivedAt
		}
	}
	var wide []int64
	if err := s.db.Read().NewSelect().TableExpr("leads").Column("id").Where("id IN (?)", bun.List(ids)).
		Where("created_at >= ?", first.Add(-fresh)).Scan(ctx, &wide); err != nil {
		return nil, fmt.Errorf("segments: new leads: %w", err)
	}
	var merged []int64
	if err := s.db.Read().NewSelect().TableExpr("leads").Column("id").Where("merged_into IN (?)", bun.List(ids)).Scan(ctx, &merged); err != nil {
		return nil, fmt.Errorf("segments: merged leads: %w", err)
	}
	return append(wide, merged...), nil
}

// awaitFuture sees to it that what is said to happen later, by a clock that is ahead,
// is looked at when it counts.
func (s *Service) awaitFuture(ctx context.Context, events []*leads.Event) error {
	var jobs []workers.Job
	for _, e := range events {
		if e.OccurredAt.After(s.clock.Now()) {
			jobs = append(jobs, workers.Job{Kind: jobLater, Ref: e.LeadID, Key: fmt.Sprintf("%s:%d", jobLater, e.ID), DueAt: e.OccurredAt})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.queue.Enqueue(ctx, tx, jobs...) })
}

func (s *Service) refreshJobs(ctx context.Context, b *workers.Batch) error {
	if err := s.Refresh(ctx, b.Refs()...); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return b.Finish(ctx, tx, b.Jobs...) })
}

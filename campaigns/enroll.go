package campaigns

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// candidate is an event that may let its lead into a journey.
type candidate struct {
	event   *leads.Event
	journey *Journey
	track   *track
}

// OnEvents lets leads into the journeys that begin with what they did. An event
// that is offered again lets nobody in twice.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	found, err := s.candidates(ctx, events)
	if err != nil || len(found) == 0 {
		return err
	}
	if found, err = s.eligible(ctx, found); err != nil || len(found) == 0 {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return s.enroll(ctx, tx, found)
	})
}

// candidates pairs each event with the journeys whose trigger it pulls.
func (s *Service) candidates(ctx context.Context, events []*leads.Event) ([]candidate, error) {
	all, err := s.Journeys(ctx)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, j := range all {
		t, err := s.track(ctx, s.db.Read(), j.VersionID)
		if err != nil {
			return nil, err
		}
		trigger := t.Definition().Trigger
		for _, e := range events {
			if e.LeadID != 0 && trigger.Matches(e.Name, e.Properties) {
				found = append(found, candidate{e, j, t})
			}
		}
	}
	return found, nil
}

// eligible keeps those for whom the trigger's condition holds.
func (s *Service) eligible(ctx context.Context, found []candidate) ([]candidate, error) {
	var ids []int64
	var asked []conditions.Condition
	for _, c := range found {
		if cond := c.track.Definition().Trigger.Condition; cond != nil {
			ids, asked = append(ids, c.event.LeadID), append(asked, *cond)
		}
	}
	var facts map[int64]*conditions.Facts
	if len(ids) > 0 {
		var err error
		if facts, err = s.leads.Facts(ctx, s.db.Read(), ids, asked...); err != nil {
			return nil, err
		}
	}
	now := s.clock.Now()
	kept := found[:0]
	for _, c := range found {
		if cond := c.track.Definition().Trigger.Condition; cond != nil {
			if f := facts[c.event.LeadID]; f == nil || !cond.Match(*f, now) {
				continue
			}
		}
		kept = append(kept, c)
	}
	return kept, nil
}

// pass is one lead's history with one journey.
type pass struct{ journey, lead int64 }

// enroll makes the enrollments, their first jobs and their events.
func (s *Service) enroll(ctx context.Context, tx db.Tx, found []candidate) error {
	journeys := map[int64]*Journey{}
	var journeyIDs, leadIDs []int64
	for _, c := range found {
		if journeys[c.journey.ID] == nil {
			journeys[c.journey.ID] = c.journey
			journeyIDs = append(journeyIDs, c.journey.ID)
		}
		leadIDs = append(leadIDs, c.event.LeadID)
	}
	if _, err := s.lockJourneys(ctx, tx, "NO KEY UPDATE", journeyIDs); err != nil {
		return err
	}
	var before []*Enrollment
	if err := tx.NewSelect().Model(&before).Column("journey_id", "lead_id", "entry", "event_id").
		Where("journey_id IN (?)", bun.List(journeyIDs)).Where("lead_id IN (?)", bun.List(leadIDs)).Scan(ctx); err != nil {
		return fmt.Errorf("enrollments: read: %w", err)
	}
	entries := map[pass]int{}
	type seen struct{ journey, event int64 }
	known := map[seen]bool{}
	for _, e := range before {
		p := pass{e.JourneyID, e.LeadID}
		entries[p] = max(entries[p], e.Entry)
		known[seen{e.JourneyID, e.EventID}] = true
	}
	now := s.clock.Now()
	var fresh []*Enrollment
	for _, c := range found {
		p, k := pass{c.journey.ID, c.event.LeadID}, seen{c.journey.ID, c.event.ID}
		if known[k] || entries[p] >= c.track.Definition().MaxEntries() {
			continue
		}
		known[k] = true
		entries[p]++
		fresh = append(fresh, &Enrollment{
			JourneyID: p.journey, VersionID: c.journey.VersionID, LeadID: p.lead, Entry: entries[p], EventID: c.event.ID,
			State: EnrollmentActive, DueAt: now, EnteredAt: now,
		})
	}
	if len(fresh) == 0 {
		return nil
	}
	// The journeys are locked: whoever comes with the same event waits and then sees it.
	if _, err := tx.NewInsert().Model(&fresh).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
		return fmt.Errorf("enrollments: create: %w", err)
	}
	jobs := make([]workers.Job, len(fresh))
	entered := make([]*leads.Event, len(fresh))
	for i, e := range fresh {
		jobs[i] = e.job()
		entered[i] = e.event(leads.EventJourneyEntered, journeys[e.JourneyID], nil)
	}
	if err := s.queue.Enqueue(ctx, tx, jobs...); err != nil {
		return err
	}
	return s.leads.Record(ctx, tx, entered...)
}

// event tells the timeline what became of the enrollment.
func (e *Enrollment) event(name string, j *Journey, more map[string]any) *leads.Event {
	properties := map[string]any{"journey": j.Key, "entry": e.Entry}
	for k, v := range more {
		properties[k] = v
	}
	return &leads.Event{
		MessageID: fmt.Sprintf("journey:%s:%d:%d:%s", j.Key, e.LeadID, e.Entry, name),
		LeadID:    e.LeadID, Name: name, Properties: properties, Source: "journey:" + j.Key,
	}
}

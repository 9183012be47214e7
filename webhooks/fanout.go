package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// OnEvents writes a delivery for each event and each endpoint that wants it, once,
// however often it is offered. What a visitor does who has not said who they are, and
// what is heard of somebody who was erased, is told to nobody.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	var endpoints []*Endpoint
	if err := s.db.Read().NewSelect().Model(&endpoints).Column("id", "events").
		Where("state = ?", StateEnabled).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("webhooks: endpoints: %w", err)
	}
	if len(endpoints) == 0 {
		return nil
	}
	wishes := make([]wishes, len(endpoints))
	for i, endpoint := range endpoints {
		wishes[i] = endpoint.wishes()
	}
	wanted := map[int64][]int64{} // event → endpoints
	var told []*leads.Event
	var people []int64
	for _, e := range events {
		if e.LeadID == 0 {
			continue
		}
		name := i18n.Fold(e.Name)
		for i, endpoint := range endpoints {
			if wishes[i].hold(name) {
				wanted[e.ID] = append(wanted[e.ID], endpoint.ID)
			}
		}
		if wanted[e.ID] != nil {
			told, people = append(told, e), append(people, e.LeadID)
		}
	}
	if len(told) == 0 {
		return nil
	}
	known, err := s.leads.FindMany(ctx, s.db.Read(), people)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	messages := make([]*Message, 0, len(told))
	for _, e := range told {
		l := known[e.LeadID]
		if l == nil || !l.ErasedAt.IsZero() {
			continue
		}
		m, err := messageOf(e, l, now)
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	if len(messages) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return s.post(ctx, tx, messages, wanted, now)
	})
}

// post writes messages about events and their deliveries, and wakes the endpoints.
// What is there already stays as it is.
func (s *Service) post(ctx context.Context, tx db.Tx, messages []*Message, wanted map[int64][]int64, now time.Time) error {
	events := make([]int64, len(messages))
	for i, m := range messages {
		events[i] = m.EventID
	}
	if _, err := tx.NewInsert().Model(&messages).ExcludeColumn("id").
		On("CONFLICT (event_id) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("webhooks: write messages: %w", err)
	}
	var written []*Message
	if err := tx.NewSelect().Model(&written).Column("id", "event_id").
		Where("event_id IN (?)", bun.List(events)).Order("event_id").Scan(ctx); err != nil {
		return fmt.Errorf("webhooks: read messages: %w", err)
	}
	var deliveries []*Delivery
	for _, m := range written {
		for _, id := range wanted[m.EventID] {
			deliveries = append(deliveries, &Delivery{EndpointID: id, MessageID: m.ID, State: StateWaiting, NextAt: now, CreatedAt: now})
		}
	}
	var made []int64
	if err := tx.NewInsert().Model(&deliveries).ExcludeColumn("id").
		On("CONFLICT (message_id, endpoint_id) DO NOTHING").Returning("endpoint_id").Scan(ctx, &made); err != nil {
		return fmt.Errorf("webhooks: write deliveries: %w", err)
	}
	return s.wake(ctx, tx, now, made...)
}

// wake has the desks look at endpoints at a time.
func (s *Service) wake(ctx context.Context, tx db.Tx, at time.Time, endpoints ...int64) error {
	seen := map[int64]bool{}
	var jobs []workers.Job
	for _, id := range endpoints {
		if !seen[id] {
			seen[id] = true
			jobs = append(jobs, workers.Job{Kind: jobWake, Ref: id, DueAt: at})
		}
	}
	return s.queue.Enqueue(ctx, tx, jobs...)
}

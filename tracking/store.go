package tracking

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// delivery is the messages of one request on their way into the database.
type delivery struct {
	source   *Source
	messages []*message
	results  []result // one for each message, once stored
}

// result is what became of a message.
type result struct {
	leadID int64
	known  bool  // it was there already
	erased bool  // it is about somebody who has been erased since: nothing was kept
	err    error // errs.Fields: it was refused after all
}

// accept stores messages: when it returns nil they are on the disk. A message that the
// lead store refuses is refused alone.
func (s *Service) accept(ctx context.Context, source *Source, messages []*message) ([]result, error) {
	d := &delivery{source: source, messages: messages}
	err := s.batch.Do(ctx, d)
	if err == nil {
		return d.results, nil
	}
	bad, refused := errs.AsFields(err)
	switch {
	case !refused:
		return nil, err
	case len(messages) == 1:
		return []result{{err: bad}}, nil
	}
	results := make([]result, 0, len(messages))
	for i := range messages {
		one, err := s.accept(ctx, source, messages[i:i+1])
		if err != nil {
			return nil, err
		}
		results = append(results, one...)
	}
	return results, nil
}

// entry is a message of a batch of deliveries, with what is found out about it.
type entry struct {
	*message
	source *Source
	event  *leads.Event
	result *result
}

// store writes a batch of deliveries, set-wise: a few statements for all of them.
// Messages that are known already change nothing.
func (s *Service) store(ctx context.Context, tx db.Tx, batch []*delivery) error {
	var entries []entry
	for _, d := range batch {
		d.results = make([]result, len(d.messages))
		for i, m := range d.messages {
			entries = append(entries, entry{m, d.source, m.event(d.source.ID), &d.results[i]})
		}
	}
	fresh, err := s.unknown(ctx, tx, entries)
	if err != nil {
		return err
	}
	if fresh, err = s.unerased(ctx, tx, fresh); err != nil {
		return err
	}
	visitors, err := s.visitors(ctx, tx, fresh)
	if err != nil {
		return err
	}
	if err := s.people(ctx, tx, fresh, visitors); err != nil {
		return err
	}
	if err := visitors.save(ctx, tx, s); err != nil {
		return err
	}
	events := make([]*leads.Event, len(fresh))
	for i, e := range fresh {
		if e.event.LeadID == 0 {
			e.event.LeadID = visitors.lead[e.visitor]
		}
		e.result.leadID = e.event.LeadID
		events[i] = e.event
	}
	return s.leads.Record(ctx, tx, events...)
}

// unknown is the entries whose messages are not stored yet, each message once.
func (s *Service) unknown(ctx context.Context, tx db.Tx, entries []entry) ([]entry, error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.event.MessageID
	}
	var stored []string
	if err := tx.NewSelect().Model((*leads.Event)(nil)).Column("message_id").
		Where("message_id IN (?)", bun.List(ids)).Scan(ctx, &stored); err != nil {
		return nil, fmt.Errorf("tracking: look for messages: %w", err)
	}
	seen := make(map[string]bool, len(entries))
	for _, id := range stored {
		seen[id] = true
	}
	fresh := entries[:0:0]
	for _, e := range entries {
		if e.result.known = seen[e.event.MessageID]; !e.result.known {
			seen[e.event.MessageID] = true
			fresh = append(fresh, e)
		}
	}
	return fresh, nil
}

// unerased is the entries without those that speak of people as they were before they
// were erased: a library that repeats what it sent brings nobody back.
func (s *Service) unerased(ctx context.Context, tx db.Tx, entries []entry) ([]entry, error) {
	now := s.clock.Now()
	profiles := make([]*leads.Profile, len(entries))
	for i, e := range entries {
		profiles[i] = &leads.Profile{}
		if e.at.Before(now) {
			profiles[i].ExternalID = e.user
			if p := e.profile; p != nil {
				profiles[i].Email, profiles[i].Phone = p.Email, p.Phone
			}
		}
	}
	erased, err := s.leads.ErasedSince(ctx, tx, profiles)
	if err != nil {
		return nil, err
	}
	left := entries[:0:0]
	for i, e := range entries {
		if e.result.erased = e.at.Before(erased[i]); !e.result.erased {
			left = append(left, e)
		}
	}
	return left, nil
}

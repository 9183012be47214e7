package leads

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// Subscriber acts on what happens to leads: a journey begins, points are earned, a
// goal is counted. It is offered every event at least once, in no fixed order, and
// must change nothing when it sees one again.
type Subscriber interface {
	// OnEvents acts on a batch, in transactions of its own.
	OnEvents(ctx context.Context, events []*Event) error
}

// Subscribe adds a subscriber. Call it before the workers start.
func (s *Service) Subscribe(sub Subscriber) { s.subscribers = append(s.subscribers, sub) }

// Backlog says whether something that a visitor or a lead did by a time has not been offered
// to all subscribers yet: what they count is then not the whole of it.
func (s *Service) Backlog(ctx context.Context, until time.Time) (bool, error) {
	idb := s.db.Read()
	backlog, err := idb.NewSelect().Model((*Event)(nil)).
		Where("id IN (?)", s.queue.Outstanding(idb, jobDispatch)).Where("visitor_id <> '' OR lead_id IS NOT NULL").Where("occurred_at <= ?", until).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("events: backlog: %w", err)
	}
	return backlog, nil
}

// RegisterJobs tells the queue who offers events to the subscribers.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobDispatch, s.dispatch, workers.Options{Batch: 200})
	q.Handle(jobConvert, s.convertFields, workers.Options{Batch: 1, Lease: convertWithin})
	q.Every("leads.refold", time.Hour, s.refold)
	q.Every("leads.tidy", time.Hour, s.tidy)
	q.Every("leads.duplicates", 24*time.Hour, s.findDuplicates)
}

// dispatch offers a batch of events to every subscriber and then finishes it. When
// one fails the batch is offered again, to all: that is what makes each effect
// carry its own key.
func (s *Service) dispatch(ctx context.Context, b *workers.Batch) error {
	var events []*Event
	if err := s.db.Read().NewSelect().Model(&events).
		Where("id IN (?)", bun.List(b.Refs())).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("events: load: %w", err)
	}
	for _, sub := range s.subscribers {
		if err := sub.OnEvents(ctx, events); err != nil {
			return err
		}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return b.Finish(ctx, tx, b.Jobs...)
	})
}

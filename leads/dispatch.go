package leads

import (
	"context"
	"fmt"

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

// RegisterJobs tells the queue who offers events to the subscribers.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobDispatch, s.dispatch, workers.Options{Batch: 200})
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

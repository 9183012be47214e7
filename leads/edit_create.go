package leads

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Create makes a lead of what edit sets, within tx, and puts that on its timeline. What
// cannot be is errs.Fields; an e-mail or an external id that somebody has is a
// TakenError. by says who did it, as a source of events.
func (s *Service) Create(ctx context.Context, tx db.Tx, by string, edit func(l *Lead) error) (*Lead, error) {
	now := s.clock.Now()
	none, l := &Lead{}, &Lead{Attributes: map[string]any{}, CreatedAt: now, UpdatedAt: now}
	if err := edit(l); err != nil {
		return nil, err
	}
	if err := s.settle(none, l); err != nil {
		return nil, err
	}
	if err := s.free(ctx, tx, none, l); err != nil {
		return nil, err
	}
	l.fold()
	if _, err := tx.NewInsert().Model(l).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
		if db.IsUnique(err) { // somebody else's a moment ago
			return nil, fmt.Errorf("this lead was made a moment ago: %w", errs.Conflict)
		}
		return nil, fmt.Errorf("leads: create: %w", err)
	}
	if err := s.notePhone(ctx, tx, l); err != nil {
		return nil, err
	}
	return l, s.Record(ctx, tx, created(l, by))
}

// created is the event of a new lead.
func created(l *Lead, by string) *Event {
	e := updated(&Lead{}, l)
	e.LeadID, e.Name, e.Source = l.ID, EventLeadCreated, by
	delete(e.Properties, "from")
	return e
}

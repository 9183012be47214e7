package campaigns

import (
	"context"
	"errors"
	"fmt"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
	"github.com/sarnakh/sarnakh/workers"
)

// effects are what a batch of moves comes to, gathered to be written set by set.
type effects struct {
	messages  []*delivery.Message
	decisions []*Decision
	moved     []*Enrollment
	ended     []*leads.Event
	next      []workers.Job
	shown     []abtest.Shown    // the ways and offers that experiments count
	emails    map[string]*Email // those asked for so far; nil where there is none
}

// collect turns what was decided for one enrollment into effects. Points are given
// and offers granted at once, for the offers behind ask for the points and the
// e-mails show the code. The move itself stays as it is, for it may have to be
// carried out again.
func (s *Service) collect(ctx context.Context, tx db.Tx, m *move, todo *effects) error {
	if len(m.decided) == 0 { // the job came early
		todo.next = append(todo.next, m.enrollment.job())
		return nil
	}
	e := *m.enrollment
	with := mailContext{Points: m.points, Offer: e.Context.Offer}
	for _, d := range m.decided {
		row := &Decision{
			EnrollmentID: e.ID, JourneyID: e.JourneyID, VersionID: e.VersionID,
			Step: d.StepID(), Kind: string(d.Kind()), Outcome: OutcomeDone, At: m.now,
		}
		key := e.effectKey(m.journey, m.track.number, d.StepID())
		var err error
		switch d := d.(type) {
		case journey.Send:
			row.Detail.Email = d.Email
			var mail *Email
			if mail, row.Detail.Why, err = s.sendable(ctx, tx, d.Email, with, todo); err == nil && row.Detail.Why == "" {
				row.Detail.Effect = key
				err = todo.send(m, d, mail, key, with)
			}
		case journey.Award:
			row.Detail.Points = d.Points
			with.Points += d.Points
			err = s.effects.Loyalty.Award(ctx, tx, award(m, d, key))
		case journey.Offer:
			row.Detail.Offer = d.Offer
			var granted offers.Granted
			var ok bool
			granted, ok, err = s.effects.Offers.Choose(ctx, tx, e.LeadID, []string{d.Offer}, key)
			if row.Detail.Granted = granted.Offer; ok {
				with.Offer = &granted
				todo.shown = append(todo.shown, granted.Shown...)
			} else if err == nil {
				row.Detail.Why, row.Detail.If, err = s.effects.Offers.WhyNot(ctx, tx, e.LeadID, d.Offer, key)
			}
		case journey.Wait:
			row.Detail.Until = d.Until
		case journey.Turn:
			row.Detail.Then, row.Detail.If = d.Then, &d.If
		case journey.Split:
			row.Detail.Experiment, row.Detail.Variant, row.Detail.Counted = d.Experiment, d.Variant, d.Counted
			if d.Counted {
				todo.shown = append(todo.shown, abtest.Shown{Experiment: d.Experiment, Assigned: abtest.Assigned{Variant: d.Variant, Regime: d.Regime}, LeadID: e.LeadID})
			}
		}
		if err != nil {
			return fmt.Errorf("step %s: %w", d.StepID(), err)
		}
		if row.Detail.Why != "" {
			row.Outcome = OutcomeSkipped
		}
		todo.decisions = append(todo.decisions, row)
	}
	e.Context.Offer = with.Offer
	todo.settle(m, &e)
	return nil
}

func (todo *effects) send(m *move, d journey.Send, e *Email, key string, with mailContext) error {
	carried, err := with.pack()
	if err != nil {
		return err
	}
	purpose := delivery.PurposeMarketing
	if e.Definition.Requested() {
		purpose = delivery.PurposeRequested
	}
	todo.messages = append(todo.messages, &delivery.Message{
		EffectKey: key, LeadID: m.enrollment.LeadID, ContentKey: d.Email, Purpose: purpose,
		Journey: m.journey.Key, Version: m.track.number, Step: d.Step, Context: carried,
	})
	return nil
}

// award says what the points are for: the step's own reason, else the journey's name.
func award(m *move, d journey.Award, key string) loyalty.Award {
	a := loyalty.Award{LeadID: m.enrollment.LeadID, Points: d.Points, Reason: d.Reason, EffectKey: key}
	if a.Reason.Empty() {
		a.Reason = m.journey.Name
	}
	return a
}

// settle writes down where the enrollment stands after the move.
func (todo *effects) settle(m *move, e *Enrollment) {
	todo.moved = append(todo.moved, e)
	if !m.next.Ended {
		e.Step, e.DueAt = m.next.Step, m.next.Due
		todo.next = append(todo.next, e.job())
		return
	}
	last := m.decided[len(m.decided)-1]
	e.State, e.Step, e.EndedAt = EnrollmentCompleted, last.StepID(), m.now
	if last.Kind() == journey.KindExit {
		e.State = EnrollmentExited
	}
	todo.ended = append(todo.ended, e.event(leads.EventJourneyCompleted, m.journey, map[string]any{"outcome": e.State}))
}

// sendable finds an e-mail, and says why it cannot be sent from here: "" when it can.
func (s *Service) sendable(ctx context.Context, tx db.Tx, key string, with mailContext, todo *effects) (e *Email, why string, err error) {
	e, asked := todo.emails[key]
	if !asked {
		if e, err = findEmail(ctx, tx, key); err != nil && !errors.Is(err, errs.NotFound) {
			return nil, "", err
		}
		if todo.emails == nil {
			todo.emails = map[string]*Email{}
		}
		todo.emails[key] = e
	}
	switch {
	case e == nil:
		return nil, WhyNoEmail, nil
	case e.Definition.ShowsOffer() && with.Offer == nil:
		return e, WhyNoOffer, nil
	}
	return e, "", nil
}

// write stores the effects, the next jobs last: they stand for what is stored by then.
func (s *Service) write(ctx context.Context, tx db.Tx, todo *effects) error {
	if len(todo.messages) > 0 {
		if err := s.effects.Delivery.Queue(ctx, tx, todo.messages); err != nil {
			return err
		}
	}
	if len(todo.decisions) > 0 {
		if _, err := tx.NewInsert().Model(&todo.decisions).ExcludeColumn("id").Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("decisions: write: %w", err)
		}
	}
	for _, e := range todo.moved {
		if _, err := tx.NewUpdate().Model(e).Column("state", "step", "due_at", "context", "ended_at").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("enrollment %d: move: %w", e.ID, err)
		}
	}
	if err := s.leads.Record(ctx, tx, todo.ended...); err != nil {
		return err
	}
	if len(todo.shown) > 0 {
		if err := s.effects.Experiments.ExposeLeads(ctx, tx, todo.shown...); err != nil {
			return err
		}
	}
	return s.queue.Enqueue(ctx, tx, todo.next...)
}

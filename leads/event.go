package leads

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// The events that Sarnakh itself records. Names follow the Segment specification.
const (
	EventFormSubmitted     = "Form Submitted"
	EventEmailSent         = "Email Sent"
	EventEmailOpened       = "Email Opened"
	EventEmailClicked      = "Email Link Clicked"
	EventEmailHeldBack     = "Email Held Back"
	EventUnsubscribed      = "Unsubscribed"
	EventResubscribed      = "Resubscribed"
	EventPointsEarned      = "Points Earned"
	EventOfferGranted      = "Offer Granted"
	EventOfferRedeemed     = "Offer Redeemed"
	EventJourneyEntered    = "Journey Entered"
	EventJourneyCompleted  = "Journey Completed"
	EventOrderCompleted    = "Order Completed"
	EventExperimentDecided = "Experiment Decided"
	EventExperimentEntered = "Experiment Entered" // the lead was seen in a variant
	EventLeadCreated       = "Lead Created"
	EventLeadUpdated       = "Lead Updated"
	EventTagAdded          = "Tag Added"
	EventTagRemoved        = "Tag Removed"
	EventConsentGiven      = "Consent Given"
	EventConsentWithdrawn  = "Consent Withdrawn"
	EventNoteWritten       = "Note Written"
	EventNoteEdited        = "Note Edited"
	EventNoteDeleted       = "Note Deleted"
	EventSegmentEntered    = "Segment Entered"
	EventSegmentLeft       = "Segment Left"
	EventScoreChanged      = "Score Changed"
	EventPageViewed        = "Page Viewed"
	EventIdentified        = "Identified" // a visitor of a site or an app has said who they are
)

// Event is something that happened to a lead, or was done by a visitor who has
// not said yet who they are. Events are never changed.
type Event struct {
	bun.BaseModel `bun:"table:events,alias:event"`

	ID         int64          `bun:",pk,autoincrement" json:"id"`
	MessageID  string         `json:"message_id"`              // the same id twice is the same event
	LeadID     int64          `bun:",nullzero" json:"lead_id"` // 0 while unknown
	VisitorID  string         `json:"visitor_id"`
	Name       string         `json:"name"`
	Properties map[string]any `bun:"type:jsonb" json:"properties"`
	Source     string         `json:"source"`             // who reports it: "form:guide", "email:123", "api"
	OccurredAt time.Time      `json:"occurred_at"`        // when it happened
	ReceivedAt time.Time      `json:"received_at"`        // when we heard of it
	Folds      map[string]any `bun:"type:jsonb" json:"-"` // the properties as conditions see them
}

// jobDispatch offers an event to everybody who listens.
const jobDispatch = "events.dispatch"

// Record puts events on the timeline within tx and has them offered to the
// subscribers after the commit. An event whose message id is known is left out;
// its ID stays 0. Empty ids and times are filled in.
func (s *Service) Record(ctx context.Context, tx db.Tx, events ...*Event) error {
	if len(events) == 0 {
		return nil
	}
	now := s.clock.Now()
	byMessage := make(map[string]*Event, len(events))
	unique := events[:0:0]
	for _, e := range events {
		if e.MessageID == "" {
			e.MessageID = rand.Text()
		}
		if e.Properties == nil {
			e.Properties = map[string]any{}
		}
		if e.OccurredAt.IsZero() {
			e.OccurredAt = now
		}
		e.ReceivedAt = now
		e.Folds = conditions.Fold(e.Properties)
		if byMessage[e.MessageID] == nil {
			byMessage[e.MessageID] = e
			unique = append(unique, e)
		}
	}
	type key struct {
		ID        int64
		MessageID string
	}
	var made []key
	if err := tx.NewInsert().Model(&unique).ExcludeColumn("id").
		On("CONFLICT (message_id) DO NOTHING").Returning("id, message_id").Scan(ctx, &made); err != nil {
		return fmt.Errorf("events: record: %w", err)
	}
	jobs := make([]workers.Job, 0, len(made))
	for _, m := range made {
		byMessage[m.MessageID].ID = m.ID
		jobs = append(jobs, workers.Job{Kind: jobDispatch, Ref: m.ID, DueAt: now})
	}
	return s.queue.Enqueue(ctx, tx, jobs...)
}

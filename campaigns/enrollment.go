package campaigns

import (
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/offers"
	"github.com/sarnakh/sarnakh/workers"
)

// An enrollment's states.
const (
	EnrollmentActive    = "active"
	EnrollmentCompleted = "completed" // past the last step
	EnrollmentExited    = "exited"    // left at an exit
)

// Enrollment is one lead's way through one version of a journey.
type Enrollment struct {
	bun.BaseModel `bun:"table:enrollments,alias:enrollment"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	JourneyID int64     `json:"journey_id"`
	VersionID int64     `json:"version_id"`
	LeadID    int64     `json:"lead_id"`
	Entry     int       `json:"entry"`    // the lead's first, second, … time
	EventID   int64     `json:"event_id"` // what let them in
	State     string    `json:"state"`
	Step      string    `json:"step"`   // where they rest; empty before the first step
	DueAt     time.Time `json:"due_at"` // when they go on
	Context   Context   `bun:"type:jsonb" json:"context"`
	EnteredAt time.Time `json:"entered_at"`
	EndedAt   time.Time `bun:",nullzero" json:"ended_at,omitzero"`
}

// Context is what a lead was given on the way and later e-mails can show.
type Context struct {
	Offer *offers.Granted `json:"offer,omitempty"`
}

// jobAdvance takes enrollments on.
const jobAdvance = "journeys.advance"

// job is what takes the enrollment on when it is due. There is only ever one.
func (e *Enrollment) job() workers.Job {
	return workers.Job{Kind: jobAdvance, Ref: e.ID, Key: fmt.Sprintf("enrollment:%d", e.ID), DueAt: e.DueAt}
}

// position is where the interpreter finds the enrollment.
func (e *Enrollment) position() journey.State {
	if e.State != EnrollmentActive {
		return journey.State{Ended: true}
	}
	if e.Step == "" {
		return journey.State{}
	}
	return journey.State{Step: e.Step, Due: e.DueAt}
}

// effectKey is what makes a step's effect happen once.
func (e *Enrollment) effectKey(j *Journey, version int, step string) string {
	return fmt.Sprintf("journey:%s:%d:%d:%d:%s", j.Key, version, e.LeadID, e.Entry, step)
}

package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// A decision's outcomes.
const (
	OutcomeDone    = "done"
	OutcomeSkipped = "skipped" // Detail.Why says why
)

// Why a step was skipped.
const (
	WhyNoOffer = "no_offer" // the e-mail shows an offer, and none was granted
	WhyNoEmail = "no_email" // there is no such e-mail
	// An offer that was not granted has the outcome that the offers decided on:
	// offers.OutcomeNotEligible with the part that did not hold in Detail.If, and others.
)

// Decision is the answer to "why did, or did not, this lead get this?"
type Decision struct {
	bun.BaseModel `bun:"table:journey_decisions,alias:decision"`

	ID           int64     `bun:",pk,autoincrement" json:"id"`
	EnrollmentID int64     `json:"enrollment_id"`
	JourneyID    int64     `json:"-"`
	VersionID    int64     `json:"-"`
	LeadID       int64     `bun:",scanonly" json:"lead_id"`
	Step         string    `json:"step"` // empty for the end of the journey
	Kind         string    `json:"kind"` // as journey.Kind
	Outcome      string    `json:"outcome"`
	Detail       Detail    `bun:"type:jsonb" json:"detail"`
	At           time.Time `json:"at"`
}

// Detail is what a decision was about, and why it went as it did.
type Detail struct {
	Email   string                `json:"email,omitempty"`
	Points  int64                 `json:"points,omitempty"`
	Offer   string                `json:"offer,omitempty"`
	Granted string                `json:"granted,omitempty"` // the offer of the same group that was given, often this one
	Until   time.Time             `json:"until,omitzero"`
	Then    bool                  `json:"then,omitempty"`
	If      *conditions.Condition `json:"if,omitempty"` // a branch's, or what an offer asks for and did not hold
	// Experiment and Variant are of a split: the way that was taken. Counted says that the
	// person takes part; who does not goes the way of the first version.
	Experiment string `json:"experiment,omitempty"`
	Variant    string `json:"variant,omitempty"`
	Counted    bool   `json:"counted,omitempty"`
	// Effect is the key under which delivery knows the message of a decision to send.
	Effect string `json:"effect,omitempty"`
	Why    string `json:"why,omitempty"`
}

// Decisions returns the newest decisions of a journey, going back from the one with
// id before (0: from the newest), and whether there are more.
func (s *Service) Decisions(ctx context.Context, j *Journey, before int64, limit int) (page []*Decision, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).ColumnExpr("decision.*, enrollment.lead_id").
		Join("JOIN enrollments AS enrollment ON enrollment.id = decision.enrollment_id").
		Where("decision.journey_id = ?", j.ID).Order("decision.id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("decision.id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("journey %s: decisions: %w", j.Key, err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

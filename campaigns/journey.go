package campaigns

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// A journey's states.
const (
	StateActive = "active"
	StatePaused = "paused" // people may enter, but nobody is taken on
)

// Journey is a path that leads are taken along.
type Journey struct {
	bun.BaseModel `bun:"table:journeys,alias:journey"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	Key       string    `json:"key"`
	Name      i18n.Text `bun:"type:jsonb" json:"name"`
	State     string    `json:"state"`
	VersionID int64     `json:"-"` // the one that new people begin
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Version is what a journey said at a time. It is never changed: whoever began it
// stays on it.
type Version struct {
	bun.BaseModel `bun:"table:journey_versions,alias:version"`

	ID         int64              `bun:",pk,autoincrement" json:"-"`
	JourneyID  int64              `json:"-"`
	Number     int                `json:"number"`
	Definition journey.Definition `bun:"type:jsonb" json:"definition"`
	CreatedAt  time.Time          `json:"created_at"`
}

package segments

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/leads"
)

// Definition is a segment as it is written down.
type Definition struct {
	manifest.Head `yaml:",inline"`
	Name          i18n.Text `json:"name" yaml:"name" validate:"required"`
	Description   i18n.Text `json:"description,omitempty" yaml:"description,omitempty"`
	// Static segments are filled by hand; the others by their condition.
	Static bool `json:"static,omitempty" yaml:"static,omitempty"`
	// Condition says who is in a segment that is not static; everybody when absent.
	Condition *conditions.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`
}

// KindName is the word after "kind:" in campaign files.
const KindName = "segment"

// What a name and a description may have, in characters.
const (
	longestName        = 80
	longestDescription = 500
)

// Refs are the segments and experiments that the condition names.
func (d *Definition) Refs() []manifest.Ref { return leads.ConditionRefs(d.Condition, "condition") }

// Who is the condition, that of everybody when absent.
func (d *Definition) Who() conditions.Condition {
	if d.Condition == nil {
		return conditions.Condition{}
	}
	return *d.Condition
}

// Check says what no tag can.
func (d *Definition) Check() error {
	bad := errs.Fields{}
	if d.Key == "new" {
		bad["key"] = "is the address of the page for new segments; choose another"
	}
	if d.Name.Empty() {
		bad["name"] = "is needed"
	}
	if tooLong(d.Name, longestName) {
		bad["name"] = fmt.Sprintf("at most %d characters", longestName)
	}
	if tooLong(d.Description, longestDescription) {
		bad["description"] = fmt.Sprintf("at most %d characters", longestDescription)
	}
	switch err := d.Who().Check(); {
	case err != nil:
		bad["condition"] = err.Error()
	case d.Static && d.Condition != nil:
		bad["condition"] = "a static segment is filled by hand and has no condition"
	}
	return bad.OrNil()
}

func tooLong(t i18n.Text, most int) bool {
	for _, text := range t {
		if utf8.RuneCountInString(text) > most {
			return true
		}
	}
	return false
}

// State is how far a segment's members are.
type State string

// The states. A failed segment keeps the members that it had.
const (
	Filling State = "filling"
	Ready   State = "ready"
	Failed  State = "failed"
)

// Segment is a stored segment.
type Segment struct {
	bun.BaseModel `bun:"table:segments,alias:segment"`

	ID         int64      `bun:",pk,autoincrement" json:"id"`
	Key        string     `json:"key"`
	Definition Definition `bun:"type:jsonb" json:"definition"`
	State      State      `json:"state"`
	Revision   int64      `json:"-"`                                    // of the condition
	FilledTo   int64      `json:"-"`                                    // while filling: members up to this lead are settled
	Size       int64      `json:"size"`                                 // how many are in
	ComputedAt time.Time  `bun:",nullzero" json:"computed_at,omitzero"` // when all members were last settled
	TookMS     int64      `bun:"took_ms" json:"took_ms"`                // how long that took
	Failure    string     `bun:"failure" json:"failure,omitempty"`      // why it failed
	CreatedAt  time.Time  `json:"created_at"`                           //
	UpdatedAt  time.Time  `json:"updated_at"`                           // of the definition
}

// dynamic says whether a condition decides who is in.
func (s *Segment) dynamic() bool { return !s.Definition.Static }

// settled says whether a lead's membership was up to date before what is looked at
// now, so that a change is something that happened to the lead.
func (s *Segment) settled(lead int64) bool { return s.State != Filling || lead <= s.FilledTo }

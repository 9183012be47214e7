package tracking

import (
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// outcome is what became of each message of a call: notes for the page, in the order of
// the batch, and what was refused.
func (s *Service) outcome(c *call, results []result) ([]Entry, []refusal) {
	now := s.clock.Now()
	notes := make([]Entry, 0, len(c.messages)+len(c.refused))
	refusals := slices.Clone(c.refused)
	for i, m := range c.messages {
		e := Entry{At: now, Kind: m.kind, Name: m.eventName(), State: stateAccepted, LeadID: results[i].leadID}
		if e.LeadID == 0 {
			e.Visitor = clip(m.visitor, 10)
		}
		switch {
		case results[i].err != nil:
			bad, _ := errs.AsFields(results[i].err)
			field, why := only(bad)
			e.State, e.Field, e.Why = stateRefused, field, why
			refusals = append(refusals, refusal{index: m.index, id: m.id, field: field, why: why})
		case results[i].known:
			e.State = stateRepeated
		case results[i].erased:
			e.State, e.Why = stateRefused, "errors.tracking.erased"
		}
		notes = append(notes, e)
	}
	for _, f := range c.refused {
		notes = append(notes, Entry{At: now, Kind: f.kind, Name: f.name, State: stateRefused, Field: f.field, Why: f.why})
	}
	slices.SortFunc(refusals, func(a, b refusal) int { return a.index - b.index })
	return notes, refusals
}

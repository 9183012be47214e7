package journey

import (
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// State is where a person stands in a journey. The zero State stands before the
// first step.
type State struct {
	Step  string    `json:"step,omitempty"` // the wait they rest at
	Due   time.Time `json:"due,omitzero"`   // when the rest is over
	Ended bool      `json:"ended,omitempty"`
}

// Advance takes a person on from where they stand until they must wait or the
// journey ends, and returns what was decided on the way, in order. Before a wait is
// over, and after the end, nothing is decided and the state stays as it is.
//
// The facts are those of the time now; points awarded on the way count at the
// branches that follow. The ways are those of the program's splits. Each step is reached at most once, for steps only ever
// lead on.
func Advance(p *Program, s State, facts conditions.Facts, ways Ways, now time.Time) ([]Decision, State) {
	if s.Ended || now.Before(s.Due) {
		return nil, s
	}
	at := 0
	if s.Step != "" {
		resting, known := p.index[s.Step]
		if !known {
			// The step went with the version it was in. The journey has no place for
			// this person any more.
			return []Decision{Exit{s.Step}}, State{Ended: true}
		}
		at = p.nodes[resting].next
	}
	var out []Decision
	for at != end {
		n := &p.nodes[at]
		at = n.next
		switch n.kind {
		case KindSend:
			out = append(out, Send{n.id, n.step.Send})
		case KindAward:
			out = append(out, Award{n.id, n.step.Award, n.step.Reason})
			facts = facts.With(conditions.NumberPoints, float64(n.step.Award))
		case KindOffer:
			out = append(out, Offer{n.id, n.step.Offer})
		case KindWait:
			until := now.Add(n.step.Wait.Duration())
			return append(out, Wait{n.id, until}), State{Step: n.id, Due: until}
		case KindBranch:
			holds := n.step.Branch.If.Match(facts, now)
			out = append(out, Turn{n.id, holds, n.step.Branch.If})
			if at = n.els; holds {
				at = n.then
			}
		case KindSplit:
			took := n.way(ways)
			out = append(out, took)
			at = n.ways[took.Variant]
		case KindExit:
			return append(out, Exit{n.id}), State{Ended: true}
		}
	}
	return append(out, Complete{}), State{Ended: true}
}

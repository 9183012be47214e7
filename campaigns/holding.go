package campaigns

import "github.com/sarnakh/sarnakh/leads"

// holdings is what we keep about leads: their ways through journeys, which end where they
// are when the lead is erased. The first entry into a journey that both of two merged
// leads made stays with the one that is gone, and ends there: see endGone.
func holdings() []leads.Holding {
	journey := map[string]string{"journey_id": "journeys.key"}
	return []leads.Holding{
		{Table: "enrollments", Key: []string{"id"}, Unique: [][]string{{"journey_id", "entry"}}, Names: journey, Erase: leads.Erasure{Set: map[string]string{
			"context": "'{}'", "state": "CASE WHEN state = 'active' THEN 'exited' ELSE state END", "ended_at": "coalesce(ended_at, ?)",
		}}},
		{Table: "journey_decisions", Key: []string{"id"}, Lead: "enrollment_id", Through: "enrollments", Names: journey, Erase: leads.Erasure{Set: map[string]string{"detail": "'{}'"}}},
	}
}

package abtest

import "github.com/sarnakh/sarnakh/leads"

// holdings is what we keep about leads: which visitor was who. That somebody saw a
// variant and came to the goal counts on when that is forgotten.
func holdings() []leads.Holding {
	return []leads.Holding{{Table: "exposures", Key: []string{"experiment_id", "visitor_id"}, Names: map[string]string{"experiment_id": "experiments.key"}, Hide: []string{"regime"},
		Erase: leads.Erasure{Set: map[string]string{"lead_id": "NULL"}}}}
}

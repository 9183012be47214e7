package scoring

import "github.com/sarnakh/sarnakh/leads"

// holdings is what we keep about leads: scores, which follow from everything else.
func holdings() []leads.Holding {
	return []leads.Holding{
		{Table: "score_parts", Key: []string{"rule_id"}, Derived: true, Names: map[string]string{"rule_id": "scoring_rules.key"}, Erase: leads.Erasure{Delete: true}},
		{Table: "lead_scores", Key: []string{"lead_id"}, Derived: true, Erase: leads.Erasure{Delete: true}},
	}
}

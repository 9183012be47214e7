package offers

import "github.com/sarnakh/sarnakh/leads"

// holdings is what we keep about leads. Codes that were given and what they were worth
// stay for the books when the lead is erased; why somebody got an offer does not.
func holdings() []leads.Holding {
	offer := map[string]string{"offer_id": "offers.key"}
	return []leads.Holding{
		{Table: "offer_grants", Key: []string{"id"}, Unique: [][]string{{"offer_id", "cause"}, {"offer_id", "ordinal"}}, Hide: []string{"code_norm", "ordinal"}, Names: offer,
			Erase: leads.Erasure{Set: map[string]string{"cause": "'erased:' || id", "order_id": "''"}}},
		{Table: "offer_decisions", Key: []string{"id"}, Unique: [][]string{{"cause", "offer_id"}}, Names: offer,
			Erase: leads.Erasure{Set: map[string]string{"cause": "'erased:' || id", "failed": "NULL"}}},
	}
}

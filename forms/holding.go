package forms

import "github.com/sarnakh/sarnakh/leads"

// holdings is what we keep about leads: who sent which form stays countable when the
// answers are erased.
func holdings() []leads.Holding {
	return []leads.Holding{{Table: "submissions", Key: []string{"id"}, Hide: []string{"once"}, Names: map[string]string{"form_id": "forms.key"}, Erase: leads.Erasure{Set: map[string]string{
		"answers": "'{}'", "page": "''", "visitor_id": "''", "once": "'erased:' || id",
	}}}}
}

package loyalty

import "github.com/sarnakh/sarnakh/internal/web"

type pages struct {
	*Service
	kit *web.Kit
}

// Routes is the page of the programme and its API.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /loyalty", Access: web.Staff, Handle: p.show},

		{Pattern: "GET /api/v1/loyalty", Access: web.Staff, Scope: "loyalty:read", Handle: s.apiProgramme, Doc: &web.Operation{
			Tag: "Loyalty", Summary: "Read the programme", Text: "Its figures and the earning rules with what each has given.", Answer: programme{},
		}},
		{Pattern: "GET /api/v1/leads/{id}/points", Access: web.Staff, Scope: "loyalty:read", Handle: s.apiPoints, Doc: &web.Operation{
			Tag: "Loyalty", Summary: "Read a lead's points", Text: "The balance and the newest 100 entries of the ledger.", Answer: account{},
		}},
		{Pattern: "POST /api/v1/leads/{id}/points", Access: web.Staff, Scope: "loyalty:write", Handle: s.apiBook, Doc: &web.Operation{
			Tag: "Loyalty", Summary: "Award, redeem or adjust points",
			Text: "The same `key` again changes nothing. Answers with the account as it is then; points that are not there are refused with 409.",
			Body: booking{}, Answer: account{},
		}},
	}
}

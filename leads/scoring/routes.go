package scoring

import "github.com/sarnakh/sarnakh/internal/web"

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /scoring", Access: web.Staff, Handle: p.board},
		{Pattern: "GET /scoring/rules/new", Access: web.Staff, Handle: p.newRule},
		{Pattern: "POST /scoring/rules", Access: web.Staff, Handle: p.postRule},
		{Pattern: "GET /scoring/rules/{key}", Access: web.Staff, Handle: p.editRule},
		{Pattern: "POST /scoring/rules/{key}", Access: web.Staff, Handle: p.postRule},
		{Pattern: "GET /scoring/grades", Access: web.Staff, Handle: p.editScale},
		{Pattern: "POST /scoring/grades", Access: web.Staff, Handle: p.postScale},
		{Pattern: "GET /leads/{id}/score", Access: web.Staff, Handle: p.lead},

		{Pattern: "GET /api/v1/scoring", Access: web.Staff, Scope: "scoring:read", Handle: s.apiRead, Doc: &web.Operation{
			Tag: "Scoring", Summary: "Read the scoring", Text: "The rules with what they count, the grades, and how many leads have which.", Answer: apiScoring{},
		}},
		{Pattern: "PUT /api/v1/scoring/rules/{key}", Access: web.Staff, Scope: "scoring:write", Handle: s.apiPutRule, Doc: &web.Operation{
			Tag: "Scoring", Summary: "Make or change a rule", Text: "Everybody's score is worked out anew in the background.", Body: Rule{}, Answer: Rule{},
		}},
		{Pattern: "PUT /api/v1/scoring/grades", Access: web.Staff, Scope: "scoring:write", Handle: s.apiPutScale, Doc: &web.Operation{
			Tag: "Scoring", Summary: "Set the grades", Text: "From the best to the least, each with the score it begins at.", Body: apiScale{}, Answer: apiScale{},
		}},
		{Pattern: "GET /api/v1/leads/{id}/score", Access: web.Staff, Scope: "scoring:read", Handle: s.apiLead, Doc: &web.Operation{
			Tag: "Scoring", Summary: "Read a lead's score", Text: "With what each rule counts in it.", Answer: apiScore{},
		}},
	}
}

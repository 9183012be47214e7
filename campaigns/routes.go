package campaigns

import "github.com/sarnakh/sarnakh/internal/web"

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /journeys", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /journeys/{key}", Access: web.Staff, Handle: p.detail},
		{Pattern: "POST /journeys/{key}/pause", Access: web.Staff, Handle: p.pause},
		{Pattern: "POST /journeys/{key}/resume", Access: web.Staff, Handle: p.resume},
		{Pattern: "GET /emails/{key}", Access: web.Staff, Handle: p.email},
		{Pattern: "GET /emails/{key}/preview", Access: web.Staff, Handle: p.preview},

		{Pattern: "GET /api/v1/journeys", Access: web.Staff, Scope: "journeys:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Journeys", Summary: "List the journeys", Text: "By their keys, with how many people came, are inside and left, and what became of the e-mails.",
			Answer: web.List[apiJourney]{},
		}},
		{Pattern: "GET /api/v1/journeys/{key}", Access: web.Staff, Scope: "journeys:read", Handle: s.apiDetail, Doc: &web.Operation{
			Tag: "Journeys", Summary: "Read a journey", Text: "With its newest version and the figures of each step.", Answer: apiVersion{},
		}},
		{Pattern: "POST /api/v1/journeys/{key}/pause", Access: web.Staff, Scope: "journeys:write", Handle: s.apiPause, Doc: &web.Operation{
			Tag: "Journeys", Summary: "Pause a journey", Text: "People may still enter it, but nobody is taken on. Answers with the journey as it is then.", Answer: apiVersion{},
		}},
		{Pattern: "POST /api/v1/journeys/{key}/resume", Access: web.Staff, Scope: "journeys:write", Handle: s.apiResume, Doc: &web.Operation{
			Tag: "Journeys", Summary: "Let a paused journey go on", Text: "Answers with the journey as it is then.", Answer: apiVersion{},
		}},
	}
}

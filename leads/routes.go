package leads

import "github.com/sarnakh/sarnakh/internal/web"

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /leads", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /leads/{id}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /api/v1/leads", Access: web.Staff, Scope: "leads:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Leads", Summary: "List and search the leads", Text: "The newest first.", Answer: web.List[*Lead]{},
			Query: []web.Param{{Name: "q", Text: "Part of a name, an e-mail address or a phone number."}},
		}},
		{Pattern: "GET /api/v1/leads/{id}", Access: web.Staff, Scope: "leads:read", Handle: s.apiDetail, Doc: &web.Operation{
			Tag: "Leads", Summary: "Read a lead", Text: "With the consents and the newest 50 events.", Answer: apiLead{},
		}},
		{Pattern: "GET /api/v1/leads/{id}/events", Access: web.Staff, Scope: "leads:read", Handle: s.apiEvents, Doc: &web.Operation{
			Tag: "Leads", Summary: "List what a lead did", Text: "The newest first.", Answer: web.List[*Event]{},
		}},
	}
}

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

		{Pattern: "GET /api/v1/journeys", Access: web.Staff, Handle: s.apiList},
		{Pattern: "GET /api/v1/journeys/{key}", Access: web.Staff, Handle: s.apiDetail},
		{Pattern: "POST /api/v1/journeys/{key}/pause", Access: web.Staff, Handle: s.apiPause},
		{Pattern: "POST /api/v1/journeys/{key}/resume", Access: web.Staff, Handle: s.apiResume},
	}
}

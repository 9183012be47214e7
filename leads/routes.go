package leads

import "github.com/sarnakh/sarnakh/internal/web"

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /leads", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /leads/{id}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /api/v1/leads", Access: web.Staff, Handle: s.apiList},
		{Pattern: "GET /api/v1/leads/{id}", Access: web.Staff, Handle: s.apiDetail},
	}
}

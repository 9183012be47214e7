package abtest

import "github.com/sarnakh/sarnakh/internal/web"

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /experiments", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /experiments/{key}", Access: web.Staff, Handle: p.report},
		{Pattern: "GET /api/v1/experiments", Access: web.Staff, Handle: s.apiList},
		{Pattern: "GET /api/v1/experiments/{key}", Access: web.Staff, Handle: s.apiReport},
	}
}

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

		{Pattern: "GET /api/v1/loyalty", Access: web.Staff, Handle: s.apiProgramme},
		{Pattern: "GET /api/v1/leads/{id}/points", Access: web.Staff, Handle: s.apiPoints},
		{Pattern: "POST /api/v1/leads/{id}/points", Access: web.Staff, Handle: s.apiBook},
	}
}

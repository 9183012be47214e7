package offers

import "github.com/sarnakh/sarnakh/internal/web"

type pages struct {
	*Service
	kit *web.Kit
}

// Routes is the pages of the offers, the page that shows a lead their code, and the
// API for tills.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /o/{code}", Access: web.Visitors, Handle: p.showCode},

		{Pattern: "GET /offers", Access: web.Staff, Handle: p.list},
		{Pattern: "POST /offers/redeem", Access: web.Staff, Handle: p.redeem},
		{Pattern: "GET /offers/{key}", Access: web.Staff, Handle: p.detail},

		{Pattern: "GET /api/v1/offers", Access: web.Staff, Handle: s.apiList},
		{Pattern: "POST /api/v1/offers/redeem", Access: web.Staff, Handle: s.apiRedeem},
		{Pattern: "GET /api/v1/offers/{key}", Access: web.Staff, Handle: s.apiDetail},
		{Pattern: "POST /api/v1/offers/{key}/grants", Access: web.Staff, Handle: s.apiGrant},
	}
}

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

		{Pattern: "GET /api/v1/offers", Access: web.Staff, Scope: "offers:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Offers", Summary: "List the offers", Text: "By their keys, each with what became of its codes.", Answer: web.List[apiOffer]{},
		}},
		{Pattern: "POST /api/v1/offers/redeem", Access: web.Staff, Scope: "offers:write", Handle: s.apiRedeem, Doc: &web.Operation{
			Tag: "Offers", Summary: "Redeem a code",
			Text: "Once: the same `order_id` again is the same success, another order is refused with 409, and a code whose time is over with 410.",
			Body: redemption{}, Answer: redeemed{},
		}},
		{Pattern: "GET /api/v1/offers/{key}", Access: web.Staff, Scope: "offers:read", Handle: s.apiDetail, Doc: &web.Operation{
			Tag: "Offers", Summary: "Read an offer", Text: "With its newest 100 codes, and why each of the newest 100 candidates did or did not get it.", Answer: apiOfferDetail{},
		}},
		{Pattern: "POST /api/v1/offers/{key}/grants", Access: web.Staff, Scope: "offers:write", Handle: s.apiGrant, Doc: &web.Operation{
			Tag: "Offers", Summary: "Give a lead an offer by hand", Text: "The same `cause` again answers with the same code.", Body: gift{}, Answer: Granted{},
		}},
	}
}

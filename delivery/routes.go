package delivery

import "github.com/sarnakh/sarnakh/internal/web"

// Routes are where the links in our e-mails lead.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /t/o/{token}", Access: web.Visitors, Handle: p.open},
		{Pattern: "GET /t/c/{token}", Access: web.Visitors, Handle: p.click},
		{Pattern: "GET /t/u/{token}", Access: web.Visitors, Handle: p.ask},
		// Mail programs press the button from wherever they are, and our own page
		// does not say where it is. The token is all the authority there is.
		{Pattern: "POST /t/u/{token}", Access: web.Visitors, Handle: p.unsubscribe, CrossOrigin: true},
		{Pattern: "POST /t/u/{token}/undo", Access: web.Visitors, Handle: p.resubscribe, CrossOrigin: true},
	}
}

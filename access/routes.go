package access

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// pages answers the requests of this feature.
type pages struct {
	*Service
	kit *web.Kit
}

// Routes is the way in and the page of API keys.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /setup", Access: web.Visitors, Handle: p.showSetup},
		{Pattern: "POST /setup", Access: web.Visitors, Handle: p.postSetup},
		{Pattern: "GET /signin", Access: web.Visitors, Handle: p.showSignIn},
		{Pattern: "POST /signin", Access: web.Visitors, Handle: p.postSignIn},
		{Pattern: "GET /signin/link", Access: web.Visitors, Handle: p.showLink},
		{Pattern: "POST /signin/link", Access: web.Visitors, Handle: p.postLink},
		{Pattern: "POST /signout", Access: web.Visitors, Handle: p.postSignOut},

		{Pattern: "GET /settings/keys", Access: web.Staff, Handle: p.showKeys},
		{Pattern: "POST /settings/keys", Access: web.Staff, Handle: p.postKey},
		{Pattern: "POST /settings/keys/{id}/revoke", Access: web.Staff, Handle: p.postRevoke},

		{Pattern: "GET /api/v1/keys", Access: web.Staff, Scope: "keys:read", Handle: s.apiListKeys, Doc: &web.Operation{
			Tag: "API keys", Summary: "List the API keys", Text: "The newest first, without their secrets.", Answer: web.List[*Key]{},
		}},
		{Pattern: "POST /api/v1/keys", Access: web.Staff, Scope: "keys:write", Handle: s.apiCreateKey, Doc: &web.Operation{
			Tag: "API keys", Summary: "Create an API key", Text: "The answer holds the key itself, for the only time. `scopes` are what it may do, as `leads:read`, or `*` for everything; a key cannot create one that may do more than itself.",
			Body: newKey{}, Answer: madeKey{}, Status: http.StatusCreated,
		}},
		{Pattern: "DELETE /api/v1/keys/{id}", Access: web.Staff, Scope: "keys:write", Handle: s.apiRevokeKey, Doc: &web.Operation{
			Tag: "API keys", Summary: "Revoke an API key", Text: "Whatever uses it is refused from then on. Revoking it again changes nothing.", Answer: revoked{},
		}},
	}
}

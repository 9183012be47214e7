package webhooks

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// pages answers the requests of this feature.
type pages struct {
	*Service
	kit *web.Kit
}

const (
	tag       = "Webhooks"
	scopeRead = "webhooks:read"
	scopeDo   = "webhooks:write"
)

// Routes is the pages of the webhooks and their API.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return append(p.pageRoutes(), s.apiRoutes()...)
}

func (p pages) pageRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /webhooks", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /webhooks/new", Access: web.Staff, Handle: p.showNew},
		{Pattern: "POST /webhooks", Access: web.Staff, Handle: p.create},
		{Pattern: "GET /webhooks/{id}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /webhooks/{id}/edit", Access: web.Staff, Handle: p.showEdit},
		{Pattern: "POST /webhooks/{id}/edit", Access: web.Staff, Handle: p.update},
		{Pattern: "POST /webhooks/{id}/enable", Access: web.Staff, Handle: p.enable},
		{Pattern: "POST /webhooks/{id}/disable", Access: web.Staff, Handle: p.disable},
		{Pattern: "POST /webhooks/{id}/delete", Access: web.Staff, Handle: p.remove},
		{Pattern: "POST /webhooks/{id}/rotate", Access: web.Staff, Handle: p.rotate},
		{Pattern: "POST /webhooks/{id}/test", Access: web.Staff, Handle: p.test},
		{Pattern: "POST /webhooks/{id}/replay", Access: web.Staff, Handle: p.replayFailed},
		{Pattern: "GET /webhooks/{id}/deliveries/{delivery}", Access: web.Staff, Handle: p.delivery},
		{Pattern: "POST /webhooks/{id}/deliveries/{delivery}/replay", Access: web.Staff, Handle: p.replay},
	}
}

func (s *Service) apiRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /api/v1/webhooks", Access: web.Staff, Scope: scopeRead, Handle: s.apiList, Doc: &web.Operation{
			Tag: tag, Summary: "List the webhooks", Text: "By their ids, each with how it has fared in the last 24 hours.", Answer: web.List[apiEndpoint]{},
		}},
		{Pattern: "POST /api/v1/webhooks", Access: web.Staff, Scope: scopeDo, Handle: s.apiCreate, Doc: &web.Operation{
			Tag: tag, Summary: "Create a webhook",
			Text: "Without `events` it is told of everything. The answer holds the secret that messages are signed with, by the Standard Webhooks specification.",
			Body: Input{}, Answer: apiSecret{}, Status: http.StatusCreated,
		}},
		{Pattern: "GET /api/v1/webhooks/{id}", Access: web.Staff, Scope: scopeRead, Handle: s.apiDetail, Doc: &web.Operation{
			Tag: tag, Summary: "Read a webhook", Answer: apiEndpoint{},
		}},
		{Pattern: "PUT /api/v1/webhooks/{id}", Access: web.Staff, Scope: scopeDo, Handle: s.apiUpdate, Doc: &web.Operation{
			Tag: tag, Summary: "Change a webhook", Text: "Its secret and state stay as they are.", Body: apiChange{}, Answer: apiEndpoint{},
		}},
		{Pattern: "DELETE /api/v1/webhooks/{id}", Access: web.Staff, Scope: scopeDo, Handle: s.apiDelete, Doc: &web.Operation{
			Tag: tag, Summary: "Delete a webhook", Text: "Its log goes with it.", Status: http.StatusNoContent,
		}},
		{Pattern: "POST /api/v1/webhooks/{id}/enable", Access: web.Staff, Scope: scopeDo, Handle: s.apiSwitch(s.Enable), Doc: &web.Operation{
			Tag: tag, Summary: "Switch a webhook on", Answer: apiEndpoint{},
		}},
		{Pattern: "POST /api/v1/webhooks/{id}/disable", Access: web.Staff, Scope: scopeDo, Handle: s.apiSwitch(s.Disable), Doc: &web.Operation{
			Tag: tag, Summary: "Switch a webhook off", Text: "It is told of nothing that happens meanwhile, and what still waits for it is given up.", Answer: apiEndpoint{},
		}},
		{Pattern: "GET /api/v1/webhooks/{id}/secret", Access: web.Staff, Scope: scopeDo, Handle: s.apiShowSecret, Doc: &web.Operation{
			Tag: tag, Summary: "Read a webhook's secret", Text: "409 when it was sealed under another secret of the installation: it needs a new one.", Answer: apiSecret{},
		}},
		{Pattern: "POST /api/v1/webhooks/{id}/rotate", Access: web.Staff, Scope: scopeDo, Handle: s.apiRotate, Doc: &web.Operation{
			Tag: tag, Summary: "Give a webhook a new secret",
			Text: "For `keep_hours` (24 if not said, 0 for not at all) messages carry two signatures, so that the receiver can change over in its own time. Without a body a secret is made.",
			Body: apiRotation{}, Answer: apiSecret{},
		}},
		{Pattern: "POST /api/v1/webhooks/{id}/test", Access: web.Staff, Scope: scopeDo, Handle: s.apiTest, Doc: &web.Operation{
			Tag: tag, Summary: "Send a webhook a made-up event", Text: "Of the type `webhook.tested`.", Answer: &Delivery{}, Status: http.StatusAccepted,
		}},
		{Pattern: "POST /api/v1/webhooks/{id}/replay", Access: web.Staff, Scope: scopeDo, Handle: s.apiReplayFailed, Doc: &web.Operation{
			Tag: tag, Summary: "Send again what was given up", Text: "All deliveries that failed of those written since a time.",
			Body: apiSince{}, Answer: apiReplayed{}, Status: http.StatusAccepted,
		}},
		{Pattern: "GET /api/v1/webhooks/{id}/deliveries", Access: web.Staff, Scope: scopeRead, Handle: s.apiDeliveries, Doc: &web.Operation{
			Tag: tag, Summary: "List a webhook's deliveries", Text: "The newest first, 30 days back.", Answer: web.List[*Delivery]{},
			Query: []web.Param{{Name: "state", Text: "Only those in this state.", Enum: states}},
		}},
		{Pattern: "GET /api/v1/webhooks/{id}/deliveries/{delivery}", Access: web.Staff, Scope: scopeRead, Handle: s.apiDelivery, Doc: &web.Operation{
			Tag: tag, Summary: "Read a delivery", Text: "With the body that is sent and all attempts.", Answer: apiDelivery{},
		}},
		{Pattern: "POST /api/v1/webhooks/deliveries/{id}/replay", Access: web.Staff, Scope: scopeDo, Handle: s.apiReplay, Doc: &web.Operation{
			Tag: tag, Summary: "Send a delivery again", Text: "The same body under the same `webhook-id`. One that waits for its next try is tried now.",
			Answer: &Delivery{}, Status: http.StatusAccepted,
		}},
	}
}

package tracking

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/workers"
)

type pages struct {
	*Service
	kit *web.Kit
}

// wireRoom is what a body may hold beyond its limit, so that one which is a little too
// large is answered and not cut off.
const wireRoom = 64 << 10

// Routes is what sources call, the script for browsers, the pages and the API.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	var routes []web.Route
	for _, c := range calls {
		kind := c.kind
		routes = append(routes, web.Route{
			Pattern: "POST /v1/" + c.path, Access: web.Visitors, CrossOrigin: true, MaxBody: maxBatch + wireRoom,
			Handle: p.receive(kind), Doc: c.doc(),
		})
	}
	return append(routes,
		web.Route{Pattern: "OPTIONS /v1/{call}", Access: web.Visitors, CrossOrigin: true, Handle: scripts.Preflight, Doc: &web.Operation{
			Tag: tagTracking, Summary: "Ask whether a page of another site may call", Text: "As browsers do before a call. It may.", Status: http.StatusNoContent,
		}},
		web.Route{Pattern: "GET /t.js", Access: web.Visitors, Handle: p.script},

		web.Route{Pattern: "GET /sources", Access: web.Staff, Handle: p.list},
		web.Route{Pattern: "POST /sources", Access: web.Staff, Handle: p.create},
		web.Route{Pattern: "GET /sources/{id}", Access: web.Staff, Handle: p.detail},
		web.Route{Pattern: "POST /sources/{id}", Access: web.Staff, Handle: p.change},
		web.Route{Pattern: "GET /sources/{id}/recent", Access: web.Staff, Handle: p.recentPart},
		web.Route{Pattern: "POST /sources/{id}/rotate", Access: web.Staff, Handle: p.rotate},
		web.Route{Pattern: "POST /sources/{id}/enable", Access: web.Staff, Handle: p.enable},
		web.Route{Pattern: "POST /sources/{id}/disable", Access: web.Staff, Handle: p.disable},

		web.Route{Pattern: "GET /api/v1/sources", Access: web.Staff, Scope: "sources:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Sources", Summary: "List the sources", Text: "The web sites, apps and shops that may send events, by their ids.", Answer: web.List[*Source]{},
		}},
		web.Route{Pattern: "POST /api/v1/sources", Access: web.Staff, Scope: "sources:write", Handle: s.apiCreate, Doc: &web.Operation{
			Tag: "Sources", Summary: "Create a source", Text: "The answer holds its write key.", Body: newSource{}, Answer: &Source{}, Status: http.StatusCreated,
		}},
		web.Route{Pattern: "GET /api/v1/sources/{id}", Access: web.Staff, Scope: "sources:read", Handle: s.apiDetail, Doc: &web.Operation{
			Tag: "Sources", Summary: "Read a source", Text: "With what became of its last messages, at most 50 of the last day.", Answer: sourceDetail{},
		}},
		web.Route{Pattern: "PUT /api/v1/sources/{id}", Access: web.Staff, Scope: "sources:write", Handle: s.apiChange, Doc: &web.Operation{
			Tag: "Sources", Summary: "Change a source", Body: sourceBody{}, Answer: &Source{},
		}},
		web.Route{Pattern: "POST /api/v1/sources/{id}/rotate", Access: web.Staff, Scope: "sources:write", Handle: s.apiRotate, Doc: &web.Operation{
			Tag: "Sources", Summary: "Give a source a new write key", Text: "What is sent with the old one is refused from then on.", Answer: &Source{},
		}},
		web.Route{Pattern: "POST /api/v1/sources/{id}/enable", Access: web.Staff, Scope: "sources:write", Handle: s.apiEnable(true), Doc: &web.Operation{
			Tag: "Sources", Summary: "Take what a source sends", Answer: &Source{},
		}},
		web.Route{Pattern: "POST /api/v1/sources/{id}/disable", Access: web.Staff, Scope: "sources:write", Handle: s.apiEnable(false), Doc: &web.Operation{
			Tag: "Sources", Summary: "Refuse what a source sends", Answer: &Source{},
		}},
	)
}

// RegisterJobs has browsers forgotten that have not said for long whose they are.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Every("tracking.forget", visitorPeriod, s.forgetVisitors)
}

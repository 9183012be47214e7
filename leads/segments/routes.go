package segments

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// largeBody takes a few thousand pasted addresses.
const largeBody = 1 << 20

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /segments", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /segments/new", Access: web.Staff, Handle: p.newPage},
		{Pattern: "POST /segments/new", Access: web.Staff, Handle: p.postEdit},
		{Pattern: "GET /segments/{key}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /segments/{key}/edit", Access: web.Staff, Handle: p.editPage},
		{Pattern: "POST /segments/{key}/edit", Access: web.Staff, Handle: p.postEdit},
		{Pattern: "POST /segments/{key}/members", Access: web.Staff, Handle: p.change, MaxBody: largeBody},
		{Pattern: "POST /segments/{key}/delete", Access: web.Staff, Handle: p.remove},
		{Pattern: "GET /segments/{key}/why", Access: web.Staff, Handle: p.why},
		{Pattern: "GET /leads/{id}/segments", Access: web.Staff, Handle: p.ofLead},

		{Pattern: "GET /api/v1/segments", Access: web.Staff, Scope: "segments:read", Handle: p.apiList, Doc: &web.Operation{
			Tag: "Segments", Summary: "List the segments", Text: "By their keys.", Answer: web.List[*apiSegment]{},
		}},
		{Pattern: "POST /api/v1/segments", Access: web.Staff, Scope: "segments:write", Handle: p.apiCreate, Doc: &web.Operation{
			Tag: "Segments", Summary: "Make a segment",
			Text: "With a `condition`, it is filled in the background: `state` is `filling` until then. With `static`, its members are added by hand. A key that is taken is refused with 409.",
			Body: apiDefinition{}, Answer: apiSegment{}, Status: http.StatusCreated,
		}},
		{Pattern: "POST /api/v1/segments/preview", Access: web.Staff, Scope: "segments:read", Handle: p.apiPreview, Doc: &web.Operation{
			Tag: "Segments", Summary: "Count a condition",
			Text: "How many leads it finds now, the newest ten of them, and the condition in words. When counting takes longer than 2 seconds, `counted` is false and `slow` says which parts read most.",
			Body: apiQuestion{}, Answer: apiPreview{},
		}},
		{Pattern: "GET /api/v1/segments/{key}", Access: web.Staff, Scope: "segments:read", Handle: p.apiDetail, Doc: &web.Operation{
			Tag: "Segments", Summary: "Read a segment", Answer: apiSegment{},
		}},
		{Pattern: "PUT /api/v1/segments/{key}", Access: web.Staff, Scope: "segments:write", Handle: p.apiPut, Doc: &web.Operation{
			Tag: "Segments", Summary: "Make or change a segment", Text: "The same again changes nothing. A new condition fills the segment anew, silently: nobody enters or leaves by it on their timeline.",
			Body: apiDefinition{}, Answer: apiSegment{},
		}},
		{Pattern: "DELETE /api/v1/segments/{key}", Access: web.Staff, Scope: "segments:write", Handle: p.apiDelete, Doc: &web.Operation{
			Tag: "Segments", Summary: "Delete a segment", Text: "One that others name is refused with 409, which says by whom.", Status: http.StatusNoContent,
		}},
		{Pattern: "GET /api/v1/segments/{key}/members", Access: web.Staff, Scope: "segments:read", Handle: p.apiMembers, Doc: &web.Operation{
			Tag: "Segments", Summary: "List the members", Text: "The newest leads first, each with the time of entering.", Answer: web.List[Member]{},
		}},
		{Pattern: "POST /api/v1/segments/{key}/members", Access: web.Staff, Scope: "segments:write", Handle: p.apiAdd, MaxBody: largeBody, Doc: &web.Operation{
			Tag: "Segments", Summary: "Add members by hand", Text: "To a static segment, by `lead_ids` or `emails`, 10,000 at the most. Who is in already changes nothing.", Body: apiWho{}, Answer: Changed{},
		}},
		{Pattern: "POST /api/v1/segments/{key}/members/remove", Access: web.Staff, Scope: "segments:write", Handle: p.apiRemove, MaxBody: largeBody, Doc: &web.Operation{
			Tag: "Segments", Summary: "Remove members by hand", Body: apiWho{}, Answer: Changed{},
		}},
		{Pattern: "GET /api/v1/segments/{key}/why", Access: web.Staff, Scope: "segments:read", Handle: p.apiWhy, Doc: &web.Operation{
			Tag: "Segments", Summary: "Say why a lead is in, or not", Text: "Condition by condition, with what was seen, in both languages.", Answer: apiWhy{},
			Query: []web.Param{{Name: "lead", Type: "integer", Text: "The lead's id.", Required: true}},
		}},
	}
}

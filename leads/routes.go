package leads

import (
	"net/http"
	"slices"

	"github.com/sarnakh/sarnakh/internal/web"
)

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	return slices.Concat(s.pageRoutes(k), s.apiRoutes(), s.privacyRoutes(k))
}

func (s *Service) pageRoutes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /leads", Access: web.Staff, Handle: p.list},
		{Pattern: "POST /leads/tags", Access: web.Staff, Handle: p.tagMany},
		{Pattern: "GET /leads/new", Access: web.Staff, Handle: p.fresh},
		{Pattern: "POST /leads/new", Access: web.Staff, Handle: p.create},
		{Pattern: "GET /leads/{id}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /leads/{id}/edit", Access: web.Staff, Handle: p.edit},
		{Pattern: "POST /leads/{id}/edit", Access: web.Staff, Handle: p.saveEdit},
		{Pattern: "POST /leads/{id}/tags", Access: web.Staff, Handle: p.tagOne},
		{Pattern: "POST /leads/{id}/notes", Access: web.Staff, Handle: p.writeNote},
		{Pattern: "POST /leads/{id}/notes/{note}", Access: web.Staff, Handle: p.writeNote},
		{Pattern: "POST /leads/{id}/notes/{note}/delete", Access: web.Staff, Handle: p.deleteNote},

		{Pattern: "GET /fields", Access: web.Staff, Handle: p.listFields},
		{Pattern: "GET /fields/new-field", Access: web.Staff, Handle: p.newField},
		{Pattern: "POST /fields/new-field", Access: web.Staff, Handle: p.saveField},
		{Pattern: "GET /fields/{key}", Access: web.Staff, Handle: p.editField},
		{Pattern: "POST /fields/{key}", Access: web.Staff, Handle: p.saveField},
		{Pattern: "POST /fields/{key}/archive", Access: web.Staff, Handle: p.archiveField},
	}
}

func (s *Service) apiRoutes() []web.Route {
	read := func(pattern string, handle web.Handler, doc web.Operation) web.Route {
		return web.Route{Pattern: pattern, Access: web.Staff, Scope: "leads:read", Handle: handle, Doc: &doc}
	}
	write := func(pattern string, handle web.Handler, doc web.Operation) web.Route {
		return web.Route{Pattern: pattern, Access: web.Staff, Scope: "leads:write", Handle: handle, Doc: &doc}
	}
	return []web.Route{
		read("GET /api/v1/leads", s.apiList, web.Operation{
			Tag: "Leads", Summary: "List and search the leads", Text: "The newest first. A search finds the first 500.", Answer: web.List[taggedLead]{},
			Query: []web.Param{
				{Name: "q", Text: "The beginning of a name, an e-mail address or a phone number, or a whole external id."},
				{Name: "stage", Text: "In this stage.", Enum: Stages}, {Name: "relation", Text: "In this relation.", Enum: Relations},
				{Name: "owner", Text: "Of this owner; - for those of nobody."}, {Name: "language", Text: "Of this language."},
				{Name: "tag", Text: "With this tag."}, {Name: "segment", Text: "In the segment with this key."},
			},
		}),
		write("POST /api/v1/leads", s.apiSay, web.Operation{
			Tag: "Leads", Summary: "Find or make a lead",
			Text: "By external id, then e-mail, then phone, and writes what is said; what is absent or empty changes nothing. " +
				"Attributes are read by the catalogue of fields: see /api/v1/fields. Answers 201 when the lead is new, 200 when it was known; a key without leads:read is told the id alone.",
			Body: said{}, Answer: taggedLead{}, Makes: true,
		}),
		read("GET /api/v1/leads/{id}", s.apiDetail, web.Operation{
			Tag: "Leads", Summary: "Read a lead", Text: "With the consents and the newest 50 events.", Answer: apiLead{},
		}),
		write("PATCH /api/v1/leads/{id}", s.apiChange, web.Operation{
			Tag: "Leads", Summary: "Change a lead",
			Text: "What is absent stays, what is empty or null goes. With `updated_at` as it was read, a lead that has changed since is refused with 409; " +
				"so is an e-mail or external id that another lead has.",
			Body: patch{}, Answer: taggedLead{},
		}),
		read("GET /api/v1/leads/{id}/events", s.apiEvents, web.Operation{
			Tag: "Leads", Summary: "List what a lead did", Text: "The newest first.", Answer: web.List[*Event]{},
			Query: []web.Param{{Name: "name", Text: "Only events of this name."}},
		}),
		read("GET /api/v1/leads/{id}/tags", s.apiTagsOf, web.Operation{
			Tag: "Leads", Summary: "List a lead's tags", Answer: web.List[string]{},
		}),
		write("POST /api/v1/leads/{id}/tags", s.apiTag, web.Operation{
			Tag: "Leads", Summary: "Put tags on a lead", Text: "Tags that nobody used yet are made.", Body: tagging{}, Answer: taggedLead{},
		}),
		write("DELETE /api/v1/leads/{id}/tags/{tag}", s.apiUntag, web.Operation{
			Tag: "Leads", Summary: "Take a tag off a lead", Answer: taggedLead{},
		}),
		read("GET /api/v1/leads/{id}/notes", s.apiNotes, web.Operation{
			Tag: "Leads", Summary: "List the notes about a lead", Text: "The latest first; a page may hold fewer than asked for.", Answer: web.List[*Note]{},
		}),
		write("POST /api/v1/leads/{id}/notes", s.apiWriteNote, web.Operation{
			Tag: "Leads", Summary: "Write a note about a lead", Text: "The same `key` again changes nothing.", Body: noteBody{}, Answer: Note{},
		}),
		write("PUT /api/v1/leads/{id}/notes/{note}", s.apiWriteNote, web.Operation{
			Tag: "Leads", Summary: "Write a note anew", Text: "The note has a new id then. One that has changed in the meantime is refused with 409.", Body: noteBody{}, Answer: Note{},
		}),
		write("DELETE /api/v1/leads/{id}/notes/{note}", s.apiDeleteNote, web.Operation{
			Tag: "Leads", Summary: "Delete a note", Text: "Its text goes; that there was one stays on the timeline.", Status: http.StatusNoContent,
		}),
		read("GET /api/v1/tags", s.apiTags, web.Operation{
			Tag: "Leads", Summary: "List the tags", Answer: web.List[string]{},
		}),
		read("GET /api/v1/fields", s.apiFields, web.Operation{
			Tag: "Leads", Summary: "List the catalogue of fields", Text: "What the team keeps about its leads besides what every lead has.", Answer: web.List[*Field]{},
		}),
		read("GET /api/v1/fields/{key}", s.apiField, web.Operation{
			Tag: "Leads", Summary: "Read a field", Answer: Field{},
		}),
		{Pattern: "PUT /api/v1/fields/{key}", Access: web.Staff, Scope: "fields:write", Handle: s.apiDeclare, Doc: &web.Operation{
			Tag: "Leads", Summary: "Declare a field", Text: "Or another form of it; refused with 409 when leads have values that would not fit then. " +
				"`archived` takes it out of use.",
			Body: fieldBody{}, Answer: Field{},
		}},
	}
}

package forms

import "github.com/sarnakh/sarnakh/internal/web"

// maxSubmission is the largest body that a form takes.
const maxSubmission = 64 << 10

// Routes is who may ask for what.
func (s *Service) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /p/{key}", Access: web.Visitors, Handle: s.landing},
		{Pattern: "POST /p/{key}", Access: web.Visitors, Handle: s.landingReceive, MaxBody: maxSubmission},
		{Pattern: "GET /f/{key}", Access: web.Visitors, Handle: s.form},
		{Pattern: "POST /f/{key}", Access: web.Visitors, Handle: s.receive, CrossOrigin: true, MaxBody: maxSubmission},
		{Pattern: "OPTIONS /f/{key}", Access: web.Visitors, Handle: scripts.Preflight, CrossOrigin: true},
		{Pattern: "GET /f/{key}/thanks", Access: web.Visitors, Handle: s.thanks},
		{Pattern: "GET /f/{key}/embed", Access: web.Visitors, Handle: s.embedded},
		{Pattern: "GET /embed.js", Access: web.Visitors, Handle: s.embedScript},

		{Pattern: "GET /forms", Access: web.Staff, Handle: s.list},
		{Pattern: "GET /forms/{key}", Access: web.Staff, Handle: s.detail},
		{Pattern: "GET /api/v1/forms", Access: web.Staff, Scope: "forms:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Forms", Summary: "List the forms", Text: "By their keys, each with its definition and how often it was filled in.",
			Answer: web.List[apiForm]{},
		}},
	}
}

package transfer

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// Routes is who may bring lists in and take leads out.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	read := func(pattern string, handle web.Handler, doc web.Operation) web.Route {
		doc.Tag = "Import and export"
		return web.Route{Pattern: pattern, Access: web.Staff, Scope: "transfer:read", Handle: handle, Doc: &doc}
	}
	write := func(pattern string, handle web.Handler, doc web.Operation) web.Route {
		doc.Tag = "Import and export"
		return web.Route{Pattern: pattern, Access: web.Staff, Scope: "transfer:write", Handle: handle, Doc: &doc}
	}
	upload := write("POST /api/v1/imports", s.apiCreate, web.Operation{
		Summary: "Bring a list of people",
		Text: "CSV in any encoding, XLSX, or a ZIP of CSV files as Mailchimp makes them. With a plan the dry run begins at once, and with `start` in it " +
			"the import after that; without one the import waits in the state `mapping` with a proposal. Consent has to be stated.",
		Body: uploadForm{}, BodyTypes: []string{"multipart/form-data"}, Answer: Import{}, Status: http.StatusAccepted,
	})
	upload.MaxBody = MaxUpload + 1<<20
	return []web.Route{
		{Pattern: "GET /leads/import", Access: web.Staff, Handle: p.list},
		{Pattern: "POST /leads/import", Access: web.Staff, Handle: p.upload, MaxBody: MaxUpload + 1<<20},
		{Pattern: "GET /imports/{id}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /imports/{id}/progress", Access: web.Staff, Handle: p.progress},
		{Pattern: "GET /imports/{id}/refused.csv", Access: web.Staff, Handle: p.refused},
		{Pattern: "POST /imports/{id}/map", Access: web.Staff, Handle: p.mapping, MaxBody: 1 << 20},
		{Pattern: "POST /imports/{id}/reread", Access: web.Staff, Handle: p.reread},
		{Pattern: "POST /imports/{id}/{do}", Access: web.Staff, Handle: p.act},
		{Pattern: "GET /leads/export", Access: web.Staff, Handle: p.exportForm},
		{Pattern: "POST /leads/export", Access: web.Staff, Handle: p.export},

		read("GET /api/v1/imports", s.apiList, web.Operation{Summary: "List the imports", Text: "The newest first.", Answer: web.List[*Import]{}}),
		upload,
		read("GET /api/v1/imports/{id}", s.apiFind, web.Operation{
			Summary: "Read an import", Text: "Its state, what the file was found to be, how far it is and what became of the rows.", Answer: Import{},
		}),
		write("PUT /api/v1/imports/{id}/plan", s.apiMap, web.Operation{
			Summary: "Say what is to be done with a list", Text: "What the columns mean and what was agreed to; the dry run follows.", Body: Plan{}, Answer: Import{},
		}),
		write("POST /api/v1/imports/{id}/start", s.apiAct(s.Start), web.Operation{Summary: "Begin an import", Text: "After the dry run.", Answer: Import{}}),
		write("POST /api/v1/imports/{id}/pause", s.apiAct(s.Pause), web.Operation{Summary: "Pause an import", Text: "After the batch that is under way.", Answer: Import{}}),
		write("POST /api/v1/imports/{id}/resume", s.apiAct(s.Resume), web.Operation{Summary: "Resume an import", Answer: Import{}}),
		write("POST /api/v1/imports/{id}/cancel", s.apiAct(s.Cancel), web.Operation{
			Summary: "Cancel an import", Text: "Whoever is imported by then stays.", Answer: Import{},
		}),
		read("GET /api/v1/imports/{id}/errors", s.apiRefusals, web.Operation{
			Summary: "List the refused rows of an import", Text: "In the order of the file, each with the reason and its cells.", Answer: web.List[*Refusal]{},
		}),
		read("GET /api/v1/exports", s.apiExports, web.Operation{
			Summary: "List the exports", Text: "Who took how many leads out, when and why; the newest first.", Answer: web.List[*Export]{},
		}),
		read("POST /api/v1/exports", s.apiExport, web.Operation{
			Summary: "Export leads",
			Text: "The answer is the file, streamed, the newest lead first. In CSV and XLSX a text that begins like a formula has an apostrophe before it. " +
				"Each export leaves a line with the reason.",
			Body: ExportRequest{}, AnswerTypes: []string{"text/csv", contentTypes["xlsx"], contentTypes["jsonl"]},
		}),
	}
}

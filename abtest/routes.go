package abtest

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit, clients Clients) []web.Route {
	p, o := pages{s, k}, outside{s, clients}
	return []web.Route{
		{Pattern: "GET /experiments", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /experiments/plan", Access: web.Staff, Handle: p.plan},
		{Pattern: "GET /experiments/library", Access: web.Staff, Handle: p.library},
		{Pattern: "GET /experiments/new", Access: web.Staff, Handle: p.showNew},
		{Pattern: "POST /experiments/new", Access: web.Staff, Handle: p.postNew},
		{Pattern: "GET /experiments/{key}/edit", Access: web.Staff, Handle: p.showEdit},
		{Pattern: "POST /experiments/{key}/edit", Access: web.Staff, Handle: p.postEdit},
		{Pattern: "GET /experiments/{key}/start", Access: web.Staff, Handle: p.showStart},
		{Pattern: "GET /experiments/{key}/stop", Access: web.Staff, Handle: p.showStop},
		{Pattern: "POST /experiments/{key}/state", Access: web.Staff, Handle: p.move},
		{Pattern: "GET /experiments/{key}", Access: web.Staff, Handle: p.report},
		{Pattern: "GET /experiments/{key}/roll-out", Access: web.Staff, Handle: p.showRollOut},
		{Pattern: "POST /experiments/{key}/roll-out", Access: web.Staff, Handle: p.rollOut},
		{Pattern: "POST /experiments/{key}/take-back", Access: web.Staff, Handle: p.takeBack},
		{Pattern: "GET /experiments/{key}/print", Access: web.Staff, Handle: p.print},
		{Pattern: "GET /experiments/{key}/csv", Access: web.Staff, Handle: p.csv},
		{Pattern: "GET /experiments/{key}/charts/{chart}", Access: web.Staff, Handle: p.picture},
		{Pattern: "POST /experiments/{key}/share", Access: web.Staff, Handle: p.share},
		{Pattern: "POST /experiments/{key}/share/withdraw", Access: web.Staff, Handle: p.withdraw},
		{Pattern: "GET /shared/experiments/{key}", Access: web.Visitors, Handle: p.shared},
		{Pattern: "POST /experiments/{key}/notes", Access: web.Staff, Handle: p.writeNote},
		{Pattern: "POST /experiments/{key}/notes/{note}/delete", Access: web.Staff, Handle: p.deleteNote},
		{Pattern: "GET /api/v1/experiments", Access: web.Staff, Scope: "experiments:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Experiments", Summary: "List the experiments", Text: "The newest 200, by their keys, each with its counts and the verdict as of the last look.",
			Query:  []web.Param{{Name: "archived", Type: "boolean", Text: "true: those in the archive instead."}},
			Answer: web.List[*Summary]{},
		}},
		{Pattern: "POST /api/v1/experiments", Access: web.Staff, Scope: "experiments:write", Handle: s.apiCreate, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Make an experiment", Text: "As a draft, unless `state` is `running`. A key that is taken is refused with 409.",
			Body: Definition{}, Answer: Report{}, Status: http.StatusCreated,
		}},
		{Pattern: "PUT /api/v1/experiments/{key}", Access: web.Staff, Scope: "experiments:write", Handle: s.apiPut, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Make or change an experiment",
			Text: "The whole of it, as in a file. The same again changes nothing. What a verdict rests on cannot change once the experiment has started: that is refused with 409, which names the fields and says why. `state` starts, pauses, stops or archives it. `notices` says what that changed of a running experiment which people change in the browser, too.",
			Body: Definition{}, Answer: Report{},
		}},
		{Pattern: "GET /api/v1/experiments/{key}", Access: web.Staff, Scope: "experiments:read", Handle: s.apiReport, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Read the report of an experiment", Text: "All the figures; `null` where one is not defined, as a rate without visitors.",
			Answer: Report{},
		}},
		{Pattern: "POST /api/v1/experiments/{key}/roll-out", Access: web.Staff, Scope: "experiments:write", Handle: s.apiRollOut, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Show one variant to everybody",
			Text: "On whatever surface the experiment is, from now on. One that still runs ends. With `hold_back` that share of the visitors sees control on, in an experiment of its own. The same again changes nothing; another variant while one is rolled out is refused with 409.",
			Body: rolloutBody{}, Answer: Report{},
		}},
		{Pattern: "POST /api/v1/experiments/{key}/take-back", Access: web.Staff, Scope: "experiments:write", Handle: s.apiTakeBack, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Take a roll-out back", Text: "Visitors see again what they saw once the experiment had stopped; its hold-out is stopped too.",
			Answer: Report{},
		}},

		{Pattern: "GET /api/v1/experiments/library", Access: web.Staff, Scope: "experiments:read", Handle: s.apiLibrary, Doc: &web.Operation{
			Tag: "Experiments", Summary: "List what was learnt", Text: "Every experiment that has ended, by its key, with the figures of its verdict or, without one, of its last look.",
			Query: []web.Param{
				{Name: "outcome", Type: "string", Text: "Only those that ended so: `won`, `control`, `no_difference`, `stopped` or `blocked`."},
				{Name: "q", Type: "string", Text: "Only those with this text in name, key, hypothesis or what was learnt."},
			},
			Answer: web.List[*Lesson]{},
		}},
		{Pattern: "POST /api/v1/experiments/plan", Access: web.Staff, Scope: "experiments:read", Handle: s.apiPlan, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Plan an experiment", Text: "What so much traffic can show, and how long a wanted lift takes: by the own figures of a landing page or form of the last four weeks, or by those given.",
			Body: PlanQuestion{}, Answer: PlanAnswer{},
		}},

		{Pattern: "GET /api/features/{clientKey}", Access: web.Visitors, Handle: o.serve},
		{Pattern: "POST /v1/experiments/{key}/assign", Access: web.Visitors, CrossOrigin: true, Handle: o.assign, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Ask for a visitor's variant",
			Text: "The same at each call. With a source's write key, as the user name or as `writeKey`. It counts that the visitor saw the variant, unless `expose` is false: then tell it when they do, as the event “Experiment Viewed”.",
			Body: assignBody{}, Answer: assigned{},
		}},
		{Pattern: "OPTIONS /v1/experiments/{key}/assign", Access: web.Visitors, CrossOrigin: true, Handle: scripts.Preflight, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Ask whether a page of another site may call", Text: "As browsers do before a call. It may.", Status: http.StatusNoContent,
		}},
	}
}

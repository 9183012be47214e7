package abtest

import "github.com/sarnakh/sarnakh/internal/web"

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	p := pages{s, k}
	return []web.Route{
		{Pattern: "GET /experiments", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /experiments/{key}", Access: web.Staff, Handle: p.report},
		{Pattern: "GET /api/v1/experiments", Access: web.Staff, Scope: "experiments:read", Handle: s.apiList, Doc: &web.Operation{
			Tag: "Experiments", Summary: "List the experiments", Text: "The newest 200, by their keys, each with its counts and the verdict as of the last look.",
			Answer: web.List[*Summary]{},
		}},
		{Pattern: "GET /api/v1/experiments/{key}", Access: web.Staff, Scope: "experiments:read", Handle: s.apiReport, Doc: &web.Operation{
			Tag: "Experiments", Summary: "Read the report of an experiment", Text: "All the figures; `null` where one is not defined, as a rate without visitors.",
			Answer: Report{},
		}},
	}
}

package leads

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// privacyRoutes is who may merge, prove, hand out and erase.
func (s *Service) privacyRoutes(k *web.Kit) []web.Route {
	p := pages{s, k}
	proof := func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r)
		if err != nil {
			return err
		}
		proof, err := s.ConsentProof(r.Context(), id, k.PublicURL)
		if err != nil {
			return err
		}
		return web.JSON(w, http.StatusOK, proof)
	}
	page := func(pattern string, handle web.Handler) web.Route {
		return web.Route{Pattern: pattern, Access: web.Staff, Handle: handle}
	}
	call := func(pattern, scope string, handle web.Handler, doc web.Operation) web.Route {
		return web.Route{Pattern: pattern, Access: web.Staff, Scope: scope, Handle: handle, Doc: &doc}
	}
	const tag = "Privacy"
	return []web.Route{
		page("GET /leads/duplicates", p.duplicates),
		page("POST /leads/duplicates", p.dismiss),
		page("GET /leads/erasures", p.erasures),
		page("GET /leads/{id}/merge", p.merge),
		page("POST /leads/{id}/merge", p.doMerge),
		page("POST /merges/{id}/undo", p.undoMerge),
		page("GET /leads/{id}/privacy", p.privacy),
		page("POST /leads/{id}/consents", p.recordConsent),
		page("GET /leads/{id}/proof", p.proof),
		page("GET /leads/{id}/proof.json", p.proofFile),
		page("GET /leads/{id}/export", p.handOut),
		page("GET /leads/{id}/export.json", p.handOutFile),
		page("GET /leads/{id}/erase", p.erase),
		page("POST /leads/{id}/erase", p.doErase),

		call("POST /api/v1/leads/{id}/merge", "leads:write", s.apiMerge, web.Operation{
			Tag: "Leads", Summary: "Merge another lead into this one",
			Text: "This lead keeps its values, where they are not empty; `fields` names those that are to be the other's. E-mail and external id of both keep " +
				"leading to the person. The answer says in which fields the two differed. Merged or erased leads are refused with 409.",
			Body: mergeBody{}, Answer: Merge{},
		}),
		call("GET /api/v1/leads/{id}/merges", "leads:read", s.apiMerges, web.Operation{
			Tag: "Leads", Summary: "List the merges of a lead", Answer: web.List[*Merge]{},
		}),
		call("POST /api/v1/merges/{id}/undo", "leads:write", s.apiUndoMerge, web.Operation{
			Tag: "Leads", Summary: "Undo a merge",
			Text: "Both leads are what they were; what happened since stays with the one that was kept. Later merges of the same lead are undone first, else 409.", Answer: Merge{},
		}),
		call("GET /api/v1/duplicates", "leads:read", s.apiDuplicates, web.Operation{
			Tag: "Leads", Summary: "List leads that may be one person", Text: "Pairs that nobody decided about, the newest first.", Answer: web.List[*Pair]{},
		}),
		call("POST /api/v1/duplicates/{id}/dismiss", "leads:write", s.apiDismiss, web.Operation{
			Tag: "Leads", Summary: "Say that two leads are not one person", Answer: Duplicate{},
		}),
		call("GET /api/v1/leads/{id}/consents", "leads:read", s.apiConsents, web.Operation{
			Tag: tag, Summary: "List what a lead agreed to", Text: "Every act, the newest first.", Answer: web.List[*Consent]{},
		}),
		call("POST /api/v1/leads/{id}/consents", "leads:write", s.apiStateConsent, web.Operation{
			Tag: tag, Summary: "Write down a consent or its withdrawal",
			Text: "What was said elsewhere: `words` exactly as shown, and the lawful `basis`. A consent needs words.", Body: consentBody{}, Answer: Consent{}, Status: http.StatusCreated,
		}),
		call("GET /api/v1/leads/{id}/proof", "privacy:read", proof, web.Operation{
			Tag: tag, Summary: "Prove what a person agreed to", Text: "Every act with its words and circumstances, signed.", Answer: Proof{},
		}),
		call("POST /api/v1/proofs/verify", "privacy:read", s.apiVerify, web.Operation{
			Tag: tag, Summary: "Verify a proof of consent", Text: "Whether it is one of ours, as it was given out.", Body: proofBody{}, Answer: verdict{},
		}),
		call("GET /api/v1/leads/{id}/export", "privacy:read", s.apiPerson, web.Operation{
			Tag: tag, Summary: "Hand out all that is known about a person", Text: "From all features, also of leads that were merged into this one.", Answer: PersonData{},
		}),
		call("DELETE /api/v1/leads/{id}", "privacy:write", s.apiErase, web.Operation{
			Tag: tag, Summary: "Erase a person",
			Text: "All that tells who they are, in one transaction; the rows stay, empty, so that counts add up. The `reason` is kept and must not name the person. " +
				"With `suppress` their addresses are kept, as keyed fingerprints, from being written to.",
			Body: eraseBody{}, Answer: Erased{},
		}),
		call("GET /api/v1/erasures", "privacy:read", s.apiErasures, web.Operation{
			Tag: tag, Summary: "List who was erased", Text: "When, why and by whom, the newest first; nothing of who it was.", Answer: web.List[*Erased]{},
			Query: []web.Param{{Name: "known", Text: "Only whoever was known by this e-mail address, telephone number or external id."}},
		}),
	}
}

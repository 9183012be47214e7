package leads

import (
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
)

// mergeBody is what a script says of two leads.
type mergeBody struct {
	Other  int64             `json:"other" validate:"required"` // the lead that goes
	Fields map[string]string `json:"fields"`                    // "this" or "other" by field; attributes as "attributes.city"
}

func (s *Service) apiMerge(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var body mergeBody
	if err := web.DecodeJSON(r, &body); err != nil {
		return err
	}
	m, err := s.Merge(r.Context(), MergeRequest{Kept: id, Other: body.Other, Fields: body.Fields, By: web.Who(r).Name})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, m)
}

// apiMerges lists in what merges a lead had part. Of one lead there are few.
func (s *Service) apiMerges(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if _, err := s.Find(r.Context(), s.db.Read(), id); err != nil {
		return err
	}
	page, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	found, err := s.Merges(r.Context(), id)
	if err != nil {
		return err
	}
	list, err := web.PageOf(page, found, func(m *Merge) int64 { return m.ID })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

func (s *Service) apiUndoMerge(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	m, err := s.UndoMerge(r.Context(), id, web.Who(r).Name)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, m)
}

func (s *Service) apiDuplicates(w http.ResponseWriter, r *http.Request) error {
	page, before, err := pageBefore(r)
	if err != nil {
		return err
	}
	pairs, more, err := s.Duplicates(r.Context(), before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(pairs, more, func(p *Pair) any { return p.ID }))
}

func (s *Service) apiDismiss(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	d, err := s.Dismiss(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, d)
}

func (s *Service) apiConsents(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	page, before, err := pageBefore(r)
	if err != nil {
		return err
	}
	if _, err := s.Find(r.Context(), s.db.Read(), id); err != nil {
		return err
	}
	acts, more, err := s.consentsBefore(r.Context(), s.db.Read(), id, before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(acts, more, func(c *Consent) any { return c.ID }))
}

// consentBody is an act that a script heard of.
type consentBody struct {
	Purpose   string    `json:"purpose" validate:"required"`
	Channel   string    `json:"channel" validate:"required"`
	State     string    `json:"state" validate:"required"`
	Basis     string    `json:"basis"`
	Words     string    `json:"words"`
	Version   string    `json:"version"`
	Language  string    `json:"language"`
	How       string    `json:"how"`
	Page      string    `json:"page"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent" validate:"max=500"`
	At        time.Time `json:"at"`
}

func (s *Service) apiStateConsent(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var b consentBody
	if err := web.DecodeJSON(r, &b); err != nil {
		return err
	}
	c := &Consent{LeadID: id, Purpose: b.Purpose, Channel: b.Channel, State: b.State, Basis: b.Basis, Words: b.Words, Version: b.Version,
		Language: b.Language, How: b.How, Page: b.Page, IP: b.IP, UserAgent: b.UserAgent, At: b.At, Source: "api", ByWhom: web.Who(r).Name}
	if err := s.StateConsent(r.Context(), c); err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, c)
}

// proofBody is a proof that somebody brings.
type proofBody struct {
	Payload   map[string]any `json:"payload" validate:"required"`
	Signature string         `json:"signature" validate:"required"`
}

// verdict says whether a proof is ours.
type verdict struct {
	Valid bool `json:"valid"`
}

func (s *Service) apiVerify(w http.ResponseWriter, r *http.Request) error {
	var b proofBody
	if err := web.DecodeJSON(r, &b); err != nil {
		return err
	}
	ok, err := s.ValidProof(b.Payload, b.Signature)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, verdict{ok})
}

func (s *Service) apiPerson(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	found, err := s.PersonData(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, found)
}

// eraseBody says why a person is to be erased.
type eraseBody struct {
	Reason   string `json:"reason" validate:"required"`
	Suppress bool   `json:"suppress"` // keep their addresses from being written to
}

func (s *Service) apiErase(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var b eraseBody
	if err := web.DecodeJSON(r, &b); err != nil {
		return err
	}
	done, err := s.Erase(r.Context(), EraseRequest{LeadID: id, Reason: b.Reason, Suppress: b.Suppress, By: web.Who(r).Name})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, done)
}

func (s *Service) apiErasures(w http.ResponseWriter, r *http.Request) error {
	page, before, err := pageBefore(r)
	if err != nil {
		return err
	}
	found, more, err := s.Erasures(r.Context(), r.URL.Query().Get("known"), before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(found, more, func(e *Erased) any { return e.ID }))
}

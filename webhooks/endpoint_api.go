package webhooks

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// apiEndpoint is an endpoint with how it fares.
type apiEndpoint struct {
	*Endpoint
	Health Health `json:"last_24_hours"`
}

// apiSecret is an endpoint with what it signs with.
type apiSecret struct {
	apiEndpoint
	Secret         string    `json:"secret"`
	OldSecretUntil time.Time `json:"old_secret_until,omitzero"` // until when the secret before it signs too
}

// apiChange is what of an endpoint can be changed.
type apiChange struct {
	URL         string   `json:"url" validate:"required"`
	Description string   `json:"description"`
	Events      []string `json:"events"`
}

type apiRotation struct {
	Secret    string `json:"secret"`
	KeepHours *int   `json:"keep_hours" validate:"omitempty,gte=0,lte=168"`
}

// keep is how long the old secret goes on, as Rotate takes it.
func (r apiRotation) keep() time.Duration {
	switch {
	case r.KeepHours == nil:
		return 0
	case *r.KeepHours == 0:
		return -1
	}
	return time.Duration(*r.KeepHours) * time.Hour
}

func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, maxEndpoints)
	if err != nil {
		return err
	}
	all, err := s.List(r.Context())
	if err != nil {
		return err
	}
	rows, err := s.withHealth(r.Context(), all...)
	if err != nil {
		return err
	}
	list, err := web.PageOf(page, rows, func(e apiEndpoint) int64 { return e.ID })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

func (s *Service) withHealth(ctx context.Context, endpoints ...*Endpoint) ([]apiEndpoint, error) {
	ids := make([]int64, len(endpoints))
	for i, e := range endpoints {
		ids[i] = e.ID
	}
	health, err := s.Health(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]apiEndpoint, len(endpoints))
	for i, e := range endpoints {
		out[i] = apiEndpoint{e, *health[e.ID]}
	}
	return out, nil
}

// answer writes an endpoint.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, status int, e *Endpoint, secret bool) error {
	rows, err := s.withHealth(r.Context(), e)
	if err != nil {
		return err
	}
	if !secret {
		return web.JSON(w, status, rows[0])
	}
	until := e.OldSecretUntil
	if !opened(e.OldSecret) {
		until = time.Time{}
	}
	return web.JSON(w, status, apiSecret{rows[0], e.Secret, until})
}

func (s *Service) apiCreate(w http.ResponseWriter, r *http.Request) error {
	var in Input
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	e, err := s.Create(r.Context(), in)
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusCreated, e, true)
}

// named is the endpoint that the path names.
func (s *Service) named(r *http.Request) (*Endpoint, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return s.Find(r.Context(), id)
}

func (s *Service) apiDetail(w http.ResponseWriter, r *http.Request) error {
	e, err := s.named(r)
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, e, false)
}

func (s *Service) apiShowSecret(w http.ResponseWriter, r *http.Request) error {
	e, err := s.named(r)
	if err != nil {
		return err
	}
	if !opened(e.Secret) {
		return fmt.Errorf("webhook %d: the secret was sealed under another secret of this installation; give it a new one: %w", e.ID, errs.Conflict)
	}
	return s.answer(w, r, http.StatusOK, e, true)
}

func (s *Service) apiUpdate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var in apiChange
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	e, err := s.Update(r.Context(), id, Input{URL: in.URL, Description: in.Description, Events: in.Events})
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, e, false)
}

func (s *Service) apiDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := s.Delete(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) apiSwitch(do func(ctx context.Context, id int64) (*Endpoint, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r)
		if err != nil {
			return err
		}
		e, err := do(r.Context(), id)
		if err != nil {
			return err
		}
		return s.answer(w, r, http.StatusOK, e, false)
	}
}

func (s *Service) apiRotate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var in apiRotation
	if r.ContentLength != 0 { // nothing said is all as usual
		if err := web.DecodeJSON(r, &in); err != nil {
			return err
		}
	}
	e, err := s.Rotate(r.Context(), id, in.Secret, in.keep())
	if err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, e, true)
}

package webhooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// apiDelivery is a delivery with everything about it.
type apiDelivery struct {
	*Delivery
	Body json.RawMessage `json:"body"`
	Log  []*Attempt      `json:"log"`
}

type apiSince struct {
	Since time.Time `json:"since" validate:"required"`
}

type apiReplayed struct {
	Replayed int `json:"replayed"`
}

func (s *Service) apiTest(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	d, err := s.Test(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusAccepted, d)
}

func (s *Service) apiReplayFailed(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var in apiSince
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	n, err := s.ReplayFailed(r.Context(), id, in.Since)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusAccepted, apiReplayed{n})
}

func (s *Service) apiDeliveries(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, 500)
	if err != nil {
		return err
	}
	e, err := s.named(r)
	if err != nil {
		return err
	}
	state := r.URL.Query().Get("state")
	if state != "" && !slices.Contains(states, state) {
		return errs.Fields{"state": "errors.webhooks.state"}
	}
	var before int64
	if err := page.After.Read(&before); err != nil {
		return err
	}
	rows, more, err := s.Deliveries(r.Context(), e.ID, state, before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(rows, more, func(d *Delivery) any { return d.ID }))
}

// deliveryOf is the {delivery} of the path, which must be one of the {id}'s.
func (s *Service) deliveryOf(r *http.Request) (*Delivery, error) {
	endpoint, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(r.PathValue("delivery"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", r.URL.Path, errs.NotFound)
	}
	d, err := s.Delivery(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if d.EndpointID != endpoint {
		return nil, fmt.Errorf("delivery %d of webhook %d: %w", id, endpoint, errs.NotFound)
	}
	return d, nil
}

func (s *Service) apiDelivery(w http.ResponseWriter, r *http.Request) error {
	d, err := s.deliveryOf(r)
	if err != nil {
		return err
	}
	attempts, err := s.Attempts(r.Context(), d.ID)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, apiDelivery{d, json.RawMessage(d.Message.Body), append([]*Attempt{}, attempts...)})
}

func (s *Service) apiReplay(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	d, err := s.Replay(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusAccepted, d)
}

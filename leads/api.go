package leads

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// mostPerPage is the longest page of leads or events that scripts may ask for.
const mostPerPage = 200

// apiLead is a lead with what they agreed to and what they did last.
type apiLead struct {
	*Lead
	Events   []*Event   `json:"events"`
	Consents []*Consent `json:"consents"`
}

// apiList pages through the leads for scripts.
func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, before, err := pageBefore(r)
	if err != nil {
		return err
	}
	found, more, err := s.List(r.Context(), ListOptions{Search: r.URL.Query().Get("q"), Before: before, Limit: page.Limit})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(found, more, func(l *Lead) any { return l.ID }))
}

// apiDetail is one lead with the newest of the timeline and the consents.
func (s *Service) apiDetail(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	l, err := s.Find(r.Context(), s.db.Read(), id)
	if err != nil {
		return err
	}
	events, _, err := s.Timeline(r.Context(), id, 0, perPage)
	if err != nil {
		return err
	}
	consents, err := s.Consents(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, apiLead{l, orEmpty(events), orEmpty(consents)})
}

// apiEvents pages through what one lead did, the newest first.
func (s *Service) apiEvents(w http.ResponseWriter, r *http.Request) error {
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
	events, more, err := s.Timeline(r.Context(), id, before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(events, more, func(e *Event) any { return e.ID }))
}

// pageBefore reads which part of a list that begins with the newest is asked for.
func pageBefore(r *http.Request) (page web.Paging, before int64, err error) {
	if page, err = web.PageRequest(r, mostPerPage); err == nil {
		err = page.After.Read(&before)
	}
	return page, before, err
}

package tracking

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

type sourceBody struct {
	Name    string   `json:"name" validate:"required,max=80"`
	Origins []string `json:"origins" validate:"max=20"`
}

type newSource struct {
	sourceBody
	Server bool `json:"server"` // the key is kept on a server: what it says of people is believed
}

type sourceDetail struct {
	*Source
	Recent []Entry `json:"recent"`
}

func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	paging, err := web.PageRequest(r, 100)
	if err != nil {
		return err
	}
	all, err := s.List(r.Context())
	if err != nil {
		return err
	}
	page, err := web.PageOf(paging, all, func(one *Source) int64 { return one.ID })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, page)
}

func (s *Service) apiCreate(w http.ResponseWriter, r *http.Request) error {
	var in newSource
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	one, err := s.Create(r.Context(), Source{Name: in.Name, Origins: in.Origins, Server: in.Server}, web.Who(r).Name)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, one)
}

func (s *Service) apiDetail(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	recent, err := s.Recent(r.Context(), id)
	if err != nil {
		return err
	}
	one, err := s.Find(r.Context(), id)
	if err != nil {
		return err
	}
	if recent == nil {
		recent = []Entry{}
	}
	return web.JSON(w, http.StatusOK, sourceDetail{one, recent})
}

func (s *Service) apiChange(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var in sourceBody
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	one, err := s.Change(r.Context(), id, in.Name, in.Origins)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, one)
}

func (s *Service) apiRotate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	one, err := s.Rotate(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, one)
}

func (s *Service) apiEnable(enabled bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r)
		if err != nil {
			return err
		}
		one, err := s.Enable(r.Context(), id, enabled)
		if err != nil {
			return err
		}
		return web.JSON(w, http.StatusOK, one)
	}
}

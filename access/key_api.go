package access

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

type keyList struct {
	Keys []*Key `json:"keys"`
}

type newKey struct {
	Name string `json:"name" validate:"required,max=80"`
}

// madeKey is the only answer that holds a whole key.
type madeKey struct {
	*Key
	Whole string `json:"key"`
}

func (s *Service) apiListKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.ListKeys(r.Context())
	if err != nil {
		return err
	}
	if keys == nil {
		keys = []*Key{}
	}
	return web.JSON(w, http.StatusOK, keyList{keys})
}

func (s *Service) apiCreateKey(w http.ResponseWriter, r *http.Request) error {
	var in newKey
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	k, whole, err := s.CreateKey(r.Context(), in.Name, web.Who(r).Name)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, madeKey{k, whole})
}

func (s *Service) apiRevokeKey(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := s.RevokeKey(r.Context(), id); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Revoked bool `json:"revoked"`
	}{true})
}

package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type newKey struct {
	Name   string     `json:"name" validate:"required,max=80"`
	Scopes web.Scopes `json:"scopes" validate:"required,min=1"`
}

// madeKey is the only answer that holds a whole key.
type madeKey struct {
	*Key
	Whole string `json:"key"`
}

type revoked struct {
	Revoked bool `json:"revoked"`
}

func (s *Service) apiListKeys(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, 200)
	if err != nil {
		return err
	}
	var before int64
	if err := page.After.Read(&before); err != nil {
		return err
	}
	keys, more, err := s.keysBefore(r.Context(), before, page.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(keys, more, func(k *Key) any { return k.ID }))
}

func (s *Service) apiCreateKey(w http.ResponseWriter, r *http.Request) error {
	var in newKey
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	who := web.Who(r)
	for _, scope := range in.Scopes { // nobody hands on more than they have
		if err := who.Need(scope); err != nil {
			return err
		}
	}
	k, whole, err := s.CreateKey(r.Context(), in.Name, who.Name, in.Scopes)
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
	if err := s.mayRevoke(r.Context(), web.Who(r), id); err != nil {
		return err
	}
	if err := s.RevokeKey(r.Context(), id); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, revoked{true})
}

// mayRevoke refuses a key that would revoke one which may do more than it.
func (s *Service) mayRevoke(ctx context.Context, who web.Principal, id int64) error {
	if who.Kind != "key" {
		return nil
	}
	k := new(Key)
	err := s.db.Read().NewSelect().Model(k).Where("id = ?", id).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("key %d: %w", id, errs.NotFound)
	case err != nil:
		return fmt.Errorf("key %d: %w", id, err)
	case !who.Scopes.Cover(k.Scopes):
		return fmt.Errorf("key %d may do more than this one: %w", id, errs.Forbidden)
	}
	return nil
}

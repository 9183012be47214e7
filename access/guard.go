package access

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Who tells who a request comes from: by its API key when it sends one, else by its
// session. Unauthorized when neither is known.
func (s *Service) Who(r *http.Request) (web.Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, key, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return web.Principal{}, fmt.Errorf("authorization must be a Bearer key: %w", errs.Unauthorized)
		}
		k, err := s.useKey(r.Context(), strings.TrimSpace(key))
		if err != nil {
			return web.Principal{}, err
		}
		return web.Principal{Kind: "key", ID: k.ID, Name: k.Name, Scopes: k.Scopes}, nil
	}
	u, err := s.sessionUser(r)
	if err != nil {
		return web.Principal{}, err
	}
	return web.Principal{Kind: "account", ID: u.ID, Name: u.Email}, nil
}

package abtest

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// apiList lists the experiments for scripts.
func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostListed)
	if err != nil {
		return err
	}
	all, err := s.List(r.Context())
	if err != nil {
		return err
	}
	list, err := web.PageOf(page, all, func(e *Summary) string { return e.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

// apiReport is the whole report of one experiment.
func (s *Service) apiReport(w http.ResponseWriter, r *http.Request) error {
	report, err := s.Report(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, report)
}

package abtest

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// apiPlan answers what an experiment needs and what it can show.
func (s *Service) apiPlan(w http.ResponseWriter, r *http.Request) error {
	var q PlanQuestion
	if err := web.DecodeJSON(r, &q); err != nil {
		return err
	}
	answer, err := s.Plan(r.Context(), q)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, answer)
}

package campaigns

import (
	"context"
	"net/http"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/web"
)

// apiJourney is a journey as the API shows it.
type apiJourney struct {
	*Journey
	Figures Figures         `json:"figures"`
	Mail    delivery.Counts `json:"mail"`
}

// apiVersion is a journey with its newest version.
type apiVersion struct {
	apiJourney
	Version    int                        `json:"version"`
	Definition journey.Definition         `json:"definition"`
	Current    VersionFigures             `json:"current_version"`
	StepMail   map[string]delivery.Counts `json:"step_mail"`
}

// apiList answers with all journeys.
func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page, err := web.PageRequest(r, 200)
	if err != nil {
		return err
	}
	all, err := s.Journeys(ctx)
	if err != nil {
		return err
	}
	figures, err := s.figures(ctx)
	if err != nil {
		return err
	}
	mails, err := s.effects.Delivery.CountsByJourney(ctx)
	if err != nil {
		return err
	}
	journeys := make([]apiJourney, len(all))
	for i, j := range all {
		journeys[i] = apiJourney{j, figures[j.ID], mails[j.Key]}
	}
	list, err := web.PageOf(page, journeys, func(j apiJourney) string { return j.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

// apiDetail answers with one journey and its newest version.
func (s *Service) apiDetail(w http.ResponseWriter, r *http.Request) error {
	return s.answer(w, r, func(context.Context, string) error { return nil })
}

// apiPause and apiResume answer with the journey as it is then.
func (s *Service) apiPause(w http.ResponseWriter, r *http.Request) error {
	return s.answer(w, r, s.Pause)
}

func (s *Service) apiResume(w http.ResponseWriter, r *http.Request) error {
	return s.answer(w, r, s.Resume)
}

// answer does something to the journey of the path and shows it.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, do func(context.Context, string) error) error {
	ctx, key := r.Context(), r.PathValue("key")
	if err := do(ctx, key); err != nil {
		return err
	}
	j, err := s.FindJourney(ctx, key)
	if err != nil {
		return err
	}
	v, err := findVersion(ctx, s.db.Read(), j.VersionID)
	if err != nil {
		return err
	}
	answer := apiVersion{apiJourney: apiJourney{Journey: j}, Version: v.Number, Definition: v.Definition}
	all, err := s.figures(ctx)
	if err != nil {
		return err
	}
	answer.Figures = all[j.ID]
	if answer.Current, err = s.versionFigures(ctx, v.ID); err != nil {
		return err
	}
	mails, err := s.effects.Delivery.CountsByJourney(ctx)
	if err != nil {
		return err
	}
	answer.Mail = mails[key]
	if answer.StepMail, err = s.effects.Delivery.CountsByStep(ctx, key); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, answer)
}

package forms

import (
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
)

// apiForm is a form as scripts see it.
type apiForm struct {
	Key         string     `json:"key"`
	Name        string     `json:"name"`
	Closed      bool       `json:"closed"`
	Submissions int        `json:"submissions"`
	Last        *time.Time `json:"last_submission_at"`
	Definition  Definition `json:"definition"`
}

// apiList lists the forms for scripts.
func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, 200)
	if err != nil {
		return err
	}
	rows, err := s.formRows(r.Context())
	if err != nil {
		return err
	}
	all := make([]apiForm, len(rows))
	for i, row := range rows {
		all[i] = apiForm{Key: row.Key, Name: row.Definition.Name, Closed: row.Definition.Closed, Submissions: row.Submissions, Definition: row.Definition}
		if !row.Last.IsZero() {
			all[i].Last = &row.Last
		}
	}
	list, err := web.PageOf(page, all, func(f apiForm) string { return f.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

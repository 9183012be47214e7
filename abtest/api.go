package abtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
)

// apiList lists the experiments for scripts.
func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostListed)
	if err != nil {
		return err
	}
	list := s.List
	switch r.URL.Query().Get("archived") {
	case "", "false":
	case "true":
		list = s.Archive
	default:
		return errs.Fields{"archived": "errors.type"}
	}
	all, err := list(r.Context())
	if err != nil {
		return err
	}
	answer, err := web.PageOf(page, all, func(e *Summary) string { return e.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, answer)
}

// apiReport is the whole report of one experiment.
func (s *Service) apiReport(w http.ResponseWriter, r *http.Request) error {
	return s.answer(w, r, http.StatusOK, r.PathValue("key"))
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, status int, key string) error {
	report, err := s.Report(r.Context(), key)
	if err != nil {
		return err
	}
	return web.JSON(w, status, report)
}

// apiCreate makes an experiment under a key that is not taken.
func (s *Service) apiCreate(w http.ResponseWriter, r *http.Request) error {
	d := new(Definition)
	if err := web.ReadJSON(r, d); err != nil {
		return err
	}
	if err := s.Save(r.Context(), d, true); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusCreated, d.Key)
}

// apiPut makes or changes the experiment that the address names.
func (s *Service) apiPut(w http.ResponseWriter, r *http.Request) error {
	d := new(Definition)
	if err := web.ReadJSON(r, d); err != nil {
		return err
	}
	key := r.PathValue("key")
	if d.Key != "" && d.Key != key {
		return errs.Fields{"key": "errors.experiment.key_other"}
	}
	d.Key = key
	notices, err := s.save(r.Context(), d, false)
	if err != nil {
		return err
	}
	report, err := s.Report(r.Context(), key)
	if err != nil {
		return err
	}
	report.Notices = notices
	return web.JSON(w, http.StatusOK, report)
}

// Save makes or changes an experiment, and starts, pauses, stops or archives it as its
// state says. With onlyNew a key that is taken is a Conflict. The forms that its goals name
// must exist.
func (s *Service) Save(ctx context.Context, d *Definition, onlyNew bool) error {
	_, err := s.save(ctx, d, onlyNew)
	return err
}

// save is Save. It says what that took back of what people change in the browser.
func (s *Service) save(ctx context.Context, d *Definition, onlyNew bool) (notices []string, err error) {
	d.Kind = kind{s}.Name()
	if err := manifest.Check(d); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		notices = nil
		switch was, err := s.lock(ctx, tx, d.Key); {
		case err == nil && onlyNew:
			return fmt.Errorf("experiment %q exists already: %w", d.Key, errs.Conflict)
		case err == nil:
			notices = d.takesBack(&was.Definition)
		case !errors.Is(err, errs.NotFound):
			return err
		}
		if err := s.checkRefs(ctx, tx, d); err != nil {
			return err
		}
		return kind{s}.Apply(ctx, tx, d)
	})
	return notices, err
}

package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// uploadForm is the form that brings a file.
type uploadForm struct {
	File string `json:"file" validate:"required"`
	Plan *Plan  `json:"plan,omitempty"`
}

// maxPlan bounds the text of a plan, in bytes.
const maxPlan = 1 << 20

// receiveForm takes a posted file in as it comes, without holding it, and the plan that
// came with it, before or after the file.
func (s *Service) receiveForm(w http.ResponseWriter, r *http.Request) (im *Import, plan Plan, err error) {
	// A large file takes longer than any page may.
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, plan, err
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, plan, fmt.Errorf("the body must be multipart/form-data: %w", errs.Unsupported)
	}
	defer func() {
		if err != nil && im != nil {
			err = errors.Join(err, s.discard(context.WithoutCancel(r.Context()), im.ID))
		}
	}()
	for {
		part, err := form.NextPart()
		if err == io.EOF { // the last boundary; an EOF that is wrapped is a form that broke off
			break
		}
		if err != nil {
			return im, plan, badForm(err)
		}
		switch part.FormName() {
		case "file":
			if im != nil {
				return im, plan, errs.Fields{"file": "errors.max_items=1"}
			}
			if im, err = s.take(r.Context(), part.FileName(), web.Who(r).Name, part); err != nil {
				return im, plan, badForm(err)
			}
		case "plan":
			if plan, err = readPlan(part); err != nil {
				return im, plan, err
			}
		}
	}
	if im == nil {
		return nil, plan, errs.Fields{"file": "errors.required"}
	}
	return im, plan, nil
}

// badForm keeps what says that a body is too large, and makes a bad request of a form
// that broke off.
func badForm(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) && !errors.Is(err, multipart.ErrMessageTooLarge) {
		return err
	}
	return errs.Fields{"file": "errors.import_cut"}
}

func readPlan(r io.Reader) (plan Plan, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPlan))
	if err != nil {
		return plan, badForm(err)
	}
	if len(raw) == 0 {
		return plan, nil
	}
	if err := json.Unmarshal(raw, &plan); err != nil {
		return plan, errs.Fields{"plan": "errors.json"}
	}
	return plan, nil
}

func (s *Service) apiCreate(w http.ResponseWriter, r *http.Request) error {
	im, plan, err := s.receiveForm(w, r)
	if err != nil {
		return err
	}
	if err := s.Received(r.Context(), im, plan); err != nil {
		return err
	}
	return s.answer(w, r, im.ID, http.StatusAccepted)
}

// answer is an import as it stands.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, id int64, status int) error {
	im, err := s.Find(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, status, im)
}

// mostPerPage is how many rows a page of the API holds.
const mostPerPage = 200

func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	paging, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	var before int64
	if err := paging.After.Read(&before); err != nil {
		return err
	}
	page, more, err := s.List(r.Context(), before, paging.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(page, more, func(im *Import) any { return im.ID }))
}

func (s *Service) apiFind(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	return s.answer(w, r, id, http.StatusOK)
}

func (s *Service) apiMap(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var plan Plan
	if err := web.DecodeJSON(r, &plan); err != nil {
		return err
	}
	if err := s.Map(r.Context(), id, plan); err != nil {
		return err
	}
	return s.answer(w, r, id, http.StatusOK)
}

// apiAct moves an import on and answers with it.
func (s *Service) apiAct(do func(context.Context, int64) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r)
		if err != nil {
			return err
		}
		if err := do(r.Context(), id); err != nil {
			return err
		}
		return s.answer(w, r, id, http.StatusOK)
	}
}

func (s *Service) apiRefusals(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if _, err := s.Find(r.Context(), id); err != nil {
		return err
	}
	paging, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	var after int64
	if err := paging.After.Read(&after); err != nil {
		return err
	}
	page, more, err := s.Refusals(r.Context(), id, after, paging.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(page, more, func(r *Refusal) any { return r.ID }))
}

func (s *Service) apiExports(w http.ResponseWriter, r *http.Request) error {
	paging, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	var before int64
	if err := paging.After.Read(&before); err != nil {
		return err
	}
	page, more, err := s.Exports(r.Context(), before, paging.Limit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, web.ListOf(page, more, func(e *Export) any { return e.ID }))
}

func (s *Service) apiExport(w http.ResponseWriter, r *http.Request) error {
	var request ExportRequest
	if err := web.DecodeJSON(r, &request); err != nil {
		return err
	}
	return s.stream(w, r, request)
}

// contentTypes are what the formats are called on the web.
var contentTypes = map[string]string{
	"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// stream answers with the file of an export. One that breaks off in the middle breaks the
// connection, so that nobody takes half a file for the whole.
func (s *Service) stream(w http.ResponseWriter, r *http.Request, request ExportRequest) error {
	e, err := s.Begin(r.Context(), request, web.Who(r).Name)
	if err != nil {
		return err
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.Header().Set("Content-Type", contentTypes[request.Format])
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="leads-%s.%s"`, e.CreatedAt.UTC().Format(time.DateOnly), request.Format))
	if err := s.Run(r.Context(), e, w, request.Mark); err != nil {
		s.log.Warn("export broke off", "export", e.ID, "rows", e.Rows, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

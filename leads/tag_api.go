package leads

import (
	"context"
	"fmt"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// tagging are the tags that a call puts on a lead.
type tagging struct {
	Tags []string `json:"tags" validate:"required,min=1,max=50"`
}

// apiTags pages through the tags that there are.
func (s *Service) apiTags(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	var after string
	if err := page.After.Read(&after); err != nil {
		return err
	}
	names, err := s.TagNames(r.Context(), s.db.Read(), after, page.Limit+1)
	if err != nil {
		return err
	}
	more := len(names) > page.Limit
	return web.JSON(w, http.StatusOK, web.ListOf(names[:min(len(names), page.Limit)], more, func(name string) any { return name }))
}

// apiTagsOf pages through the tags of a lead.
func (s *Service) apiTagsOf(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	page, err := web.PageRequest(r, mostPerPage)
	if err != nil {
		return err
	}
	if _, err := s.Find(r.Context(), s.db.Read(), id); err != nil {
		return err
	}
	names, err := s.Tags(r.Context(), s.db.Read(), id)
	if err != nil {
		return err
	}
	list, err := web.PageOf(page, names, i18n.Fold)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

// apiTag puts tags on a lead.
func (s *Service) apiTag(w http.ResponseWriter, r *http.Request) error {
	var body tagging
	if err := web.DecodeJSON(r, &body); err != nil {
		return err
	}
	return s.retag(w, r, func(ctx context.Context, tx db.Tx, id int64) error {
		return s.Tag(ctx, tx, []int64{id}, body.Tags, by(r))
	})
}

// apiUntag takes a tag off a lead.
func (s *Service) apiUntag(w http.ResponseWriter, r *http.Request) error {
	return s.retag(w, r, func(ctx context.Context, tx db.Tx, id int64) error {
		return s.Untag(ctx, tx, []int64{id}, []string{r.PathValue("tag")}, by(r))
	})
}

// retag changes a living lead's tags and answers with the lead.
func (s *Service) retag(w http.ResponseWriter, r *http.Request, change func(ctx context.Context, tx db.Tx, id int64) error) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		if _, err := s.Find(ctx, tx, id); err != nil {
			return err
		}
		living, err := s.living(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		if len(living) == 0 {
			return fmt.Errorf("lead %d: has been merged or erased: %w", id, errs.Conflict)
		}
		return change(ctx, tx, id)
	}); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, id)
}

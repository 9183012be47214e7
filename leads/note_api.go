package leads

import (
	"context"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/web"
)

// noteBody is a note as scripts write one.
type noteBody struct {
	Kind string    `json:"kind" validate:"required,oneof=note call meeting interview observation"`
	Text string    `json:"text" validate:"required,max=10000"`
	At   time.Time `json:"at,omitzero"`                      // now when absent
	Key  string    `json:"key,omitempty" validate:"max=100"` // the same again changes nothing
}

func (b noteBody) draft() NoteDraft { return NoteDraft{b.Kind, b.Text, b.At.UTC(), b.Key} }

// apiNotes pages through the notes about a lead.
func (s *Service) apiNotes(w http.ResponseWriter, r *http.Request) error {
	id, page, before, err := s.pageOfLead(r)
	if err != nil {
		return err
	}
	notes, next, err := s.Notes(r.Context(), id, before, page.Limit)
	if err != nil {
		return err
	}
	list := web.List[*Note]{Data: orEmpty(notes)}
	if next > 0 {
		cursor := web.CursorOf(next)
		list.Next = &cursor
	}
	return web.JSON(w, http.StatusOK, list)
}

// apiWriteNote puts a note on a lead's timeline, or a new version in the place of one.
func (s *Service) apiWriteNote(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	note, err := noteID(r)
	if err != nil {
		return err
	}
	var body noteBody
	if err := web.DecodeJSON(r, &body); err != nil {
		return err
	}
	var e *Event
	if err := s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		if note > 0 {
			e, err = s.EditNote(ctx, tx, id, note, body.draft(), by(r))
		} else {
			e, err = s.WriteNote(ctx, tx, id, body.draft(), by(r))
		}
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, e.note())
}

// apiDeleteNote takes a note's text away.
func (s *Service) apiDeleteNote(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	note, err := noteID(r)
	if err != nil {
		return err
	}
	if err := s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		return s.DeleteNote(ctx, tx, id, note, by(r))
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

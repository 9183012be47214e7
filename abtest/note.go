package abtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Note is what somebody of the team wrote down beside an experiment: a campaign that ran
// meanwhile, a page that was slow, what the result teaches.
type Note struct {
	bun.BaseModel `bun:"table:experiment_notes,alias:note"`

	ID           int64     `bun:",pk,autoincrement" json:"id"`
	ExperimentID int64     `json:"-"`
	At           time.Time `json:"at"`
	Author       string    `json:"author"` // as who signed in
	Body         string    `json:"body"`
	Learnt       bool      `json:"learnt"` // it goes into the library of what was learnt
}

const (
	mostNote  = 4000 // letters of one note
	mostNotes = 200  // notes that are shown of one experiment
	// again is how long the same words of the same author are taken for a form that was
	// sent twice.
	again = time.Minute
)

// Write adds a note to an experiment. An empty one, or one of more than 4,000 letters, is
// refused with Fields; the same words from the same author within a minute are one note.
func (s *Service) Write(ctx context.Context, key string, n Note) (*Note, error) {
	n.Body = strings.TrimSpace(strings.ReplaceAll(n.Body, "\r\n", "\n"))
	switch {
	case n.Body == "":
		return nil, errs.Fields{"body": "errors.experiment.note_empty"}
	case utf8.RuneCountInString(n.Body) > mostNote:
		return nil, errs.Fields{"body": "errors.experiment.note_long"}
	case !utf8.ValidString(n.Body) || strings.ContainsRune(n.Body, 0):
		return nil, errs.Fields{"body": "errors.experiment.note_unreadable"}
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := find(ctx, tx, key)
		if err != nil {
			return err
		}
		n.ExperimentID, n.At = e.ID, s.clock.Now()
		var last []*Note
		if err := tx.NewSelect().Model(&last).Where("experiment_id = ?", e.ID).Order("id DESC").Limit(1).Scan(ctx); err != nil {
			return err
		}
		if len(last) == 1 && last[0].Author == n.Author && last[0].Body == n.Body && n.At.Sub(last[0].At) < again {
			n = *last[0]
			return nil
		}
		_, err = tx.NewInsert().Model(&n).ExcludeColumn("id").Returning("id").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("experiment %q: note: %w", key, err)
	}
	return &n, nil
}

// Unwrite deletes a note of an experiment. Only who wrote it may: to others it is
// Forbidden.
func (s *Service) Unwrite(ctx context.Context, key string, id int64, author string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := find(ctx, tx, key)
		if err != nil {
			return err
		}
		var found []*Note
		if err := tx.NewSelect().Model(&found).Where("id = ?", id).Where("experiment_id = ?", e.ID).Limit(1).Scan(ctx); err != nil {
			return fmt.Errorf("note %d: %w", id, err)
		}
		switch {
		case len(found) == 0:
			return fmt.Errorf("note %d of experiment %q: %w", id, key, errs.NotFound)
		case found[0].Author != author:
			return fmt.Errorf("note %d: only who wrote it deletes it: %w", id, errs.Forbidden)
		}
		if _, err := tx.NewDelete().Model(found[0]).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("note %d: %w", id, err)
		}
		return nil
	})
}

// notes are those of one experiment, the newest first.
func (s *Service) notes(ctx context.Context, e *Experiment) ([]*Note, error) {
	list := []*Note{}
	if err := s.db.Read().NewSelect().Model(&list).Where("experiment_id = ?", e.ID).Order("id DESC").Limit(mostNotes).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiment %q: notes: %w", e.Key, err)
	}
	return list, nil
}

// mostLearnt is how many notes the library asks for at a time.
const mostLearnt = 2000

// Learnt are the notes of several experiments that say what was learnt, the oldest first.
func (s *Service) Learnt(ctx context.Context, ids []int64) (map[int64][]*Note, error) {
	out := make(map[int64][]*Note, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var list []*Note
	if err := s.db.Read().NewSelect().Model(&list).Where("experiment_id IN (?)", bun.List(ids)).Where("learnt").
		Order("id DESC").Limit(mostLearnt).Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiments: what was learnt: %w", err)
	}
	slices.Reverse(list) // of too many the newest are told
	for _, n := range list {
		out[n.ExperimentID] = append(out[n.ExperimentID], n)
	}
	return out, nil
}

package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// writeNote puts a note on a lead's timeline, or a new version in the place of one.
func (p pages) writeNote(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	id, err := noteID(r)
	if err != nil {
		return err
	}
	post := r.PostForm
	draft := NoteDraft{Kind: post.Get("kind"), Text: post.Get("text"), Key: post.Get("key")}
	page := p.kit.Page(r, "leads.title")
	bad := errs.Fields{}
	var ok bool
	if draft.At, ok = readTime(post.Get("at"), page.Zone, p.s.clock.Now()); !ok {
		bad["at"] = "errors.date"
	}
	err = bad.OrNil()
	if err == nil {
		err = p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
			if id > 0 {
				_, err := p.s.EditNote(ctx, tx, l.ID, id, draft, by(r))
				return err
			}
			_, err := p.s.WriteNote(ctx, tx, l.ID, draft, by(r))
			return err
		})
	}
	refused := &noteForm{ID: id, Kinds: []option{{Value: draft.Kind}}, Text: draft.Text, At: post.Get("at"), Key: draft.Key}
	if fields, ok := errs.AsFields(err); ok {
		refused.Errors = page.Say(fields)
		return p.show(w, r, http.StatusUnprocessableEntity, l, refused)
	}
	if errors.Is(err, errs.Conflict) && id > 0 { // the text is not lost: it can be written as a new note
		refused.ID, refused.Errors = 0, map[string]string{"text": page.T("leads.note.clash")}
		return p.show(w, r, http.StatusConflict, l, refused)
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("leads.note.saved"))
	return web.Redirect(w, r, "%s#timeline", leadPath(l.ID))
}

// deleteNote takes a note's text away.
func (p pages) deleteNote(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	id, err := noteID(r)
	if err != nil {
		return err
	}
	if err := p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		return p.s.DeleteNote(ctx, tx, l.ID, id, by(r))
	}); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "leads.title").T("leads.note.gone"))
	return web.Redirect(w, r, "%s#timeline", leadPath(l.ID))
}

// noteID reads the {note} of the path, 0 where there is none.
func noteID(r *http.Request) (int64, error) {
	text := r.PathValue("note")
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("note %s: %w", text, errs.NotFound)
	}
	return id, nil
}

// readTime reads a day and a time of that day as noteTime writes them; the time may be
// missing, and then it is noon. Nothing is now.
func readTime(typed string, zone *time.Location, now time.Time) (time.Time, bool) {
	typed = i18n.ASCIIDigits(visible(typed))
	if typed == "" {
		return now, true
	}
	if zone == nil {
		zone = time.UTC
	}
	clock := "12:00"
	if at := strings.LastIndexAny(typed, " T"); at > 0 && strings.Contains(typed[at:], ":") {
		typed, clock = strings.TrimRight(typed[:at], " ،,"), typed[at+1:]
	}
	day, message := parseDate(typed)
	if message != "" {
		return time.Time{}, false
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", fmt.Sprint(day)+" "+clock, zone)
	if err != nil {
		return time.Time{}, false
	}
	if at.After(now) && at.In(zone).Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) && clock == "12:00" {
		at = now // this morning, and nobody said when
	}
	return at.UTC(), true
}

// notFound turns a missing row into NotFound, with what is missing.
func notFound(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.NotFound
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

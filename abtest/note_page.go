package abtest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// noteRow is a note as the report shows it.
type noteRow struct {
	ID     int64
	At     time.Time
	Author string
	Body   string
	Learnt bool
	Own    bool // of who is reading, who may delete it
}

// noteForm is a note that somebody is writing, with what is wrong about it.
type noteForm struct {
	Body   string
	Learnt bool
	Error  string
}

// writeNote adds a note, or shows the report again with what was written.
func (p pages) writeNote(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	key, who := r.PathValue("key"), web.Who(r)
	n := Note{Author: who.Name, Body: r.PostForm.Get("body"), Learnt: r.PostForm.Get("learnt") != ""}
	_, err := p.s.Write(r.Context(), key, n)
	page := p.kit.Page(r, "")
	if bad, ok := errs.AsFields(err); ok {
		return p.show(w, r, http.StatusUnprocessableEntity, noteForm{Body: n.Body, Learnt: n.Learnt, Error: page.Say(bad)["body"]})
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("abtest.note.saved"))
	return web.Redirect(w, r, "/experiments/%s#notes", key)
}

// deleteNote takes a note away that its reader wrote.
func (p pages) deleteNote(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("note"), 10, 64)
	if err != nil {
		return errs.NotFound
	}
	key := r.PathValue("key")
	if err := p.s.Unwrite(r.Context(), key, id, web.Who(r).Name); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("abtest.note.deleted"))
	return web.Redirect(w, r, "/experiments/%s#notes", key)
}

// noteRows are the report's notes for who is reading it.
func (d *reportPage) noteRows(reader string) []noteRow {
	var rows []noteRow
	for _, n := range d.Report.Notes {
		rows = append(rows, noteRow{n.ID, n.At, n.Author, n.Body, n.Learnt, n.Author == reader})
	}
	return rows
}

package leads

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// stands says whether a lead still is somebody of their own, and why not.
func (l *Lead) stands() error {
	switch {
	case l.MergedInto != 0:
		return fmt.Errorf("lead %d: merged into lead %d: %w", l.ID, l.MergedInto, errs.Conflict)
	case !l.ErasedAt.IsZero():
		return fmt.Errorf("lead %d: erased: %w", l.ID, errs.Conflict)
	}
	return nil
}

// shownRows is how many rows of a table a person reads on the page; the file has all.
const shownRows = 100

type exportPage struct {
	web.Page
	Lead    *Lead
	Name    string
	At      time.Time
	Profile []tableRow
	Tables  []tablePart
}

type tablePart struct {
	Title string
	N     int
	More  int // rows that only the file has
	Rows  [][]tableRow
}

type tableRow struct{ Name, Value string }

// handOut shows all that is known about one person.
func (p pages) handOut(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	found, err := p.s.PersonData(r.Context(), l.ID)
	if err != nil {
		return err
	}
	data := exportPage{Page: p.kit.StaffPage(w, r, "privacy.export"), Lead: l, At: found.At}
	data.Name = calledOn(data.Page, l)
	for i, who := range append([]*Lead{found.Lead}, found.Merged...) {
		raw, err := json.Marshal(who)
		if err != nil {
			return fmt.Errorf("lead %d: export: %w", who.ID, err)
		}
		var fields map[string]any
		if err := json.Unmarshal(raw, &fields); err != nil {
			return fmt.Errorf("lead %d: export: %w", who.ID, err)
		}
		rows := data.said(fields)
		if i == 0 {
			data.Profile = rows
		} else {
			data.Tables = append(data.Tables, tablePart{Title: data.T("privacy.export.merged", "id", who.ID), N: 1, Rows: [][]tableRow{rows}})
		}
	}
	for _, table := range found.Tables {
		part := tablePart{Title: table.Table, N: len(table.Rows), More: max(0, len(table.Rows)-shownRows)}
		if key := "privacy.table." + table.Table; data.Has(key) {
			part.Title = data.T(key)
		}
		for _, row := range table.Rows[:min(len(table.Rows), shownRows)] {
			part.Rows = append(part.Rows, data.said(row))
		}
		data.Tables = append(data.Tables, part)
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_export_one", data)
}

// said is a row as a person reads it, without what is empty.
func (d exportPage) said(row map[string]any) []tableRow {
	var out []tableRow
	for _, column := range columnsOf(row) {
		value := ""
		switch v := row[column].(type) {
		case nil:
			continue
		case string:
			value = v
			if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
				value = d.DateTime(at)
			}
		case time.Time:
			value = d.DateTime(v)
		case map[string]any, []any:
			raw, err := json.Marshal(v)
			if err != nil || len(raw) <= 2 {
				continue
			}
			value = string(raw)
		default:
			value = fmt.Sprint(v)
		}
		if value != "" {
			out = append(out, tableRow{column, value})
		}
	}
	return out
}

// handOutFile is all that is known about one person, for programs.
func (p pages) handOutFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	found, err := p.s.PersonData(r.Context(), id)
	if err != nil {
		return err
	}
	return download(w, "person", found.Lead.ID, found)
}

// download answers with a document as a file.
func download(w http.ResponseWriter, name string, id int64, document any) error {
	raw, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("%s of lead %d: %w", name, id, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%d.json"`, name, id))
	_, err = w.Write(raw)
	return err
}

package leads

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type mergePage struct {
	web.Page
	Lead       *Lead
	Name       string
	Typed      string // how the other one was named, when nobody is found by it
	Unknown    bool
	Candidates []personRow // who may be the same person, while no other is chosen

	Kept, Gone personRow
	Other      *Lead // nil until somebody is chosen
	Swap       string
	Rows       []mergeRow
	Moves      []countRow
}

// mergeRow is one field of both leads.
type mergeRow struct {
	Name, Label, This, That string
	Differ                  bool // both have one, and it is not the same: somebody chooses
	Other                   bool // the other's is chosen
}

// countRow is how many rows of a kind there are.
type countRow struct {
	Label string
	N     int
}

// merge shows two leads side by side, or asks who the other one is.
func (p pages) merge(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	return p.showMerge(w, r, l, strings.TrimSpace(r.URL.Query().Get("with")), nil)
}

func (p pages) showMerge(w http.ResponseWriter, r *http.Request, l *Lead, with string, choose map[string]string) error {
	ctx := r.Context()
	fields, err := p.s.Fields(ctx)
	if err != nil {
		return err
	}
	t := &teller{Page: p.kit.StaffPage(w, r, "privacy.merge"), ctx: ctx, desk: p.s.desk, fields: fields}
	data := mergePage{Page: t.Page, Lead: l, Name: calledOn(t.Page, l), Typed: with}
	other, err := p.s.named(ctx, with)
	switch {
	case errors.Is(err, errs.NotFound) || err == nil && other != nil && other.ID == l.ID:
		data.Unknown = true
	case err != nil:
		return err
	case other != nil:
		data.Other, data.Kept, data.Gone, data.Swap = other, person(t.Page, l), person(t.Page, other), mergePath(other.ID, l.ID)
		data.Rows = sideBySide(t, l, other, choose)
		if data.Moves, err = p.s.counts(ctx, t, []int64{other.ID}); err != nil {
			return err
		}
		return p.kit.Render(w, http.StatusOK, "app", "leads_merge", data)
	}
	found, err := p.s.duplicatesOf(ctx, l.ID)
	if err != nil {
		return err
	}
	for _, c := range found {
		data.Candidates = append(data.Candidates, person(t.Page, c))
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_merge", data)
}

// named finds the lead that somebody means by its number, e-mail address or telephone
// number; nil when nothing was written, NotFound when that is nobody, or several.
func (s *Service) named(ctx context.Context, text string) (*Lead, error) {
	if text == "" {
		return nil, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if phone := s.NormPhone(text); err != nil || phone != "" && strings.HasPrefix(text, "0") {
		var ids []int64
		q := s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("DISTINCT coalesce(merged_into, id)").Limit(2)
		if strings.Contains(text, "@") {
			q = q.Where("email_norm = ?", NormEmail(text))
		} else {
			q = q.Where("phone_norm <> ''").Where("?", db.AmongBytes("phone_norm", []string{phone}))
		}
		if err := q.Scan(ctx, &ids); err != nil {
			return nil, fmt.Errorf("leads: find: %w", err)
		}
		if len(ids) != 1 {
			return nil, fmt.Errorf("a lead of this name: %w", errs.NotFound)
		}
		id = ids[0]
	}
	l, err := s.Find(ctx, s.db.Read(), id)
	if err == nil && l.MergedInto != 0 {
		l, err = s.Find(ctx, s.db.Read(), l.MergedInto)
	}
	if err == nil && !l.ErasedAt.IsZero() {
		return nil, fmt.Errorf("lead %d: erased: %w", id, errs.NotFound)
	}
	return l, err
}

// sideBySide puts the fields of two leads beside each other, with what the rules choose
// and what somebody has chosen already.
func sideBySide(t *teller, kept, gone *Lead, choose map[string]string) []mergeRow {
	var rows []mergeRow
	add := func(name, label, mine, theirs string) {
		if mine == "" && theirs == "" {
			return
		}
		row := mergeRow{Name: name, Label: label, This: mine, That: theirs, Differ: mine != "" && theirs != "" && mine != theirs}
		row.Other = mine == "" || row.Differ && choose[name] == "other"
		rows = append(rows, row)
	}
	for _, f := range parts {
		add(f.name, t.label(f.name), t.value(f.name, orNil(*f.value(kept)[0])), t.value(f.name, orNil(*f.value(gone)[0])))
	}
	names := maps.Clone(kept.Attributes)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, gone.Attributes)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		add(attributePrefix+name, t.label(name), t.value(name, kept.Attributes[name]), t.value(name, gone.Attributes[name]))
	}
	return rows
}

// counts is how many rows of what there are about leads.
func (s *Service) counts(ctx context.Context, t *teller, ids []int64) ([]countRow, error) {
	var out []countRow
	for _, h := range s.Holdings() {
		if h.Lead == "merged_into" || h.Recount != nil || h.Derived {
			continue // what follows from the rest
		}
		n, err := h.count(ctx, s.db.Read(), ids)
		if err != nil {
			return nil, err
		}
		if key := "privacy.table." + h.Table; n > 0 && t.Has(key) {
			out = append(out, countRow{t.T(key), n})
		}
	}
	return out, nil
}

// doMerge merges as was chosen.
func (p pages) doMerge(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	other, err := strconv.ParseInt(r.PostForm.Get("other"), 10, 64)
	if err != nil {
		return errs.Fields{"other": "errors.required"}
	}
	choose := map[string]string{}
	for name := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "f."); ok {
			choose[field] = r.PostForm.Get(name)
		}
	}
	m, err := p.s.Merge(r.Context(), MergeRequest{Kept: id, Other: other, Fields: choose, By: web.Who(r).Name})
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("privacy.merge.done"))
	return web.Redirect(w, r, "%s", leadPath(m.KeptID))
}

// undoMerge takes a merge back.
func (p pages) undoMerge(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	page := p.kit.Page(r, "")
	m, err := p.s.UndoMerge(r.Context(), id, web.Who(r).Name)
	if errors.Is(err, errs.Conflict) { // said where the button is
		was, findErr := p.s.FindMerge(r.Context(), p.s.db.Read(), id)
		if findErr != nil {
			return findErr
		}
		web.SetFlash(w, "bad", page.T("privacy.merge.not_undone"))
		return web.Redirect(w, r, "%s/privacy", leadPath(was.KeptID))
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("privacy.merge.undone"))
	return web.Redirect(w, r, "%s/privacy", leadPath(m.KeptID))
}

// mergedRow is a merge as the page of the lead that was kept shows it.
type mergedRow struct {
	ID        int64
	Name      string // of the lead that is gone
	Gone      int64
	ByWhom    string
	At        time.Time
	Undone    bool
	Conflicts int
	Last      bool // can be undone: no later one stands
}

// merges are the merges into a lead, as a page shows them.
func (p pages) merges(ctx context.Context, page web.Page, l *Lead) ([]mergedRow, error) {
	found, err := p.s.Merges(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, m := range found {
		ids = append(ids, m.GoneID)
	}
	people, err := p.s.FindMany(ctx, p.s.db.Read(), ids)
	if err != nil {
		return nil, err
	}
	var rows []mergedRow
	last := l.ErasedAt.IsZero()
	for _, m := range found {
		if m.KeptID != l.ID {
			continue
		}
		row := mergedRow{ID: m.ID, Gone: m.GoneID, ByWhom: m.ByWhom, At: m.At, Undone: !m.UndoneAt.IsZero(), Conflicts: len(m.Conflicts)}
		if gone := people[m.GoneID]; gone != nil {
			row.Name = calledOn(page, gone)
		}
		if !row.Undone {
			row.Last, last = last, false
		}
		rows = append(rows, row)
	}
	return rows, nil
}

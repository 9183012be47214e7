package leads

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type duplicatesPage struct {
	web.Page
	Pairs []pairRow
	Next  int64 // the pair after which the next page begins; 0 on the last
	First bool
}

type pairRow struct {
	ID     int64
	Reason string
	Merge  string // where the two can be made one
	Who    [2]personRow
	At     time.Time
}

type personRow struct {
	ID           int64
	Name         string
	Email, Phone string
	Since        time.Time
}

func person(p web.Page, l *Lead) personRow {
	return personRow{l.ID, calledOn(p, l), l.Email, l.Phone, l.CreatedAt}
}

// duplicates lists the pairs to be decided about.
func (p pages) duplicates(w http.ResponseWriter, r *http.Request) error {
	before := queryID(r, "before")
	data := duplicatesPage{Page: p.kit.StaffPage(w, r, "privacy.duplicates"), First: before == 0}
	pairs, more, err := p.s.Duplicates(r.Context(), before, perPage)
	if err != nil {
		return err
	}
	for _, d := range pairs {
		data.Pairs = append(data.Pairs, pairRow{
			ID: d.ID, Reason: data.T("privacy.duplicates.reason." + d.Reason), Merge: mergePath(d.Lead.ID, d.Other.ID),
			Who: [2]personRow{person(data.Page, d.Lead), person(data.Page, d.Other)}, At: d.At,
		})
	}
	if more {
		data.Next = pairs[len(pairs)-1].ID
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_duplicates", data)
}

// dismiss takes that two leads are not the same person.
func (p pages) dismiss(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PostForm.Get("pair"), 10, 64)
	if err != nil {
		return errs.Fields{"pair": "errors.required"}
	}
	if _, err := p.s.Dismiss(r.Context(), id); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("privacy.duplicates.dismissed"))
	return web.Redirect(w, r, "/leads/duplicates")
}

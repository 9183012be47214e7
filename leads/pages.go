package leads

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/web"
)

const perPage = 50

type pages struct {
	s   *Service
	kit *web.Kit
}

type listPage struct {
	web.Page
	Search string
	Leads  []leadRow
	All    int
	Fresh  int
	Next   int64 // the id after which the next page begins; 0 on the last
	First  bool
}

type leadRow struct {
	ID                  int64
	Name, Email, Source string
	Language            string
	CreatedAt           time.Time
}

// list shows the leads, the newest first, and searches them.
func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	before := queryID(r, "before")
	data := listPage{Page: p.kit.StaffPage(w, r, "leads.title"), Search: r.URL.Query().Get("q"), First: before == 0}
	found, more, err := p.s.List(r.Context(), ListOptions{Search: data.Search, Before: before, Limit: perPage})
	if err != nil {
		return err
	}
	for _, l := range found {
		data.Leads = append(data.Leads, leadRow{l.ID, l.Name(), l.Email, l.FirstTouch.Source, l.Language, l.CreatedAt})
	}
	if more {
		data.Next = found[len(found)-1].ID
	}
	if data.All, data.Fresh, err = p.s.Count(r.Context(), data.Now.AddDate(0, 0, -7)); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_list", data)
}

// queryID reads a row number from the query; anything else counts as none.
func queryID(r *http.Request, name string) int64 {
	id, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

type detailPage struct {
	web.Page
	Lead       *Lead
	Name       string
	Points     int64
	Attributes []attributeRow
	Touches    []touchRow
	Consents   []*Consent
	MayEmail   bool
	Events     []eventRow
	More       int64
}

type attributeRow struct{ Name, Value string }

type touchRow struct {
	Label string
	Touch Touch
}

// detail shows one lead: who they are, what they agreed to and everything they did.
func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	l, err := p.s.Find(ctx, p.s.db.Read(), id)
	if err != nil {
		return err
	}
	data := detailPage{Page: p.kit.StaffPage(w, r, l.Name()), Lead: l, Name: l.Name()}
	for _, name := range slices.Sorted(maps.Keys(l.Attributes)) {
		data.Attributes = append(data.Attributes, attributeRow{name, data.said(l.Attributes[name])})
	}
	data.Touches = []touchRow{{data.T("leads.first_touch"), l.FirstTouch}, {data.T("leads.last_touch"), l.LastTouch}}
	if data.Consents, err = p.s.Consents(ctx, id); err != nil {
		return err
	}
	may, err := p.s.MayContact(ctx, p.s.db.Read(), "email", []int64{id})
	if err != nil {
		return err
	}
	data.MayEmail = may[id]
	points, err := p.s.Numbers(ctx, p.s.db.Read(), []int64{id}, conditions.NumberPoints)
	if err != nil {
		return err
	}
	data.Points = int64(points[id])
	events, more, err := p.s.Timeline(ctx, id, queryID(r, "before"), perPage)
	if err != nil {
		return err
	}
	for _, e := range events {
		data.Events = append(data.Events, data.event(e))
	}
	if more {
		data.More = events[len(events)-1].ID
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_detail", data)
}

// orEmpty makes an empty list [] in JSON, not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

package leads

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
)

type listPage struct {
	web.Page
	Filter   ListOptions
	Choices  []choice
	Tags     []string // to complete what one types
	Narrowed bool     // by something besides the search
	Leads    []leadRow
	Size     string // how many there are, in words
	Fresh    string
	Older    string // address of the next page; empty on the last
	First    bool
	Newest   string
	Here     string // where bulk work comes back to
}

// choice is one list of the filter.
type choice struct {
	Name, Label string
	Options     []option
}

type leadRow struct {
	ID                         int64
	Name, Email, Phone, Source string
	Stage, Relation            string
	Tags                       []string
	CreatedAt                  time.Time
}

// listOptions reads from the query which leads are asked for.
func listOptions(r *http.Request) ListOptions {
	q := r.URL.Query()
	return ListOptions{
		Search: q.Get("q"), Stage: q.Get("stage"), Relation: q.Get("relation"), Owner: q.Get("owner"),
		Language: q.Get("language"), Tag: q.Get("tag"), Segment: q.Get("segment"),
	}
}

// address is the list narrowed in the same way, from a lead on.
func (o ListOptions) address(before int64) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"q": o.Search, "stage": o.Stage, "relation": o.Relation, "owner": o.Owner, "language": o.Language, "tag": o.Tag, "segment": o.Segment,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	if len(q) == 0 {
		return "/leads"
	}
	return "/leads?" + q.Encode()
}

// list shows the leads, the newest first, searches and narrows them.
func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	before := queryID(r, "before")
	data := listPage{Page: p.kit.StaffPage(w, r, "leads.title"), Filter: listOptions(r), First: before == 0}
	if data.Filter.Check() != nil {
		data.Filter.Stage, data.Filter.Relation = "", "" // an old or a made-up address
	}
	data.Narrowed = data.Filter.narrowed()
	data.Newest, data.Here = data.Filter.address(0), data.Filter.address(before)
	data.Filter.Before, data.Filter.Limit = before, perPage
	found, more, err := p.s.List(ctx, data.Filter)
	if err != nil {
		return err
	}
	if more {
		data.Older = data.Filter.address(found[len(found)-1].ID)
	}
	if err := p.rows(ctx, &data, found); err != nil {
		return err
	}
	if err := p.choices(ctx, &data); err != nil {
		return err
	}
	if err := p.sizes(ctx, &data); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_list", data)
}

func (p pages) rows(ctx context.Context, data *listPage, found []*Lead) error {
	ids := make([]int64, len(found))
	for i, l := range found {
		ids[i] = l.ID
	}
	tags, err := p.s.TagsOf(ctx, p.s.db.Read(), ids)
	if err != nil {
		return err
	}
	for _, l := range found {
		row := leadRow{
			ID: l.ID, Name: calledOn(data.Page, l), Email: l.Email, Phone: l.Phone, Source: l.FirstTouch.Source, Tags: tags[l.ID], CreatedAt: l.CreatedAt,
		}
		if l.Stage != "" {
			row.Stage = data.T("leads.stage." + l.Stage)
		}
		if l.Relation != "" {
			row.Relation = data.T("leads.relation." + l.Relation)
		}
		data.Leads = append(data.Leads, row)
	}
	return nil
}

// calledOn is what a lead is called on a page: also when nothing is left of the name.
func calledOn(p web.Page, l *Lead) string {
	if name := l.Name(); name != "" {
		return name
	}
	if !l.ErasedAt.IsZero() {
		return p.T("leads.erased.name")
	}
	return p.T("leads.nameless", "id", p.Digits(strconv.FormatInt(l.ID, 10)))
}

// choices are the lists of the filter.
func (p pages) choices(ctx context.Context, data *listPage) error {
	add := func(name string, options []option) {
		if len(options) > 0 {
			data.Choices = append(data.Choices, choice{name, data.T("leads." + name), options})
		}
	}
	f := data.Filter
	add("stage", words(data.Page, "leads.stage.", Stages, f.Stage))
	add("relation", words(data.Page, "leads.relation.", Relations, f.Relation))
	segments, err := p.s.desk.segmentNames(ctx)
	if err != nil {
		return err
	}
	var options []option
	for _, n := range segments {
		options = append(options, option{n.Key, n.Name.In(data.Lang), n.Key == f.Segment})
	}
	add("segment", options)
	owners, err := p.s.desk.owners(ctx)
	if err != nil {
		return err
	}
	if f.Owner != "" && f.Owner != NoOwner && !slices.Contains(owners, f.Owner) {
		owners = append(owners, f.Owner)
	}
	options = []option{{NoOwner, data.T("leads.owner.none"), f.Owner == NoOwner}}
	for _, o := range owners {
		options = append(options, option{o, o, o == f.Owner})
	}
	add("owner", options)
	add("language", languages(data.Page, f.Language))
	data.Tags, err = p.s.TagNames(ctx, p.s.db.Read(), "", 200)
	return err
}

// sizes says how many leads there are, and whether that is exact.
func (p pages) sizes(ctx context.Context, data *listPage) error {
	size, err := p.s.Size(ctx, data.Filter)
	if err != nil {
		return err
	}
	stem := "leads.count"
	if !data.Filter.everybody() {
		stem = "leads.found"
	}
	data.Size = size.say(data.Page, stem)
	fresh, err := p.s.Fresh(ctx, data.Now.AddDate(0, 0, -7))
	if err == nil && data.Filter.everybody() {
		data.Fresh = fresh.say(data.Page, "leads.fresh")
	}
	return err
}

// say puts a size into words: under stem, with .about and .more for those that are not exact.
func (s Size) say(p web.Page, stem string) string {
	switch {
	case s.AtLeast:
		stem += ".more"
	case !s.Exact:
		stem += ".about"
	}
	return p.T(stem, "n", s.N)
}

package transfer

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

const perPage = 30

type pages struct {
	*Service
	kit *web.Kit
}

type listPage struct {
	web.Page
	Error   string
	Imports []importRow
	Next    int64
	First   bool
	MaxGB   int
}

type importRow struct {
	*Import
	State, Tone string
}

// list is where a file is brought, above those that were.
func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.showList(w, r, http.StatusOK, "")
}

func (p pages) showList(w http.ResponseWriter, r *http.Request, status int, message string) error {
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	page := listPage{Page: p.kit.StaffPage(w, r, "transfer.import.title"), Error: message, First: before <= 0, MaxGB: MaxUpload >> 30}
	imports, more, err := p.List(r.Context(), max(before, 0), perPage)
	if err != nil {
		return err
	}
	for _, im := range imports {
		page.Imports = append(page.Imports, importRow{im, page.T("transfer.state." + string(im.State)), tone(im.State)})
	}
	if more {
		page.Next = imports[len(imports)-1].ID
	}
	return p.kit.Render(w, status, "app", "transfer_list", page)
}

// tone is the colour of a state's mark.
func tone(s State) string {
	switch s {
	case Done:
		return "good"
	case Failed:
		return "bad"
	case Mapping, Ready, Paused:
		return "warn"
	}
	return "muted"
}

func (p pages) upload(w http.ResponseWriter, r *http.Request) error {
	im, plan, err := p.receiveForm(w, r)
	if fields, ok := errs.AsFields(err); ok {
		page := p.kit.Page(r, "")
		said := page.Say(fields)
		return p.showList(w, r, http.StatusUnprocessableEntity, said[slices.Sorted(maps.Keys(said))[0]])
	}
	if err != nil {
		return err
	}
	if err := p.Received(r.Context(), im, plan); err != nil {
		return err
	}
	return web.Redirect(w, r, "/imports/%d", im.ID)
}

// act moves an import on: start, pause, resume, cancel, remap.
func (p pages) act(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	do := map[string]func(context.Context, int64) error{
		"start": p.Start, "pause": p.Pause, "resume": p.Resume, "cancel": p.Cancel, "remap": p.Remap,
	}[r.PathValue("do")]
	if do == nil {
		return fmt.Errorf("page %s: %w", r.URL.Path, errs.NotFound)
	}
	if err := do(r.Context(), id); err != nil && web.Status(err) != http.StatusConflict {
		return err
	} else if err != nil { // it has moved on meanwhile: the page says where to
		web.SetFlash(w, "bad", p.kit.Page(r, "").T("transfer.moved"))
	}
	return web.Redirect(w, r, "/imports/%d", id)
}

func (p pages) reread(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	if err := p.Reread(r.Context(), id, r.PostForm.Get("encoding"), r.PostForm.Get("delimiter")); err != nil {
		return err
	}
	return web.Redirect(w, r, "/imports/%d", id)
}

// refused is the file of refused rows.
func (p pages) refused(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	im, err := p.Find(r.Context(), id)
	if err != nil {
		return err
	}
	page := p.kit.Page(r, "")
	w.Header().Set("Content-Type", contentTypes["csv"])
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="refused-%d.csv"`, id))
	if err := p.WriteRefused(r.Context(), w, im, func(reason string) string { return page.T("transfer.refusal." + reason) }); err != nil {
		p.log.Warn("file of refused rows broke off", "import", id, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// progress is the part of an import's page that follows what happens.
func (p pages) progress(w http.ResponseWriter, r *http.Request) error {
	page, err := p.open(w, r)
	if err != nil {
		return err
	}
	part, err := p.kit.Fragment("transfer_progress", page)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(part)
	return err
}

type exportPage struct {
	web.Page
	Form     exportForm
	Columns  []columnBox
	Exports  []exportRow
	Tags     []string
	Segments []option
	Stages   []option
	Errors   map[string]string
}

type exportForm struct{ Format, Reason, Tag, Segment, Search, Stage string }

type columnBox struct {
	Value, Label string
	Checked      bool
}

type exportRow struct {
	*Export
	What string // which leads, in words
}

type option struct {
	Value, Label string
	Chosen       bool
}

func (p pages) exportForm(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	form := exportForm{Format: "csv", Tag: q.Get("tag"), Segment: q.Get("segment"), Search: q.Get("q"), Stage: q.Get("stage")}
	return p.showExport(w, r, http.StatusOK, form, nil, nil)
}

func (p pages) showExport(w http.ResponseWriter, r *http.Request, status int, form exportForm, chosen []string, bad errs.Fields) error {
	ctx := r.Context()
	page := exportPage{Page: p.kit.StaffPage(w, r, "transfer.export.title"), Form: form}
	page.Errors = page.Say(bad)
	own, err := p.OwnFields(ctx)
	if err != nil {
		return err
	}
	for _, c := range ExportColumns {
		page.Columns = append(page.Columns, columnBox{c, page.columnName(c), chosen == nil || slices.Contains(chosen, c)})
	}
	catalogue, err := p.leads.Fields(ctx)
	if err != nil {
		return err
	}
	for _, name := range own {
		c := toAttribute + name
		page.Columns = append(page.Columns, columnBox{c, catalogue.Label(name, page.Lang), chosen == nil || slices.Contains(chosen, c)})
	}
	for _, s := range stages() {
		page.Stages = append(page.Stages, option{s, page.T("leads.stage." + s), s == form.Stage})
	}
	if page.Tags, err = p.leads.TagNames(ctx, p.db.Read(), "", 200); err != nil {
		return err
	}
	segments, err := p.leads.SegmentNames(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, s := range segments {
		names[s.Key] = s.Name.In(page.Lang)
		page.Segments = append(page.Segments, option{s.Key, names[s.Key], s.Key == form.Segment})
	}
	if form.Segment != "" && names[form.Segment] == "" { // of a link, or gone meanwhile: it is not dropped in silence
		page.Segments = append(page.Segments, option{form.Segment, form.Segment, true})
	}
	exports, _, err := p.Exports(ctx, 0, perPage)
	if err != nil {
		return err
	}
	for _, e := range exports {
		which := e.Selection
		if name := names[which.Segment]; name != "" {
			which.Segment = name
		}
		page.Exports = append(page.Exports, exportRow{e, page.selection(which)})
	}
	return p.kit.Render(w, status, "app", "transfer_export", page)
}

// columnName is what a column of an export is called.
func (p exportPage) columnName(column string) string {
	for _, key := range []string{"transfer.target." + column, "transfer.column." + column} {
		if p.Has(key) {
			return p.T(key)
		}
	}
	return column
}

// selection says which leads left.
func (p exportPage) selection(s Selection) string {
	var parts []string
	for _, part := range []struct{ key, value string }{
		{"transfer.export.search", s.Search}, {"transfer.export.tag", s.Tag}, {"transfer.export.segment", s.Segment}, {"transfer.export.stage", s.Stage},
	} {
		if part.value != "" {
			parts = append(parts, p.T(part.key)+": "+p.Iso(part.value))
		}
	}
	if s.Erased {
		parts = append(parts, p.T("transfer.export.search.erased"))
	}
	if len(parts) == 0 {
		return p.T("transfer.export.all")
	}
	return strings.Join(parts, " · ")
}

func (p pages) export(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	f := r.PostForm
	form := exportForm{Format: f.Get("format"), Reason: f.Get("reason"), Tag: f.Get("tag"), Segment: f.Get("segment"), Search: f.Get("q"), Stage: f.Get("stage")}
	request := ExportRequest{
		Format: form.Format, Reason: form.Reason, Columns: f["column"], Mark: f.Get("mark") != "",
		Selection: Selection{Search: strings.TrimSpace(form.Search), Tag: strings.TrimSpace(form.Tag), Segment: strings.TrimSpace(form.Segment), Stage: form.Stage},
	}
	err := request.Check()
	if len(request.Columns) == 0 {
		err = errs.Fields{"columns": "errors.required"}
	}
	if bad, ok := errs.AsFields(err); ok {
		return p.showExport(w, r, http.StatusUnprocessableEntity, form, f["column"], bad)
	}
	return p.stream(w, r, request)
}

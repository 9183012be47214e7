package transfer

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

// importPage is one import, whatever it waits for.
type importPage struct {
	web.Page
	Import      *Import
	State, Tone string
	Origin      string
	Parts       []partRow
	Columns     []columnRow
	Fault       string
	Reasons     []reasonRow
	Share       int // done, of a hundred; -1 when the whole is not known yet
	Progress    template.HTML
	Plan        planForm
	Encodings   []option
	Delimiters  []option
	Errors      map[string]string
	Bases       []option
}

type partRow struct {
	Part
	Says    string // what being in it means
	How     string // encoding and delimiter, in words
	Notices []string
}

// columnRow is a column of the file, and what it may be.
type columnRow struct {
	At       int
	Name     string
	Samples  []string
	Own      string // the field of one's own that it would become
	Chosen   string
	Type     string
	Targets  []option
	Declared []option
	Types    []option
}

type reasonRow struct {
	Reason string
	Rows   int64
}

// planForm is the plan as it is filled in.
type planForm struct {
	Mode, Tags                                      string
	Choice, Words, Source, Basis, Language, DateTxt string
}

func stages() []string { return leads.Stages }

func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	page, err := p.open(w, r)
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, page)
}

func (p pages) show(w http.ResponseWriter, status int, page *importPage) error {
	part, err := p.kit.Fragment("transfer_progress", page)
	if err != nil {
		return err
	}
	page.Progress = template.HTML(part) // of our own template, escaped there
	return p.kit.Render(w, status, "app", "transfer_import", page)
}

// open reads an import for its page.
func (p pages) open(w http.ResponseWriter, r *http.Request) (*importPage, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	im, err := p.Find(r.Context(), id)
	if err != nil {
		return nil, err
	}
	page := &importPage{Page: p.kit.StaffPage(w, r, im.Name), Import: im, State: "", Tone: tone(im.State), Share: -1}
	page.State = page.T("transfer.state." + string(im.State))
	if im.Found.Origin != Unknown {
		page.Origin = page.T("transfer.origin." + string(im.Found.Origin))
	}
	if im.Fault != nil {
		page.Fault = page.T("transfer.fault."+im.Fault.Code, "n", im.Fault.Line, "detail", page.Digits(im.Fault.Detail))
	}
	if im.Rows > 0 && im.State != Reading {
		page.Share = int(100 * im.Done / im.Rows)
	}
	for _, part := range im.Found.Parts {
		page.Parts = append(page.Parts, page.part(part))
	}
	for reason, n := range im.Tally.Reasons {
		page.Reasons = append(page.Reasons, reasonRow{page.T("transfer.refusal." + reason), n})
	}
	slices.SortFunc(page.Reasons, func(a, b reasonRow) int { return int(b.Rows - a.Rows) })
	c := im.Plan.Consent
	page.Plan = planForm{Mode: im.Plan.Mode, Tags: strings.Join(im.Plan.Tags, "، "), Choice: c.Choice, Words: c.Words, Source: c.Source, Basis: c.Basis, Language: c.Language, DateTxt: c.Date}
	if page.Lang != "fa" {
		page.Plan.Tags = strings.Join(im.Plan.Tags, ", ")
	}
	return page, p.choices(r, page)
}

func (p *importPage) part(part Part) partRow {
	row := partRow{Part: part}
	if part.Standing != "" {
		row.Says = p.T("transfer.standing." + string(part.Standing))
	}
	if part.Encoding != "" {
		row.How = p.T("transfer.encoding."+part.Encoding) + " · " + p.T("transfer.delimiter."+delimiterName(part.Delimiter))
	}
	for _, notice := range part.Notices {
		row.Notices = append(row.Notices, p.T("transfer.notice."+notice))
	}
	return row
}

func delimiterName(d string) string {
	return map[string]string{",": "comma", ";": "semicolon", "\t": "tab"}[d]
}

// choices fills in what can be chosen while the columns are mapped.
func (p pages) choices(r *http.Request, page *importPage) error {
	if page.Import.State != Mapping {
		return nil
	}
	catalogue, err := p.leads.Fields(r.Context())
	if err != nil {
		return err
	}
	for i, c := range page.Import.Plan.Columns {
		row := columnRow{At: i, Name: c.Name, Own: attributeName(c.Name), Chosen: c.To, Type: c.Type, Samples: samples(page.Import.Found, c.Name)}
		for _, to := range Targets {
			row.Targets = append(row.Targets, option{to, page.T("transfer.target." + to), c.To == to})
		}
		for _, f := range catalogue.All() {
			if !f.Archived {
				row.Declared = append(row.Declared, option{toAttribute + f.Key, f.Label.In(page.Lang), c.To == toAttribute+f.Key})
			}
		}
		if name := c.Attribute(); name != "" {
			if _, declared := catalogue.Find(name); !declared {
				row.Own = name
			}
		}
		for _, t := range Types {
			row.Types = append(row.Types, option{t, page.T("transfer.type." + t), c.Type == t || c.Type == "" && t == "text"})
		}
		page.Columns = append(page.Columns, row)
	}
	for _, b := range Bases {
		page.Bases = append(page.Bases, option{b, page.T("transfer.basis." + b), page.Plan.Basis == b})
	}
	if page.Import.Found.Kind == sheet.CSV && len(page.Import.Found.Parts) == 1 {
		part := page.Import.Found.Parts[0]
		for _, e := range sheet.Encodings {
			page.Encodings = append(page.Encodings, option{e, page.T("transfer.encoding." + e), e == part.Encoding})
		}
		for _, d := range sheet.Delimiters {
			page.Delimiters = append(page.Delimiters, option{d, page.T("transfer.delimiter." + delimiterName(d)), d == part.Delimiter})
		}
	}
	return nil
}

func samples(f Found, name string) []string {
	for _, part := range f.Parts {
		if i := slices.Index(part.Header, name); i >= 0 && i < len(part.Samples) && len(part.Samples[i]) > 0 {
			return part.Samples[i]
		}
	}
	return nil
}

// mapping takes what the columns mean and starts the dry run; what does not hold is said
// on the page, filled in as it was.
func (p pages) mapping(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	im, err := p.Find(r.Context(), id)
	if err != nil {
		return err
	}
	plan := planOf(r.PostForm, im.Plan.Columns)
	err = p.Map(r.Context(), id, plan)
	bad, ok := errs.AsFields(err)
	if !ok {
		if err != nil {
			return err
		}
		return web.Redirect(w, r, "/imports/%d", id)
	}
	page, err := p.open(w, r)
	if err != nil {
		return err
	}
	page.Errors, page.Import.Plan, page.Columns, page.Bases = page.Say(bad), plan, nil, nil
	f := r.PostForm
	page.Plan = planForm{Mode: plan.Mode, Tags: f.Get("tags"), Choice: plan.Consent.Choice, Words: plan.Consent.Words, Source: plan.Consent.Source,
		Basis: plan.Consent.Basis, Language: plan.Consent.Language, DateTxt: f.Get("date")}
	page.Encodings, page.Delimiters = nil, nil
	if err := p.choices(r, page); err != nil {
		return err
	}
	return p.show(w, http.StatusUnprocessableEntity, page)
}

// planOf reads the form; the columns are those of the proposal, in its order.
func planOf(f url.Values, columns []Column) Plan {
	plan := Plan{Mode: f.Get("mode"), Tags: []string{}}
	for i, c := range columns {
		at := strconv.Itoa(i)
		c.To, c.Type = f.Get("to"+at), f.Get("type"+at)
		if c.Attribute() == "" {
			c.Type = ""
		}
		plan.Columns = append(plan.Columns, c)
	}
	if tags, ok := readTags(visible(f.Get("tags"))); ok && f.Get("tags") != "" {
		plan.Tags = tags
	} else if f.Get("tags") != "" && strings.TrimSpace(f.Get("tags")) != "" {
		plan.Tags = []string{""} // which Check refuses
	}
	plan.Consent = Consent{Choice: f.Get("consent")}
	if plan.Consent.Choice == ConsentGiven {
		plan.Consent = Consent{Choice: ConsentGiven, Words: visible(f.Get("words")), Source: visible(f.Get("source")), Basis: f.Get("basis"),
			Language: f.Get("language"), Date: visible(f.Get("date"))}
	}
	return plan
}

// Fraction is the share that is done.
func (p *importPage) Fraction() float64 { return float64(max(p.Share, 0)) / 100 }

// Moved says whether the page around the progress is out of date.
func (p *importPage) Moved() bool { return !p.Import.State.Working() && p.Import.State != Paused }

// Left is how long the rest will take at the pace so far, for a page; 0 when unknown.
func (p *importPage) Left() time.Duration {
	im := p.Import
	took := im.UpdatedAt.Sub(im.StartedAt)
	if im.State != Importing || im.Done == 0 || took <= 0 {
		return 0
	}
	return time.Duration(float64(took) * float64(im.Rows-im.Done) / float64(im.Done)).Round(time.Second)
}

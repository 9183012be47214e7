package forms

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

type listPage struct {
	web.Page
	Forms []formRow
	Pages []pageRow
}

type formRow struct {
	Key, Name, Title string
	Closed           bool
	Fields           int
	Submissions      int
	Last             time.Time
	Experiment       string
	Previews         []preview // of a form with several versions
}

type pageRow struct {
	Key, Name, Experiment string
	Variants              int
	Previews              []preview // of a page with several versions
}

// preview is a link to one version of a page.
type preview struct{ Variant, Href string }

// list shows the forms and landing pages there are.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	page := s.kit.StaffPage(w, r, "forms.title")
	data := listPage{Page: page}
	rows, err := s.formRows(r.Context())
	if err != nil {
		return err
	}
	for _, row := range rows {
		shown := formRow{
			Key: row.Key, Name: row.Definition.Name, Title: row.Definition.Title.In(page.Lang), Closed: row.Definition.Closed,
			Fields: len(row.Definition.Fields), Submissions: row.Submissions, Last: row.Last,
			Experiment: row.Definition.Experiment,
		}
		for _, v := range row.Definition.Variants {
			if s.signer != nil {
				shown.Previews = append(shown.Previews, preview{v.Key, s.previewLink("/f/"+row.Key, v.Key)})
			}
		}
		data.Forms = append(data.Forms, shown)
	}
	pages, err := s.Pages(r.Context())
	if err != nil {
		return err
	}
	for _, p := range pages {
		row := pageRow{Key: p.Key, Name: p.Definition.Name, Experiment: p.Definition.Experiment, Variants: len(p.Definition.Variants)}
		for _, v := range p.Definition.Variants {
			if row.Variants > 1 && s.signer != nil {
				row.Previews = append(row.Previews, preview{v.Key, s.previewLink("/p/"+p.Key, v.Key)})
			}
		}
		data.Pages = append(data.Pages, row)
	}
	return s.kit.Render(w, http.StatusOK, "app", "forms_list", data)
}

// countedForm is a form with what came in through it.
type countedForm struct {
	*Form
	Submissions int
	Last        time.Time // of the newest submission; zero when there is none
}

func (s *Service) formRows(ctx context.Context) ([]countedForm, error) {
	list, err := s.Forms(ctx)
	if err != nil {
		return nil, err
	}
	var counts []struct {
		FormID int64
		N      int
		Last   time.Time
	}
	if err := s.db.Read().NewSelect().Model((*Submission)(nil)).Column("form_id").
		ColumnExpr("count(*) AS n").ColumnExpr("max(created_at) AS last").
		Group("form_id").Scan(ctx, &counts); err != nil {
		return nil, fmt.Errorf("forms: count: %w", err)
	}
	out := make([]countedForm, len(list))
	for i, f := range list {
		out[i].Form = f
		for _, c := range counts {
			if c.FormID == f.ID {
				out[i].Submissions, out[i].Last = c.N, c.Last
			}
		}
	}
	return out, nil
}

type detailPage struct {
	web.Page
	Key, Name   string
	Closed      bool
	Link, Embed string
	Total, Week int
	Visitors    int64  // of the newest whole days
	Rate        string // how many of them sent it, in which days
	Fields      []fieldRow
	Submissions []submissionRow
}

type fieldRow struct {
	Name, Label, Type string
	Required          bool
}

type submissionRow struct {
	LeadID  int64
	Name    string
	Answers []answerRow
	Page    string
	At      time.Time
}

type answerRow struct{ Label, Value string }

const (
	shownSubmissions = 25
	trafficDays      = 28 // four weeks, so that each day of the week weighs the same
)

// detail shows one form: how to put it on a page, and what came in.
func (s *Service) detail(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := s.loadForm(ctx, r.PathValue("key"))
	if err != nil {
		return err
	}
	page := s.kit.StaffPage(w, r, f.Definition.Name)
	data := detailPage{
		Page: page, Key: f.Key, Name: f.Definition.Name, Closed: f.Definition.Closed,
		Link:  s.kit.PublicURL + "/f/" + f.Key,
		Embed: fmt.Sprintf("<div data-sarnakh-form=%q></div>\n<script async\n  src=\"%s/embed.js\"></script>", f.Key, s.kit.PublicURL),
	}
	for _, field := range f.Definition.Fields {
		data.Fields = append(data.Fields, fieldRow{field.Name, field.Label.In(page.Lang), field.Type, field.Required})
	}
	err = s.db.Read().NewSelect().Model((*Submission)(nil)).Where("form_id = ?", f.ID).ColumnExpr("count(*)").
		ColumnExpr("count(CASE WHEN created_at >= ? THEN 1 END)", s.clock.Now().AddDate(0, 0, -7)).Scan(ctx, &data.Total, &data.Week)
	if err != nil {
		return fmt.Errorf("form %q: count: %w", f.Key, err)
	}
	sums, err := s.brought(ctx, aForm, []string{f.Key}, trafficDays)
	if err != nil {
		return err
	}
	data.Visitors, data.Rate = sums[f.Key].Visitors, sums[f.Key].said(page)
	rows, err := s.List(ctx, f.ID, shownSubmissions)
	if err != nil {
		return err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.LeadID
	}
	people, err := s.leads.FindMany(ctx, s.db.Read(), ids)
	if err != nil {
		return err
	}
	for _, row := range rows {
		data.Submissions = append(data.Submissions, s.submissionRow(page, f, row, people[row.LeadID]))
	}
	return s.kit.Render(w, http.StatusOK, "app", "forms_detail", data)
}

func (s *Service) submissionRow(page web.Page, f *Form, row *Submission, lead *leads.Lead) submissionRow {
	out := submissionRow{LeadID: row.LeadID, Page: row.Page, At: row.CreatedAt}
	if lead != nil {
		out.Name = lead.Name()
	}
	for _, field := range f.Definition.Fields {
		value, ok := row.Answers[field.Name]
		if !ok || field.Name == "email" || strings.HasSuffix(field.Name, "_name") {
			continue // they are the name of the row
		}
		out.Answers = append(out.Answers, answerRow{field.Label.In(page.Lang), field.said(page, value)})
	}
	return out
}

// said is how many of the visitors sent the form, and in which days.
func (b Brought) said(page web.Page) string {
	switch {
	case b.Visitors == 0:
		return page.T("forms.visitors.none")
	case b.Days == 0:
		return page.T("forms.visitors.today", "rate", page.Pct(float64(b.Conversions)/float64(b.Visitors), 1))
	}
	return page.T("forms.visitors.days", "n", b.Days, "rate", page.Pct(float64(b.Conversions)/float64(b.Visitors), 1))
}

// said is an answer as a person reads it: the label of a choice, yes or no.
func (f Field) said(page web.Page, value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return page.T("forms.yes")
		}
		return page.T("forms.no")
	case float64:
		return page.Num(v)
	}
	for _, o := range f.Options {
		if o.Value == value {
			return o.Label.In(page.Lang)
		}
	}
	text, _ := value.(string)
	if day, err := time.Parse(time.DateOnly, text); err == nil && f.Type == "date" {
		return page.Date(day)
	}
	return text
}

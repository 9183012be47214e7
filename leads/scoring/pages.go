package scoring

import (
	"html/template"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

const (
	shownTop     = 20
	shownChanges = 20
)

type pages struct {
	*Service
	kit *web.Kit
}

type boardPage struct {
	web.Page
	Chart template.HTML
	Rules []ruleRow
	Scale []Grade
	Top   []warmLead
}

type ruleRow struct {
	Key, Name, What, Limits string
	Points                  int64
	Active                  bool
	Leads                   int
	Sum                     float64
}

type warmLead struct {
	ID    int64
	Name  string
	Score int64
	Grade string
}

// board is scoring on one page: how many leads have which grade, the rules with what
// they count, and the warmest leads.
func (p pages) board(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := boardPage{Page: p.kit.StaffPage(w, r, "scoring.title")}
	b, err := p.book(ctx, p.db.Read())
	if err != nil {
		return err
	}
	page.Scale = b.scale.Grades
	grades, err := p.gradeCounts(ctx, b)
	if err != nil {
		return err
	}
	page.Chart = gradeChart(page.Locale, grades)
	if err := p.ruleRows(r, &page); err != nil {
		return err
	}
	top, err := p.top(ctx, shownTop)
	if err != nil {
		return err
	}
	var ids []int64
	for _, s := range top {
		ids = append(ids, s.LeadID)
	}
	known, err := p.leads.FindMany(ctx, p.db.Read(), ids)
	if err != nil {
		return err
	}
	for _, s := range top {
		if l := known[s.LeadID]; l != nil {
			page.Top = append(page.Top, warmLead{s.LeadID, l.Name(), s.Score, s.Grade})
		}
	}
	return p.kit.Render(w, http.StatusOK, "app", "scoring_board", page)
}

func (p pages) ruleRows(r *http.Request, page *boardPage) error {
	rows, err := p.rules().List(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	counts, err := p.ruleCounts(r.Context())
	if err != nil {
		return err
	}
	names, err := p.leads.ConditionNames(r.Context(), page.Lang)
	if err != nil {
		return err
	}
	for _, row := range rows {
		d := &row.Definition
		page.Rules = append(page.Rules, ruleRow{
			Key: row.Key, Name: d.Name.In(page.Lang), What: d.say(page.Locale, names), Limits: d.sayLimits(page.Locale),
			Points: d.Points, Active: d.IsActive(), Leads: counts[row.ID].Leads, Sum: counts[row.ID].Points,
		})
	}
	return nil
}

// say is what a rule is about, in the reader's words.
func (r *Rule) say(l i18n.Locale, names conditions.Names) string {
	if r.Condition != nil {
		return r.Condition.SayWith(l, names)
	}
	where, err := conditions.ReadProperties(r.Where)
	if err != nil { // Check refuses these
		return r.Event
	}
	return conditions.Condition{Event: r.Event, Properties: where}.SayWith(l, names)
}

// sayLimits is its cap and its decay in words.
func (r *Rule) sayLimits(l i18n.Locale) string {
	var text string
	if r.Cap > 0 {
		text = l.T("scoring.cap.text", "n", r.Cap)
	}
	if r.HalfLife > 0 {
		if text != "" {
			text += " · "
		}
		text += l.T("scoring.half_life.text", "span", r.HalfLife.Duration())
	}
	return text
}

func gradeChart(l i18n.Locale, grades []gradeCount) template.HTML {
	c := chart.BarChart{Title: l.T("scoring.chart"), Desc: l.T("scoring.chart.desc"), Empty: l.T("scoring.chart.empty")}
	values := make([]float64, len(grades))
	for i, g := range grades {
		label := g.Grade
		if label == "" {
			label = l.T("scoring.grade.none")
		}
		c.Labels, values[i] = append(c.Labels, label), float64(g.Leads)
	}
	c.Series = []chart.Series{{Name: l.T("scoring.leads"), Values: values}}
	return chart.Bars(l, c)
}

type leadPage struct {
	web.Page
	LeadID  int64
	Name    string
	Score   *Score
	Parts   []partRow
	Changes []changeRow
}

type partRow struct {
	Name, Rule string
	Points     float64
	Times      int64
}

type changeRow struct {
	From, To int64
	Grade    string
	At       time.Time
}

// lead is what one lead's score is made of and how it came to be.
func (p pages) lead(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	l, err := p.leads.Find(ctx, p.db.Read(), id)
	if err != nil {
		return err
	}
	page := leadPage{Page: p.kit.StaffPage(w, r, "scoring.title"), LeadID: id, Name: l.Name()}
	if page.Score, err = p.Find(ctx, id); err != nil {
		return err
	}
	parts, err := p.Parts(ctx, id)
	if err != nil {
		return err
	}
	for _, part := range parts {
		page.Parts = append(page.Parts, partRow{part.Name.In(page.Lang), part.Rule, part.Points, part.Times})
	}
	history, err := p.history(ctx, id)
	if err != nil {
		return err
	}
	for _, e := range history {
		from, _ := e.Properties["from"].(float64)
		to, _ := e.Properties["to"].(float64)
		grade, _ := e.Properties["grade"].(string)
		page.Changes = append(page.Changes, changeRow{int64(from), int64(to), grade, e.OccurredAt})
	}
	return p.kit.Render(w, http.StatusOK, "app", "scoring_lead", page)
}

package loyalty

import (
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

const (
	shownDays    = 30
	shownTop     = 10
	shownEntries = 15
)

type programmePage struct {
	web.Page
	Figures Figures
	Rules   []ruleCard
	Chart   template.HTML
	Top     []member
	Entries []entryRow
}

type ruleCard struct {
	Name, Event, Earns, Limit string
	Active                    bool
	Times                     int
	Points                    int64
}

type member struct {
	LeadID int64
	Name   string
	Points int64
}

type entryRow struct {
	member
	Kind, Reason string
	Spent        bool
	At           time.Time
}

// show is the programme on one page: figures, rules, points over time, who has the
// most and what was booked last.
func (p pages) show(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := programmePage{Page: p.kit.StaffPage(w, r, "loyalty.title")}
	var err error
	if page.Figures, err = p.Figures(ctx); err != nil {
		return err
	}
	rules, err := p.countedRules(ctx)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		page.Rules = append(page.Rules, p.card(page.Page, rule))
	}
	begins := days(p.clock.Now(), p.kit.Zone)
	sums, err := p.perDay(ctx, begins)
	if err != nil {
		return err
	}
	page.Chart = perDayChart(page, begins, sums)
	if err := p.people(r, &page); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "app", "loyalty_programme", page)
}

func perDayChart(page programmePage, begins []time.Time, sums []float64) template.HTML {
	c := chart.LineChart{
		Title: page.T("loyalty.chart"), Desc: page.T("loyalty.chart.desc", "n", page.Figures.Recent),
		Times: begins, Empty: page.T("loyalty.chart.empty"),
	}
	if slices.Max(sums) > 0 { // a line along the ground says less than the sentence
		c.Series = []chart.Series{{Name: page.T("loyalty.points"), Values: sums}}
	}
	return chart.Line(page.Locale, c)
}

// people fills in who has the most points and what was booked last.
func (p pages) people(r *http.Request, page *programmePage) error {
	top, err := p.top(r.Context(), shownTop)
	if err != nil {
		return err
	}
	entries, err := p.Entries(r.Context(), 0, shownEntries)
	if err != nil {
		return err
	}
	var ids []int64
	for _, b := range top {
		ids = append(ids, b.LeadID)
	}
	for _, e := range entries {
		ids = append(ids, e.LeadID)
	}
	known, err := p.leads.FindMany(r.Context(), p.db.Read(), ids)
	if err != nil {
		return err
	}
	for _, b := range top {
		page.Top = append(page.Top, member{b.LeadID, name(known[b.LeadID]), b.Points})
	}
	for _, e := range entries {
		page.Entries = append(page.Entries, entryRow{
			member{e.LeadID, name(known[e.LeadID]), e.Points},
			page.T("loyalty.kind." + e.Kind), e.Reason.In(page.Lang), e.Points < 0, e.At,
		})
	}
	return nil
}

func name(l *leads.Lead) string {
	if l == nil {
		return ""
	}
	return l.Name()
}

// card puts a rule into words.
func (p pages) card(page web.Page, r countedRule) ruleCard {
	c := ruleCard{
		Name: r.Name.In(page.Lang), Event: conditions.SayEvent(page.Locale, r.Event, nil), Active: r.IsActive, Times: r.Times, Points: r.Given,
		Earns: page.T("loyalty.earns", "n", r.Points),
	}
	if r.Per != nil {
		c.Earns = page.T("loyalty.earns_per", "n", r.Points, "each", r.Per.Each, "property", r.Per.Property)
	}
	switch {
	case r.Limit == nil:
	case r.Limit.Within == 0:
		c.Limit = page.T("loyalty.limit.ever", "n", r.Limit.Times)
	default:
		c.Limit = page.T("loyalty.limit", "n", r.Limit.Times, "within", r.Limit.Within.Duration())
	}
	return c
}

// days returns when each of the last days began in a time zone, today the last.
func days(now time.Time, zone *time.Location) []time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	begins := make([]time.Time, shownDays)
	for i := range begins {
		begins[i] = time.Date(y, m, d-shownDays+1+i, 0, 0, 0, 0, zone)
	}
	return begins
}

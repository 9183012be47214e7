package insights

import (
	"html/template"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/web"
)

// homeDays is how far back the charts of the home page look.
const homeDays = 28

// Routes is who may ask for what.
func (s *Service) Routes(k *web.Kit) []web.Route {
	h := home{s, k}
	return []web.Route{
		{Pattern: "GET /{$}", Access: web.Staff, Handle: h.page},
		{Pattern: "GET /api/v1/summary", Access: web.Staff, Scope: "insights:read", Handle: s.apiSummary, Doc: &web.Operation{
			Tag: "Insights", Summary: "The figures of the home page", Text: "All of them since the beginning.", Answer: Summary{},
		}},
	}
}

type home struct {
	s   *Service
	kit *web.Kit
}

type homePage struct {
	web.Page
	Today  Summary
	All    Summary
	Stats  []stat
	Chart  template.HTML
	Funnel template.HTML
	Empty  bool
	Start  start
}

// OpenRate is the share of the e-mails sent that were opened at least once.
func (p homePage) OpenRate() float64 { return float64(p.All.EmailsOpened) / float64(p.All.EmailsSent) }

// ClickRate is the share of the e-mails sent from which a link was followed.
func (p homePage) ClickRate() float64 {
	return float64(p.All.EmailsClicked) / float64(p.All.EmailsSent)
}

type stat struct {
	Label, Value, Note string
	Spark              template.HTML
}

// page shows today's figures and the way people took.
func (h home) page(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := h.kit.StaffPage(w, r, "insights.title")
	begins := days(page.Now, h.s.zone, homeDays)
	data := homePage{Page: page}
	var err error
	if data.Today, err = h.s.Count(ctx, begins[homeDays-1]); err != nil {
		return err
	}
	if data.All, err = h.s.Count(ctx, time.Time{}); err != nil {
		return err
	}
	if data.Empty = (data.All == Summary{}); data.Empty {
		table, key, err := h.s.newest(ctx)
		if err != nil {
			return err
		}
		data.Start = startWith(page, table, key)
	}
	leads, err := h.s.perDay(ctx, "leads", "created_at", begins)
	if err != nil {
		return err
	}
	visitors, err := h.s.visitorsPerDay(ctx, begins)
	if err != nil {
		return err
	}
	sent, err := h.s.perDay(ctx, "messages", "sent_at", begins)
	if err != nil {
		return err
	}
	note := func(all int) string { return page.T("insights.all", "n", all) }
	data.Stats = []stat{
		{page.T("insights.visitors"), page.Num(data.Today.Visitors), note(data.All.Visitors), chart.Spark(page.Locale, visitors, page.T("insights.visitors"))},
		{page.T("insights.leads"), page.Num(data.Today.Leads), note(data.All.Leads), chart.Spark(page.Locale, leads, page.T("insights.leads"))},
		{page.T("insights.mails"), page.Num(data.Today.EmailsSent), note(data.All.EmailsSent), chart.Spark(page.Locale, sent, page.T("insights.mails"))},
		{page.T("insights.points"), page.Num(data.Today.PointsAwarded), note(data.All.PointsAwarded), ""},
		{page.T("insights.redeemed"), page.Num(data.Today.OffersRedeemed), note(data.All.OffersRedeemed), ""},
	}
	data.Chart = chart.Line(page.Locale, chart.LineChart{
		Title: page.T("insights.chart"), Desc: page.T("insights.chart.text"), Times: begins,
		Series: []chart.Series{{Name: page.T("insights.visitors"), Values: visitors}, {Name: page.T("insights.leads"), Values: leads}},
		Empty:  page.T("insights.chart.empty"),
	})
	people, err := h.s.people(ctx)
	if err != nil {
		return err
	}
	data.Funnel = chart.Funnel(page.Locale, chart.FunnelChart{
		Title: page.T("insights.funnel"), Desc: page.T("insights.funnel.text"),
		Stages: []chart.Stage{
			{Name: page.T("insights.people"), Count: people.Leads},
			{Name: page.T("insights.people.mailed"), Count: people.Mailed},
			{Name: page.T("insights.people.opened"), Count: people.Opened},
			{Name: page.T("insights.people.clicked"), Count: people.Clicked},
			{Name: page.T("insights.people.redeemed"), Count: people.Redeemed},
		},
		Empty: page.T("insights.funnel.empty"),
	})
	return h.kit.Render(w, http.StatusOK, "app", "insights_home", data)
}

// apiSummary is the figures for scripts, all of them since ever.
func (s *Service) apiSummary(w http.ResponseWriter, r *http.Request) error {
	sum, err := s.Count(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, sum)
}

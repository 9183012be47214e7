package campaigns

import (
	"context"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// pages are what the people of the workspace see.
type pages struct {
	*Service
	kit *web.Kit
}

type listPage struct {
	web.Page
	Inside, Entered int
	Mail            mailRates
	Journeys        []journeyCard
	Emails          []emailCard
}

type journeyCard struct {
	Key, Name, Trigger string
	Paused             bool
	Figures            Figures
	Mail               mailRates
}

type emailCard struct {
	Key, Name, Subject string
	Langs              []i18n.Lang
}

// list shows all journeys and e-mails.
func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := listPage{Page: p.kit.StaffPage(w, r, "campaigns.title")}
	all, err := p.Journeys(ctx)
	if err != nil {
		return err
	}
	figures, err := p.figures(ctx)
	if err != nil {
		return err
	}
	mails, err := p.effects.Delivery.CountsByJourney(ctx)
	if err != nil {
		return err
	}
	emails, err := p.Emails(ctx)
	if err != nil {
		return err
	}
	for _, j := range all {
		t, err := p.track(ctx, p.db.Read(), j.VersionID)
		if err != nil {
			return err
		}
		trigger := t.Definition().Trigger
		card := journeyCard{
			Key: j.Key, Name: j.Name.In(page.Lang), Trigger: conditions.SayEvent(page.Locale, trigger.Event, trigger.Where),
			Paused: j.State == StatePaused, Figures: figures[j.ID], Mail: mailRates{mails[j.Key]},
		}
		page.Inside += card.Figures.Inside
		page.Entered += card.Figures.Entered
		page.Mail.Sent += card.Mail.Sent
		page.Mail.Opened += card.Mail.Opened
		page.Mail.Clicked += card.Mail.Clicked
		page.Journeys = append(page.Journeys, card)
	}
	for _, e := range emails {
		letter, err := p.letter(e, page.Lang, "")
		if err != nil {
			return err
		}
		subject, err := letter.Subject(content.SampleReader(e.Definition.Lang(page.Lang), p.look.Site))
		if err != nil {
			return err
		}
		page.Emails = append(page.Emails, emailCard{e.Key, e.Definition.Name.In(page.Lang), subject, e.Definition.Langs()})
	}
	return p.kit.Render(w, http.StatusOK, "app", "campaigns_list", page)
}

// speaker knows the words of the page and the names of e-mails, offers, fields and segments.
func (p pages) speaker(ctx context.Context, l i18n.Locale) (speaker, error) {
	emails, err := p.Emails(ctx)
	if err != nil {
		return speaker{}, err
	}
	names := make(map[string]i18n.Text, len(emails))
	for _, e := range emails {
		names[e.Key] = e.Definition.Name
	}
	titles, err := p.effects.Offers.Titles(ctx, p.db.Read())
	if err != nil {
		return speaker{}, err
	}
	fields, err := p.leads.ConditionNames(ctx, l.Lang)
	if err != nil {
		return speaker{}, err
	}
	experiments, err := p.effects.Experiments.Names(ctx, p.db.Read())
	return speaker{l, names, titles, fields, experiments}, err
}

type detailPage struct {
	web.Page
	Key       string
	Paused    bool
	Version   int
	Versions  []versionTab
	Old       int // people inside on other versions than the one shown
	Figures   VersionFigures
	Mail      mailRates
	Trigger   string
	Condition string
	Entry     string
	Start     string // who waits before the first step
	Steps     []flowStep
	Funnel    template.HTML
	// FunnelNote is what the funnel leaves out: e-mails that were not sent.
	FunnelNote string
	Decisions  []decisionRow
	Before     int64 // the decisions shown go back from here; 0 from the newest
	Next       int64 // the id to go back from for older ones; 0 when there are none
}

type versionTab struct {
	Number  int
	Current bool // shown on this page
	Newest  bool
}

type decisionRow struct {
	LeadID  int64
	Name    string
	Text    string
	Skipped bool
	At      time.Time
	Fate    fate // of the message, where one was to be sent
}

// fate is what became of a message.
type fate struct{ Tone, State, Reason string }

func sayFate(l i18n.Locale, o delivery.Outcome) fate {
	f := fate{"muted", o.SayState(l), o.SayReason(l)}
	switch {
	case o.Held():
		f.Tone = "warn"
	case o.Good():
		f.Tone, f.Reason = "good", ""
	}
	return f
}

const shownDecisions = 20

// detail draws one journey with its figures and what was decided last.
func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	j, err := p.FindJourney(ctx, r.PathValue("key"))
	if err != nil {
		return err
	}
	page := detailPage{Page: p.kit.StaffPage(w, r, ""), Key: j.Key, Paused: j.State == StatePaused}
	page.Title = j.Name.In(page.Lang)
	words, err := p.speaker(ctx, page.Locale)
	if err != nil {
		return err
	}
	version, err := p.chosen(ctx, r, j, &page)
	if err != nil {
		return err
	}
	if err := p.draw(ctx, j, version, words, &page); err != nil {
		return err
	}
	page.Before, _ = strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err := p.log(ctx, j, words, &page); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "app", "campaigns_journey", page)
}

// chosen is the version that ?version= names, else the newest.
func (p pages) chosen(ctx context.Context, r *http.Request, j *Journey, page *detailPage) (*Version, error) {
	versions, err := p.Versions(ctx, j)
	if err != nil {
		return nil, err
	}
	wanted, err := strconv.Atoi(r.URL.Query().Get("version"))
	if err != nil {
		wanted = versions[0].Number
	}
	shown := versions[0]
	for _, v := range versions {
		if v.Number == wanted {
			shown = v
		}
	}
	for _, v := range versions {
		page.Versions = append(page.Versions, versionTab{v.Number, v == shown, v == versions[0]})
	}
	page.Version = shown.Number
	return shown, nil
}

// draw fills in the flow and the figures.
func (p pages) draw(ctx context.Context, j *Journey, v *Version, words speaker, page *detailPage) error {
	t, err := p.track(ctx, p.db.Read(), v.ID)
	if err != nil {
		return err
	}
	if page.Figures, err = p.versionFigures(ctx, v.ID); err != nil {
		return err
	}
	all, err := p.figures(ctx)
	if err != nil {
		return err
	}
	page.Old = max(0, all[j.ID].Inside-page.Figures.Inside)
	mails, err := p.effects.Delivery.CountsByStep(ctx, j.Key)
	if err != nil {
		return err
	}
	for _, c := range mails {
		page.Mail.All += c.All
		page.Mail.Due += c.Due
		page.Mail.Sending += c.Sending
		page.Mail.Sent += c.Sent
		page.Mail.Opened += c.Opened
		page.Mail.Clicked += c.Clicked
		page.Mail.Failed += c.Failed
		page.Mail.Suppressed += c.Suppressed
		page.Mail.Unsure += c.Unsure
	}
	taken, err := p.taken(ctx, p.db.Read(), v.ID, t)
	if err != nil {
		return err
	}
	trigger := v.Definition.Trigger
	page.Trigger = conditions.SayEvent(page.Locale, trigger.Event, trigger.Where)
	if trigger.Condition != nil {
		page.Condition = words.asks(trigger.Condition)
	}
	page.Entry = page.T("campaigns.entry", "n", v.Definition.MaxEntries())
	if page.Figures.AtStart > 0 {
		page.Start = page.T("campaigns.waiting", "n", page.Figures.AtStart)
	}
	page.Steps = drawing{words, page.Figures, mails, taken}.steps(t.Outline())
	page.Funnel = chart.Funnel(page.Locale, chart.FunnelChart{
		Title: page.T("campaigns.funnel"), Desc: page.T("campaigns.funnel.text"), Empty: page.T("campaigns.funnel.empty"),
		Stages: []chart.Stage{
			{Name: page.T("campaigns.funnel.sent"), Count: page.Mail.Sent},
			{Name: page.T("campaigns.funnel.opened"), Count: page.Mail.Opened}, {Name: page.T("campaigns.funnel.clicked"), Count: page.Mail.Clicked},
		},
	})
	page.FunnelNote = words.unsent(page.Mail)
	return nil
}

// log fills in what was decided last, for whom and why.
func (p pages) log(ctx context.Context, j *Journey, words speaker, page *detailPage) error {
	rows, more, err := p.Decisions(ctx, j, page.Before, shownDecisions)
	if err != nil {
		return err
	}
	ids := make([]int64, len(rows))
	var sends []string
	for i, d := range rows {
		ids[i] = d.LeadID
		if d.Detail.Effect != "" {
			sends = append(sends, d.Detail.Effect)
		}
	}
	outcomes, err := p.effects.Delivery.Outcomes(ctx, sends)
	if err != nil {
		return err
	}
	people, err := p.leads.FindMany(ctx, p.db.Read(), ids)
	if err != nil {
		return err
	}
	for _, d := range rows {
		row := decisionRow{LeadID: d.LeadID, Text: words.decision(d), Skipped: d.Outcome == OutcomeSkipped, At: d.At}
		if l := people[d.LeadID]; l != nil {
			row.Name = l.Name()
		}
		if o, ok := outcomes[d.Detail.Effect]; ok {
			row.Fate = sayFate(page.Locale, o)
		}
		page.Decisions = append(page.Decisions, row)
	}
	if more {
		page.Next = rows[len(rows)-1].ID
	}
	return nil
}

// pause and resume answer the button on the page of a journey.
func (p pages) pause(w http.ResponseWriter, r *http.Request) error {
	return p.switched(w, r, p.Pause, "campaigns.paused.flash")
}

func (p pages) resume(w http.ResponseWriter, r *http.Request) error {
	return p.switched(w, r, p.Resume, "campaigns.resumed.flash")
}

func (p pages) switched(w http.ResponseWriter, r *http.Request, do func(context.Context, string) error, said string) error {
	key := r.PathValue("key")
	if err := do(r.Context(), key); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T(said))
	return web.Redirect(w, r, "/journeys/%s", key)
}

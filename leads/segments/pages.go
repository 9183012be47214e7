package segments

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

const (
	shownDays    = 30
	shownMembers = 25
	shownFound   = 10
)

type listPage struct {
	web.Page
	Segments []segmentCard
}

// segmentCard is a segment in words and figures.
type segmentCard struct {
	*Segment
	Name, About string
	Who         string
	Entered     int64
	Gone        int64
	Spark       template.HTML
}

func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	page := listPage{Page: p.kit.StaffPage(w, r, "segments.title")}
	all, err := p.List(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	histories, err := p.history(r.Context(), all, shownDays)
	if err != nil {
		return err
	}
	names, err := p.names(r.Context(), page.Lang)
	if err != nil {
		return err
	}
	for _, seg := range all {
		h := histories[seg.ID]
		c := p.card(page.Locale, seg, names)
		_, c.Entered, c.Gone, _ = h.Sums()
		c.Spark = chart.Spark(page.Locale, h.Size, page.T("segments.spark", "n", seg.Size))
		page.Segments = append(page.Segments, c)
	}
	return p.kit.Render(w, http.StatusOK, "app", "segments_list", page)
}

func (p pages) card(l i18n.Locale, seg *Segment, names conditions.Names) segmentCard {
	c := segmentCard{Segment: seg, Name: seg.Definition.Name.In(l.Lang), About: seg.Definition.Description.In(l.Lang), Who: l.T("segments.by_hand")}
	if seg.dynamic() {
		c.Who = seg.Definition.Who().SayWith(l, names)
	}
	return c
}

type detailPage struct {
	web.Page
	segmentCard
	YAML    string
	Chart   template.HTML
	Before  int64 // the size 30 days ago
	Filled  int64
	Members []Member
	Next    int64
	First   bool
	UsedBy  []string
	Search  string
	Found   []*leads.Lead
	Pasted  string
}

func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	seg, err := p.Find(r.Context(), p.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return p.showDetail(w, r, http.StatusOK, seg, "")
}

func (p pages) showDetail(w http.ResponseWriter, r *http.Request, status int, seg *Segment, pasted string) error {
	ctx := r.Context()
	page := detailPage{Page: p.kit.StaffPage(w, r, "segments.title"), Pasted: pasted, Search: strings.TrimSpace(r.URL.Query().Get("q"))}
	names, err := p.names(ctx, page.Lang)
	if err != nil {
		return err
	}
	page.segmentCard = p.card(page.Locale, seg, names)
	page.Title = page.Name
	histories, err := p.history(ctx, []*Segment{seg}, shownDays)
	if err != nil {
		return err
	}
	h := histories[seg.ID]
	page.Before, page.Entered, page.Gone, page.Filled = h.Sums()
	page.Chart = chart.Line(page.Locale, chart.LineChart{
		Title: page.T("segments.chart"), Desc: page.T("segments.chart.desc", "n", seg.Size), Times: h.Days,
		Series: []chart.Series{{Name: page.T("segments.size"), Values: h.Size}}, Empty: page.T("segments.chart.empty"),
	})
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	members, more, err := p.Members(ctx, seg, before, shownMembers)
	if err != nil {
		return err
	}
	if page.Members, page.First = members, before <= 0; more {
		page.Next = members[len(members)-1].ID
	}
	users, err := p.UsedBy(ctx, p.db.Read(), seg.Key)
	if err != nil {
		return err
	}
	for _, u := range users {
		page.UsedBy = append(page.UsedBy, u.In(page.Lang))
	}
	if seg.dynamic() {
		if page.YAML, err = writeCondition(seg.Definition.Who()); err != nil {
			return err
		}
	} else if page.Search != "" {
		if page.Found, _, err = p.leads.List(ctx, leads.ListOptions{Search: page.Search, Limit: shownFound}); err != nil {
			return err
		}
	}
	return p.kit.Render(w, status, "app", "segments_detail", page)
}

// remove deletes the segment.
func (p pages) remove(w http.ResponseWriter, r *http.Request) error {
	page, key := p.kit.Page(r, "segments.title"), r.PathValue("key")
	users, err := p.UsedBy(r.Context(), p.db.Read(), key)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		var names []string
		for _, u := range users {
			names = append(names, u.In(page.Lang))
		}
		web.SetFlash(w, "bad", page.T("segments.used", "who", strings.Join(names, page.T("conditions.comma"))))
		return web.Redirect(w, r, "/segments/%s", key)
	}
	if err := p.Delete(r.Context(), key); err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("segments.deleted"))
	return web.Redirect(w, r, "/segments")
}

// change adds or removes members by hand: those whose e-mails were pasted, or the
// ticked ones.
func (p pages) change(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	page, key := p.kit.Page(r, "segments.title"), r.PathValue("key")
	var ids []int64
	for _, text := range r.PostForm["lead"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("lead %q: %w", text, errs.Invalid)
		}
		ids = append(ids, id)
	}
	emails := addresses(r.PostForm.Get("emails"))
	found, unknown, err := p.leadsOf(r.Context(), p.db.Read(), emails)
	if err != nil {
		return err
	}
	in := r.PostForm.Get("do") != "remove"
	changed, err := p.byHand(r.Context(), key, append(ids, found...), in)
	if errors.Is(err, errs.TooLarge) {
		web.SetFlash(w, "bad", page.T("segments.too_many", "n", mostByHand))
		return web.Redirect(w, r, "/segments/%s", key)
	}
	if err != nil {
		return err
	}
	said := page.T("segments.added", "n", changed.Changed)
	if !in {
		said = page.T("segments.removed", "n", changed.Changed)
	}
	kind := "good"
	if len(unknown) > 0 {
		kind = "bad"
		said += " " + page.T("segments.unknown", "n", len(unknown), "who", strings.Join(unknown[:min(len(unknown), 5)], page.T("conditions.comma")))
	}
	web.SetFlash(w, kind, said)
	return web.Redirect(w, r, "/segments/%s", key)
}

// addresses picks the e-mail addresses out of a pasted text, whatever stands between.
func addresses(text string) (out []string) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;،؛<>\"()", r) }) {
		if a, err := mail.ParseAddress(word); err == nil && !slices.Contains(out, a.Address) {
			out = append(out, a.Address)
		}
	}
	return out
}

type whyPage struct {
	web.Page
	Segment   segmentCard
	LeadID    int64
	LeadName  string
	Member    bool
	EnteredAt time.Time
	Static    bool
	Holds     bool
	Reason    *reasonView
	Asked     string // who was looked for and not found
}

// reasonView is one condition with what was seen.
type reasonView struct {
	Held        bool
	Asked, Seen string
	Parts       []*reasonView
	*whyPage
}

// why shows the reason for one lead, who is named by id or by e-mail.
func (p pages) why(w http.ResponseWriter, r *http.Request) error {
	page := &whyPage{Page: p.kit.StaffPage(w, r, "segments.why")}
	seg, err := p.Find(r.Context(), p.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	names, err := p.names(r.Context(), page.Lang)
	if err != nil {
		return err
	}
	page.Segment, page.Static = p.card(page.Locale, seg, names), !seg.dynamic()
	asked := strings.TrimSpace(i18n.ASCIIDigits(r.URL.Query().Get("lead")))
	id, err := strconv.ParseInt(asked, 10, 64)
	if err != nil && asked != "" {
		l, err := p.leads.FindByEmail(r.Context(), p.db.Read(), asked)
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if l != nil {
			id = l.ID
		}
	}
	why, err := p.Why(r.Context(), seg.Key, id)
	if errors.Is(err, errs.NotFound) {
		page.Asked = asked
		return p.kit.Render(w, http.StatusOK, "app", "segments_why", page)
	}
	if err != nil {
		return err
	}
	page.LeadID, page.LeadName = why.Lead.ID, why.Lead.Name()
	page.Member, page.EnteredAt, page.Holds = why.Member, why.EnteredAt, why.Reason.Held
	if !page.Static {
		page.Reason = page.view(why.Reason, names)
	}
	return p.kit.Render(w, http.StatusOK, "app", "segments_why", page)
}

func (page *whyPage) view(e conditions.Explanation, names conditions.Names) *reasonView {
	v := &reasonView{Held: e.Held, Asked: e.Say(page.Locale, names), Seen: e.Seen(page.Locale), whyPage: page}
	for _, part := range e.Parts {
		v.Parts = append(v.Parts, page.view(part, names))
	}
	return v
}

type leadPage struct {
	web.Page
	LeadID int64
	Name   string
	In     []leadRow
	Out    []leadRow
}

type leadRow struct {
	Key, Name string
	Static    bool
	Since     time.Time
}

// ofLead lists the segments that a lead is in, and those it is not in.
func (p pages) ofLead(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	l, err := p.leads.Find(r.Context(), p.db.Read(), id)
	if err != nil {
		return err
	}
	page := leadPage{Page: p.kit.StaffPage(w, r, "segments.of_lead"), LeadID: l.ID, Name: l.Name()}
	in, err := p.Of(r.Context(), p.db.Read(), l.ID)
	if err != nil {
		return err
	}
	since := map[string]time.Time{}
	for _, m := range in {
		since[m.Key] = m.EnteredAt
	}
	all, err := p.List(r.Context(), p.db.Read())
	if err != nil {
		return err
	}
	for _, seg := range all {
		row := leadRow{Key: seg.Key, Name: seg.Definition.Name.In(page.Lang), Static: !seg.dynamic()}
		if at, ok := since[seg.Key]; ok {
			row.Since = at.UTC()
			page.In = append(page.In, row)
		} else {
			page.Out = append(page.Out, row)
		}
	}
	return p.kit.Render(w, http.StatusOK, "app", "segments_lead", page)
}

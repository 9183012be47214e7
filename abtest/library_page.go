package abtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type libraryPage struct {
	web.Page
	Tabs     []roomTab
	Any      bool   // there is something in the library at all
	Sentence string // how many found a better version
	Filters  []lessonFilter
	Search   string
	Outcome  string
	Lessons  []lessonCard
}

// lessonFilter is one outcome with how many experiments have it.
type lessonFilter struct {
	Href, Label string
	Count       int
	Here        bool
}

type lessonCard struct {
	Key, Name, Hypothesis string
	Surface               string
	Outcome, Tone         string
	Said                  string // what won by how much
	Visitors, Conversions int64
	Days                  int
	EndedAt               time.Time
	Learnt                []*Note
	Holdouts              []string // keys
}

// library shows what ended experiments taught.
func (p pages) library(w http.ResponseWriter, r *http.Request) error {
	all, err := p.s.Library(r.Context())
	if err != nil {
		return err
	}
	data := libraryPage{Page: p.kit.StaffPage(w, r, "experiments.library.title"), Any: len(all) > 0}
	data.Tabs = roomTabs(data.Page, "library")
	in := r.URL.Query()
	data.Search = strings.TrimSpace(in.Get("q"))
	if slices.Contains(outcomes, Outcome(in.Get("outcome"))) {
		data.Outcome = in.Get("outcome")
	}
	data.fill(all)
	return p.kit.Render(w, http.StatusOK, "app", "abtest_library", data)
}

func (d *libraryPage) fill(all []*Lesson) {
	counts := map[Outcome]int{}
	for _, l := range all {
		counts[l.Outcome]++
	}
	d.Sentence = d.T("experiments.library.share", "won", counts[OutcomeWon], "n", len(all))
	href := func(outcome Outcome) string {
		in := url.Values{}
		if outcome != "" {
			in.Set("outcome", string(outcome))
		}
		if d.Search != "" {
			in.Set("q", d.Search)
		}
		return "/experiments/library?" + in.Encode()
	}
	d.Filters = []lessonFilter{{href(""), d.T("experiments.library.all"), len(all), d.Outcome == ""}}
	for _, o := range outcomes {
		d.Filters = append(d.Filters, lessonFilter{href(o), d.T("experiments.outcome." + string(o)), counts[o], d.Outcome == string(o)})
	}
	for _, l := range all {
		if (d.Outcome == "" || l.Outcome == Outcome(d.Outcome)) && l.has(d.Search) {
			d.Lessons = append(d.Lessons, d.card(l))
		}
	}
}

// has reports whether a text stands in the lesson: in its name, hypothesis, key or what
// was learnt.
func (l *Lesson) has(text string) bool {
	texts := []string{l.Name, l.Key, l.Hypothesis[i18n.English], l.Hypothesis[i18n.Persian]}
	for _, n := range l.Learnt {
		texts = append(texts, n.Body)
	}
	return anyHas(texts, text)
}

var outcomeTone = map[Outcome]string{OutcomeWon: "good", OutcomeControl: "", OutcomeNone: "muted", OutcomeStopped: "warn", OutcomeBlocked: "bad"}

func (d *libraryPage) card(l *Lesson) lessonCard {
	c := lessonCard{
		Key: l.Key, Name: l.Name, Hypothesis: l.Hypothesis.In(d.Lang), Surface: d.T("experiments.choice.surface." + l.Surface),
		Outcome: d.T("experiments.outcome." + string(l.Outcome)), Tone: outcomeTone[l.Outcome],
		Visitors: l.Visitors, Conversions: l.Conversions, Days: l.Days, Learnt: l.Learnt, Holdouts: l.holdouts,
	}
	if l.EndedAt != nil {
		c.EndedAt = *l.EndedAt
	}
	winner := title(l.Winner, l.winner, d.Lang)
	switch {
	case l.Outcome == OutcomeWon || l.Outcome == OutcomeControl:
		c.Said = d.T("experiments.library.won", "winner", winner)
	default:
		c.Said = d.T("experiments.library.said." + string(l.Outcome))
	}
	switch {
	case l.Difference != nil:
		c.Said += " " + d.brought(l)
	case l.Lift != nil && l.LiftHigh != nil:
		c.Said += " " + d.T("experiments.library.lift", "lift", d.Iso(signed(d.Locale, *l.Lift)), "low", d.Iso(signed(d.Locale, *l.LiftLow)), "high", d.Iso(signed(d.Locale, *l.LiftHigh)))
	case l.Lift != nil:
		c.Said += " " + d.T("experiments.library.lift.open", "lift", d.Iso(signed(d.Locale, *l.Lift)), "low", d.Iso(signed(d.Locale, *l.LiftLow)))
	}
	return c
}

// brought says by how much more a visitor or a unit brings.
func (d *libraryPage) brought(l *Lesson) string {
	change := d.Iso(amountOf(d.Locale, *l.Difference))
	if l.Lift != nil {
		change = d.T("experiments.library.change", "difference", change, "lift", d.Iso(signed(d.Locale, *l.Lift)))
	}
	if l.DifferenceLow == nil {
		return d.T("experiments.library.brought", "figure", l.goal.figure(d.Locale), "change", change)
	}
	return d.T("experiments.library.brought.between", "figure", l.goal.figure(d.Locale), "change", change,
		"low", d.Iso(amountOf(d.Locale, *l.DifferenceLow)), "high", d.Iso(amountOf(d.Locale, *l.DifferenceHigh)))
}

// apiLibrary lists what ended experiments taught, for scripts.
func (s *Service) apiLibrary(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, mostListed)
	if err != nil {
		return err
	}
	all, err := s.Library(r.Context())
	if err != nil {
		return err
	}
	in := r.URL.Query()
	if o := in.Get("outcome"); o != "" && !slices.Contains(outcomes, Outcome(o)) {
		return errs.Fields{"outcome": "errors.choice"}
	}
	all = slices.DeleteFunc(all, func(l *Lesson) bool {
		return in.Get("outcome") != "" && l.Outcome != Outcome(in.Get("outcome")) || !l.has(strings.TrimSpace(in.Get("q")))
	})
	answer, err := web.PageOf(page, all, func(l *Lesson) string { return l.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, answer)
}

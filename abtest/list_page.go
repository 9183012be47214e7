package abtest

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type pages struct {
	s   *Service
	kit *web.Kit
}

type listPage struct {
	web.Page
	Tabs   []roomTab
	Search string
	States []boxOption
	Narrow bool   // a search or a state was asked for
	Most   string // that only the newest are listed; "" where all are
	Cards  []card
}

type card struct {
	Key, Name, Hypothesis string
	State, StateTone      string
	Verdict, VerdictTone  string
	Started               bool
	Days                  int
	Counted               string // what the figures are, where they are no rates
	Arms                  []bar
}

// bar is a variant's figure as a part of the best one's.
type bar struct {
	Name, Figure          string
	Length                float64 // in per cent
	Visitors, Conversions int64
	Wins                  bool
}

// shownStates are what the list can be narrowed to, in this order.
var shownStates = []State{Running, Paused, Decided, Draft, Stopped, Archived}

// list shows the experiments, the newest first: those of one state, those whose name has
// some text. The archive is shown where it is asked for.
func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	data := listPage{Page: p.kit.StaffPage(w, r, "abtest.title"), Search: strings.TrimSpace(r.URL.Query().Get("q"))}
	data.Tabs = roomTabs(data.Page, "list")
	state := State(r.URL.Query().Get("state"))
	for _, of := range shownStates {
		data.States = append(data.States, boxOption{string(of), data.T("abtest.state." + string(of)), of == state})
	}
	find := p.s.List
	if state == Archived {
		find = p.s.Archive
	}
	list, err := find(r.Context())
	if err != nil {
		return err
	}
	if len(list) == mostListed {
		data.Most = data.T("experiments.list.most", "n", mostListed)
	}
	known := slices.Contains(shownStates, state)
	data.Narrow = known || data.Search != ""
	for _, sum := range list {
		if (!known || sum.State == state) && sum.has(data.Search) {
			data.Cards = append(data.Cards, data.card(sum))
		}
	}
	return p.kit.Render(w, http.StatusOK, "app", "abtest_list", data)
}

// has reports whether a text stands in the name, the key or the hypothesis.
func (s *Summary) has(text string) bool {
	return anyHas([]string{s.Name, s.Key, s.hypothesis[i18n.English], s.hypothesis[i18n.Persian]}, text)
}

// anyHas reports whether a text stands in one of several, however it is spelled.
func anyHas(texts []string, text string) bool {
	text = i18n.Fold(text)
	return slices.ContainsFunc(texts, func(of string) bool { return strings.Contains(i18n.Fold(of), text) })
}

func (d listPage) card(sum *Summary) card {
	c := card{
		Key: sum.Key, Name: sum.Name, Hypothesis: sum.hypothesis.In(d.Lang), Started: sum.StartedAt != nil, Days: sum.Days,
		State: d.T("abtest.state." + string(sum.State)), StateTone: stateTone[sum.State],
	}
	if sum.goal.byMean() {
		c.Counted = sum.goal.figure(d.Locale)
	}
	var best float64
	for _, a := range sum.Arms {
		if v := a.measured(&sum.goal); !math.IsNaN(v) {
			best = max(best, v)
		}
	}
	for _, a := range sum.Arms {
		measured := a.measured(&sum.goal)
		b := bar{Name: title(a.Key, a.Name, d.Lang), Figure: sum.goal.write(d.Locale, measured), Visitors: a.Visitors, Conversions: a.Conversions, Wins: a.Key == sum.Verdict.Winner}
		if measured > 0 {
			b.Length = 100 * measured / best
		}
		c.Arms = append(c.Arms, b)
		if b.Wins {
			c.Verdict = d.T("abtest.badge.winner", "winner", b.Name)
		}
	}
	if c.Started && c.Verdict == "" && sum.Verdict.Reason != ReasonStopped {
		c.Verdict = d.T("abtest.badge." + string(sum.Verdict.State))
	}
	c.VerdictTone = badgeTone[sum.Verdict.State]
	return c
}

// measured is what the verdict compares: the rate, or what is brought; NaN where there is
// none.
func (a SummaryArm) measured(g *Goal) float64 {
	if g.byMean() {
		return orNaN(a.Mean)
	}
	return orNaN(a.Rate)
}

// write writes what a goal compares: a rate as a percentage, what is brought as an amount.
func (g *Goal) write(l i18n.Locale, measured float64) string {
	if g.byMean() {
		return money(l, measured)
	}
	return l.Pct(measured, 1)
}

var stateTone = map[State]string{Draft: "muted", Running: "", Decided: "muted", Paused: "warn", Stopped: "muted", Archived: "muted"}

var badgeTone = map[stats.State]string{stats.StateWinner: "good", stats.StateNoDifference: "muted", stats.StateRunning: "muted", stats.StateBlocked: "bad"}

// title is what a page calls a variant.
func title(key string, name i18n.Text, lang i18n.Lang) string {
	if s := name.In(lang); s != "" {
		return s
	}
	return key
}

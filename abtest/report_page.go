package abtest

import (
	"fmt"
	"html/template"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/web"
)

type reportPage struct {
	web.Page
	Report     *Report
	Hypothesis string
	State      string
	StateTone  string

	Sentence, Advice string
	Decided          string // when and on how many visitors; "" before that
	Tone, Icon       string

	Visitors, Conversions int64
	Rate                  float64
	Pair                  bool  // two variants
	PlanDone              int64 // visitors of the slowest variant
	PlanShare             float64

	Rates, Lift, Daily template.HTML
	Arms               []armRow
	Latest             []armRow // where the verdict rests on fewer
	Checks             []check
	Counting           []rule
	Looks              []lookRow
	Notes              []noteRow
	Draft              noteForm
}

type armRow struct {
	Name                  string
	Control, Wins         bool
	Visitors, Conversions int64
	Rate                  float64
	Interval              string
	Difference, Lift      string // against control; "" for control itself
	Best, Loss            string
}

// check is one thing that must be in order before a verdict is believed.
type check struct{ Name, State, Tone, Text string }

// rule is one sentence on how something is counted.
type rule struct{ Name, Text string }

type lookRow struct {
	At                    time.Time
	Visitors, Conversions int64
	P                     string
	Lift                  string
	Verdict, Tone         string
	Decisive              bool
}

// report shows one experiment: the verdict first, then charts, then tables.
func (p pages) report(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, noteForm{})
}

// show writes the page, with a note that is being written.
func (p pages) show(w http.ResponseWriter, r *http.Request, status int, draft noteForm) error {
	found, err := p.s.Report(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	d := reportPage{Page: p.kit.StaffPage(w, r, found.Name), Report: found, Draft: draft}
	d.fill(found)
	d.Notes = d.noteRows(web.Who(r).Name)
	days, err := p.s.calendar(r.Context(), found, p.kit.Zone)
	if err != nil {
		return err
	}
	d.Daily = found.dailyChart(d.Locale, days)
	return p.kit.Render(w, status, "app", "abtest_report", d)
}

func (d *reportPage) fill(r *Report) {
	l := d.Locale
	d.Hypothesis = r.Hypothesis.In(d.Lang)
	d.State, d.StateTone = d.T("abtest.state."+string(r.State)), stateTone[r.State]
	d.Sentence, d.Advice = r.Sentence(l), r.Advice(l)
	d.Tone, d.Icon = r.look()
	d.Visitors, d.Conversions = r.Visitors(), r.Conversions()
	// Not a number, and so a dash, while there is nobody.
	d.Rate = float64(d.Conversions) / float64(d.Visitors)
	d.Pair = len(r.Arms) == 2
	d.PlanDone = r.Arms[0].Visitors
	for _, a := range r.Arms {
		d.PlanDone = min(d.PlanDone, a.Visitors)
	}
	d.PlanShare = min(1, float64(d.PlanDone)/float64(r.Plan.VisitorsPerArm))
	d.Rates, d.Lift = r.ratesChart(l), r.liftChart(l)
	d.Arms = d.rows(r.Arms, r.Comparisons)
	if r.DecidedAt != nil && more(r.Latest, r.Arms) {
		d.Latest = d.rows(r.Latest, nil)
	}
	d.Decided = d.decided()
	d.Checks, d.Counting, d.Looks = d.checks(), d.counting(), d.history()
}

// decided says when and by how many visitors the verdict was reached, and how many
// have come by now, if there are more.
func (d *reportPage) decided() string {
	r := d.Report
	if r.DecidedAt == nil {
		return ""
	}
	var live int64
	for _, a := range r.Latest {
		live += a.Visitors
	}
	if live <= d.Visitors {
		return d.T("abtest.decided.all", "date", d.Date(*r.DecidedAt), "visitors", d.Visitors)
	}
	return d.T("abtest.decided", "date", d.Date(*r.DecidedAt), "visitors", d.Visitors, "live", live)
}

// look is the tone and the icon of the verdict.
func (r *Report) look() (tone, icon string) {
	switch r.Verdict.State {
	case stats.StateWinner:
		return "good", "check"
	case stats.StateNoDifference:
		return "", "info"
	case stats.StateBlocked:
		return "warn", "warning"
	}
	switch r.Verdict.Reason {
	case ReasonDraft:
		return "", "edit"
	case ReasonStopped:
		return "", "pause"
	}
	return "", "clock"
}

// more reports whether visitors or conversions came after the verdict.
func more(latest, arms []Arm) bool {
	for i := range latest {
		if latest[i].Visitors != arms[i].Visitors || latest[i].Conversions != arms[i].Conversions {
			return true
		}
	}
	return false
}

// rows are the variants of the table, with what they are compared by, if anything.
func (d *reportPage) rows(arms []Arm, comparisons []stats.Comparison) []armRow {
	rows := make([]armRow, len(arms))
	for i, a := range arms {
		row := armRow{
			Name: a.title(d.Lang), Control: i == 0, Wins: a.Key == d.Report.Verdict.Winner,
			Visitors: a.Visitors, Conversions: a.Conversions, Rate: orNaN(a.Rate),
			Best: "–", Loss: "–",
		}
		if a.Visitors > 0 {
			row.Best, row.Loss = d.Pct(orNaN(a.ProbBest), 1), d.Pct(orNaN(a.ExpectedLoss), 2)
		}
		if a.Wilson != nil {
			row.Interval = d.T("abtest.range", "low", d.Pct(a.Wilson.Lo, 1), "high", d.Pct(a.Wilson.Hi, 1))
		}
		for _, c := range comparisons {
			if c.Arm == a.Key && c.Newcombe != nil {
				row.Difference = d.T("abtest.difference", "low", points(d.Locale, c.Newcombe.Lo), "high", points(d.Locale, c.Newcombe.Hi))
			}
			if c.Arm == a.Key && c.Lift != nil {
				row.Lift = signed(d.Locale, *c.Lift)
			}
		}
		rows[i] = row
	}
	return rows
}

// checks are what must be in order, each with its state.
func (d *reportPage) checks() []check {
	r := d.Report
	split := check{Name: d.T("abtest.check.split"), State: d.T("abtest.check.fine"), Tone: "good", Text: d.T("abtest.check.split.fine", "p", d.formula("=", r.SRM.P))}
	switch {
	case !r.SRM.OK:
		split.State, split.Tone, split.Text = d.T("abtest.check.broken"), "bad", d.T("abtest.check.split.broken", "p", d.formula("=", r.SRM.P))
	case !r.SRM.Enough:
		split.State, split.Tone, split.Text = d.T("abtest.check.unknown"), "muted", d.T("abtest.check.split.unknown")
	}
	var share float64
	if r.Crossed.Share != nil {
		share = *r.Crossed.Share
	}
	crossed := check{
		Name: d.T("abtest.check.crossed"), State: d.T("abtest.check.fine"), Tone: "good",
		Text: d.T("abtest.check.crossed.text", "n", r.Crossed.Visitors, "share", d.Pct(share, 1)),
	}
	if r.Crossed.Visitors == 0 {
		crossed.Text = d.T("abtest.check.crossed.none")
	}
	if !r.Crossed.OK {
		crossed.State, crossed.Tone = d.T("abtest.check.alarm"), "warn"
	}
	effect := check{Name: d.T("abtest.check.effect"), State: d.T("abtest.check.unknown"), Tone: "muted", Text: d.T("abtest.check.effect.none")}
	if lift := r.Plan.SmallestLift; lift != nil {
		effect.State, effect.Tone, effect.Text = d.T("abtest.check.fine"), "good", d.T("abtest.check.effect.text", "visitors", r.Plan.VisitorsPerArm, "lift", signed(d.Locale, *lift))
		if *lift > stats.HopelessEffect {
			effect.State, effect.Tone = d.T("abtest.check.alarm"), "warn"
		}
	}
	list := []check{split, crossed, effect}
	if lowered := r.Verdict.Lowered; len(lowered) > 0 {
		names := make([]string, len(lowered))
		for i, name := range lowered {
			names[i] = d.T("abtest.lowered." + name)
		}
		list = append(list, check{d.T("abtest.check.lowered"), d.T("abtest.check.alarm"), "warn", strings.Join(names, d.T("abtest.comma"))})
	}
	return list
}

// counting says in one sentence each how the figures come about.
func (d *reportPage) counting() []rule {
	r := d.Report
	goal := d.Iso(r.Goal.Event)
	for _, name := range slices.Sorted(maps.Keys(r.Goal.Where)) {
		goal += " (" + d.Iso(fmt.Sprintf("%s: %v", name, r.Goal.Where[name])) + ")"
	}
	level := d.Pct(1-r.Plan.Alpha, 0)
	return []rule{
		{d.T("abtest.rule.visitors"), d.T("abtest.rule.visitors.text")},
		{d.T("abtest.rule.conversions"), d.T("abtest.rule.conversions.text", "goal", goal)},
		{d.T("abtest.rule.rate"), d.T("abtest.rule.rate.text", "level", level)},
		{d.T("abtest.rule.verdict"), d.T("abtest.rule.verdict.text", "alpha", d.Pct(r.Plan.Alpha, 0), "running", d.formula("≤", &r.Verdict.SequentialAlpha), "end", d.formula("≤", &r.Verdict.HorizonAlpha), "visitors", r.Plan.VisitorsPerArm)},
		{d.T("abtest.rule.chance"), d.T("abtest.rule.chance.text")},
	}
}

// shownHistory is how many looks the page lists.
const shownHistory = 14

// history lists the last look of each day, the newest first; of days on which
// nothing happened only the newest.
func (d *reportPage) history() []lookRow {
	looks := slices.DeleteFunc(slices.Clone(d.Report.daysLooks()), func(l *Look) bool { return l.ID == 0 })
	slices.Reverse(looks)
	looks = slices.CompactFunc(looks, func(newer, older *Look) bool {
		return newer.Visitors == older.Visitors && newer.Conversions == older.Conversions && newer.Reason == older.Reason
	})
	var rows []lookRow
	for _, l := range looks[:min(len(looks), shownHistory)] {
		row := lookRow{
			At: l.At, Visitors: l.Visitors, Conversions: l.Conversions, P: d.p(&l.P), Decisive: l.Decisive,
			Verdict: d.T("abtest.reason." + string(l.Reason)), Tone: badgeTone[l.State],
		}
		if _, low, high := l.lift(l.Analysis.Comparisons[0].Arm); !math.IsNaN(low) {
			row.Lift = d.T("abtest.range", "low", signed(d.Locale, low), "high", signed(d.Locale, high))
		}
		rows = append(rows, row)
	}
	return rows
}

// p writes a p-value: three decimals, and what is smaller as such.
func (d *reportPage) p(p *float64) string {
	switch {
	case p == nil:
		return "–"
	case *p < 0.001:
		return leftToRight + "<\u00a0" + d.Decimal(0.001, 3)
	}
	return d.Decimal(*p, 3)
}

// formula isolates "p = 0.03", which reads from left to right in every language and
// is not broken over two lines.
func (d *reportPage) formula(sign string, p *float64) string {
	said := d.p(p)
	if p != nil && *p < 0.001 {
		return d.Iso("p\u00a0" + strings.TrimPrefix(said, leftToRight))
	}
	return d.Iso("p\u00a0" + sign + "\u00a0" + said)
}

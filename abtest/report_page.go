package abtest

import (
	"net/http"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/web"
)

// reportPage is the report of one experiment: the verdict first, then charts, then tables.
type reportPage struct {
	web.Page
	Report     *Report
	Hypothesis string
	State      string
	StateTone  string

	// Sheet says that the page stands alone, to be printed or shown to others: nothing on
	// it can be pressed.
	Sheet bool
	Until string // for those who have it by a link: how long that works

	Sentence, Advice string
	Decided          string // when and on how many visitors; "" before that
	Tone, Icon       string

	Visitors, Conversions int64
	Rate                  float64
	PlanDone              int64 // visitors of the slowest variant, in earning mode of one on average
	PlanShare             float64
	DaysNote              string

	Rates, Trend, Lift, Shares, Daily picture

	OfValue  bool   // the verdict is about what visitors bring
	Figure   string // what is counted of each visitor
	Least    int    // visitors of each version with something brought before it is read
	Varied   bool   // the weights have changed
	Over     string // what segments have of it over the original
	Arms     []armRow
	Latest   []armRow // where the verdict rests on fewer
	Goals    []goalCard
	Regimes  []regimeRow
	Earlier  string // how many regimes are not shown
	Segments []segmentTable
	Warning  string // about many looks at segments
	Checks   []check
	Counting []rule
	Pair     bool // two variants
	Few      bool // so few that their charts stand beside one another
	Looks    []lookRow
	NoLooks  string // why there is none; "" where there are
	Notes    []noteRow
	Draft    noteForm
	Take     takeAway

	NoSegments string // why there is nothing about who the visitors are
}

// report shows one experiment.
func (p pages) report(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, noteForm{})
}

// show writes the page, with a note that is being written.
func (p pages) show(w http.ResponseWriter, r *http.Request, status int, draft noteForm) error {
	d, err := p.read(r, p.kit.StaffPage(w, r, "abtest.title"), r.PathValue("key"), false)
	if err != nil {
		return err
	}
	d.Draft, d.Notes = draft, d.noteRows(web.Who(r).Name)
	if d.Take, err = p.takeAway(r, d.Page, d.Report.Key); err != nil {
		return err
	}
	return p.kit.Render(w, status, "app", "abtest_report", d)
}

// print shows the report on a sheet of its own, without the frame of the workspace.
func (p pages) print(w http.ResponseWriter, r *http.Request) error {
	d, err := p.read(r, p.kit.StaffPage(w, r, "abtest.title"), r.PathValue("key"), true)
	if err != nil {
		return err
	}
	d.Notes = d.noteRows("")
	return p.kit.Render(w, http.StatusOK, "sheet", "abtest_report", d)
}

// read gathers what every form of the report shows. The names of people are not in it.
func (p pages) read(r *http.Request, page web.Page, key string, sheet bool) (*reportPage, error) {
	found, err := p.s.Report(r.Context(), key)
	if err != nil {
		return nil, err
	}
	return lay(page, found, sheet), nil
}

// lay puts a report onto a page.
func lay(page web.Page, found *Report, sheet bool) *reportPage {
	d := &reportPage{Page: page, Report: found, Sheet: sheet}
	d.Title = found.Name
	d.fill(found)
	d.draw()
	return d
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
	d.Pair, d.Few, d.OfValue = len(r.Arms) == 2, len(r.Arms) <= mostBands, r.Goal.byMean()
	d.Figure, d.Over, d.Least = r.Goal.figure(l), l.T("abtest.col.lift"), stats.LeastOrders
	if d.OfValue {
		d.Over = l.T("abtest.segment.difference")
	}
	d.Varied = slices.ContainsFunc(r.Comparisons, func(c stats.Comparison) bool { return c.WeightsVaried })
	d.PlanDone = r.Arms[0].Visitors
	for _, a := range r.Arms {
		d.PlanDone = min(d.PlanDone, a.Visitors)
	}
	if r.Mode == Earn { // all visitors together count
		d.PlanDone = d.Visitors / int64(len(r.Arms))
	}
	d.PlanShare = min(1, float64(d.PlanDone)/float64(r.Plan.VisitorsPerArm))
	d.DaysNote = d.daysNote()
	d.Arms = d.rows(r.Arms, r.Comparisons)
	if r.DecidedAt != nil && more(r.Latest, r.Arms) {
		d.Latest = d.latest()
	}
	d.Decided = d.decided()
	d.Goals, d.Regimes, d.Segments = d.goals(), d.regimes(), d.segments()
	d.NoSegments = d.T("abtest.segments.empty")
	if overLeads(r.Surface) {
		d.NoSegments = d.T("abtest.segments.leads", "version", d.Iso(r.Key+"/"+r.Arms[len(r.Arms)-1].Key))
	}
	d.Checks, d.Counting, d.Looks = d.checks(), d.counting(), d.history()
	d.NoLooks = r.noLooks(l)
}

// daysNote says since or until when the days are counted, and how many are planned.
func (d *reportPage) daysNote() string {
	r := d.Report
	switch {
	case r.DecidedAt != nil:
		return d.T("abtest.stat.days.until", "date", d.Date(*r.DecidedAt))
	case r.StartedAt == nil:
		return d.T("abtest.stat.days.none")
	case r.Plan.Weeks != nil:
		return d.T("abtest.stat.days.planned", "date", d.Date(*r.StartedAt), "n", 7**r.Plan.Weeks)
	}
	return d.T("abtest.stat.days.since", "date", d.Date(*r.StartedAt))
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
		if r.Rollout == nil && len(r.harms(r.Verdict.Winner)) > 0 {
			return "warn", "warning" // the advice is not to show it yet
		}
		return "good", "check"
	case stats.StateNoDifference:
		return "", "info"
	case stats.StateBlocked:
		return "warn", "warning"
	}
	switch {
	case r.Verdict.Reason == ReasonDraft:
		return "", "edit"
	case r.Verdict.Reason == ReasonStopped, r.State == Paused:
		return "", "pause"
	}
	return "", "clock"
}

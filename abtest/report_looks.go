package abtest

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// lookRow is what was seen at one moment.
type lookRow struct {
	At                    time.Time
	Visitors, Conversions int64
	P                     string
	Goals                 string // p of the goals that decide nothing
	Lift                  string
	Verdict, Tone         string
	Decisive              bool
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
			Goals: d.goalEvidence(l), Verdict: d.T("abtest.reason." + string(l.Reason)), Tone: badgeTone[l.State],
		}
		if _, low, high := l.lift(l.Analysis.Comparisons[0].Arm); high < math.Inf(1) {
			row.Lift = d.T("abtest.range", "low", signed(d.Locale, low), "high", signed(d.Locale, high))
		}
		rows = append(rows, row)
	}
	return rows
}

// noLooks says why there is no look: none was due yet, or it ended before; "" where there
// is any.
func (r *Report) noLooks(l i18n.Locale) string {
	switch {
	case len(r.Looks) > 0:
		return ""
	case r.StoppedAt != nil:
		return l.T("abtest.looks.never")
	}
	return l.T("abtest.looks.empty")
}

// goalEvidence lists the always-valid p of the goals that decide nothing: of the variant
// that differs most.
func (d *reportPage) goalEvidence(l *Look) string {
	var said []string
	for _, g := range d.Report.Goals[1:] {
		for _, seen := range l.Goals {
			if seen.Goal != g.Key || len(seen.Comparisons) == 0 {
				continue
			}
			least := 1.0
			for _, c := range seen.Comparisons {
				least = min(least, c.PHolm)
			}
			said = append(said, d.T("abtest.looks.goal", "goal", title(g.Key, g.Name, d.Lang), "p", d.p(&least)))
		}
	}
	return d.list(said)
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

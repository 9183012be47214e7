package abtest

import "time"

// regimeRow is how the visitors were divided from a moment on.
type regimeRow struct {
	Since    time.Time
	Weights  string
	Coverage string
	Means    string // what it means for the figures; "" where the row above says the same
}

// shownRegimes is how many regimes the page lists: in earning mode there is one a day.
const shownRegimes = 10

// regimes are the newest changes of weights and coverage, the newest first; none while
// there was no change.
func (d *reportPage) regimes() (rows []regimeRow) {
	list := d.Report.Regimes
	if len(list) < 2 {
		return nil
	}
	for i := len(list) - 1; i >= 0 && len(rows) < shownRegimes; i-- {
		r := list[i]
		shares := make([]string, len(r.Shares))
		for j, share := range r.Shares {
			shares[j] = d.T("abtest.regime.share", "version", d.Report.Arms[j].title(d.Lang), "share", d.Pct(share, 0))
		}
		row := regimeRow{Since: r.Since, Weights: d.list(shares), Coverage: d.Pct(r.Coverage, 0), Means: d.T("abtest.regime.first")}
		switch {
		case i == 0:
		case alike(r.Shares, list[i-1].Shares):
			row.Means = d.T("abtest.regime.coverage")
		case d.Report.Mode == Earn:
			row.Means = d.T("abtest.regime.earned")
		default:
			row.Means = d.T("abtest.regime.weights")
		}
		rows = append(rows, row)
	}
	for i := len(rows) - 1; i > 0; i-- {
		if rows[i].Means == rows[i-1].Means {
			rows[i].Means = ""
		}
	}
	if left := len(list) - len(rows); left > 0 {
		d.Earlier = d.T("abtest.regime.earlier", "n", left)
	}
	return rows
}

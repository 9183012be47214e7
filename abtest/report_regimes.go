package abtest

import "time"

// regimeRow is how the visitors were divided from a moment on.
type regimeRow struct {
	Since    time.Time
	Weights  string
	Coverage string
	Means    string // what it means for the figures
}

// regimes are the changes of weights and coverage; none while there was no change.
func (d *reportPage) regimes() (rows []regimeRow) {
	list := d.Report.Regimes
	if len(list) < 2 {
		return nil
	}
	for i, r := range list {
		shares := make([]string, len(r.Shares))
		for j, share := range r.Shares {
			shares[j] = d.T("abtest.regime.share", "version", d.Report.Arms[j].title(d.Lang), "share", d.Pct(share, 0))
		}
		row := regimeRow{Since: r.Since, Weights: d.list(shares), Coverage: d.Pct(r.Coverage, 0), Means: d.T("abtest.regime.first")}
		if i > 0 {
			row.Means = d.T("abtest.regime.weights")
			if alike(r.Shares, list[i-1].Shares) {
				row.Means = d.T("abtest.regime.coverage")
			}
		}
		rows = append(rows, row)
	}
	return rows
}

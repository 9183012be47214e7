package abtest

import (
	"math"
	"strings"

	"github.com/sarnakh/sarnakh/internal/chart"
)

// segmentTable is the result by one thing that is known of the visitors.
type segmentTable struct {
	Name     string
	Versions []string
	Chart    picture // of two variants
	Rows     []segmentLine
	Total    []segmentFigures // of each version, over all rows
}

type segmentLine struct {
	Name    string
	Figures []segmentFigures // of each version
}

// segmentFigures are those of one version's visitors in a row.
type segmentFigures struct {
	Version               string
	Visitors, Conversions int64
	Rate                  string
	Lift, Interval        string // "" for control
}

// widestSegment is the lift from which an interval says too little to be drawn.
const widestSegment = 3

// segments are the tables, with a warning about so many looks.
func (d *reportPage) segments() (tables []segmentTable) {
	all := d.Report.Segments
	if all.Comparisons == 0 {
		return nil
	}
	d.Warning = d.T("abtest.segments.warning", "n", all.Comparisons, "chance", d.Pct(all.Chance, 0), "alpha", d.Pct(d.Report.Plan.Alpha, 0))
	for _, by := range all.By {
		table := segmentTable{Name: d.T("abtest.segment." + by.Dimension), Total: make([]segmentFigures, len(d.Report.Latest))}
		for i, a := range d.Report.Latest {
			table.Versions = append(table.Versions, a.title(d.Lang))
			table.Total[i].Version = a.title(d.Lang)
		}
		zero := 0.0
		forest := chart.IntervalChart{Title: d.T("abtest.segment.chart." + by.Dimension), Desc: d.T("abtest.segment.chart.desc"), Share: true, Reference: &zero, Empty: d.T("abtest.segment.chart.empty")}
		for _, r := range by.Rows {
			line := segmentLine{Name: d.segmentName(by.Dimension, r.Value)}
			for i, a := range r.Arms {
				f := segmentFigures{Version: table.Versions[i], Visitors: a.Visitors, Conversions: a.Conversions, Rate: d.Pct(orNaN(a.Rate), 1)}
				for _, lift := range r.Lifts {
					if lift.Arm == a.Key {
						f.Lift, f.Interval = "–", d.liftRange(lift.Interval.Lo, lift.Interval.Hi)
						if lift.Lift != nil {
							f.Lift = signed(d.Locale, *lift.Lift)
						}
						forest.Rows = append(forest.Rows, segmentRow(line.Name, lift))
					}
				}
				line.Figures = append(line.Figures, f)
				table.Total[i].Visitors += a.Visitors
				table.Total[i].Conversions += a.Conversions
			}
			table.Rows = append(table.Rows, line)
		}
		for i := range table.Total {
			t := &table.Total[i]
			t.Rate = d.Pct(float64(t.Conversions)/float64(t.Visitors), 1)
		}
		if d.Pair {
			table.Chart = d.picture("segment-"+by.Dimension, forest)
		}
		tables = append(tables, table)
	}
	return tables
}

// segmentRow is a row of the chart: what is too wide to say anything is left out.
func segmentRow(name string, lift SegmentLift) chart.Row {
	row := chart.Row{Name: name, Value: orNaN(lift.Lift), Low: lift.Interval.Lo, High: lift.Interval.Hi}
	if row.High > widestSegment {
		row.Low, row.High = math.NaN(), math.NaN()
	}
	if row.Value > widestSegment || math.IsNaN(row.High) {
		row.Value = math.NaN()
	}
	return row
}

// segmentName is what a page calls the visitors of a row.
func (d *reportPage) segmentName(dimension, value string) string {
	key := "abtest.segment." + dimension + "." + value
	switch {
	case value == "":
		return d.T("abtest.segment.unknown")
	case value == otherValue:
		return d.T("abtest.segment.other")
	case d.Has(key):
		return d.T(key)
	}
	return d.Iso(strings.ToUpper(value))
}

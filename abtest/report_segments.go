package abtest

import (
	"html/template"
	"math"
	"strings"

	"github.com/sarnakh/sarnakh/internal/chart"
)

// segmentTable is the result by one thing that is known of the visitors.
type segmentTable struct {
	Name     string
	Versions []string
	Rows     []segmentLine
	Total    []segmentFigures // of each version, over all rows
}

type segmentLine struct {
	Name    string
	Figures []segmentFigures // of each version
	Lift    string           // of two versions: the second over the first
	Range   string
	Mark    template.HTML // the same, drawn
}

// segmentFigures are those of one version's visitors in a row.
type segmentFigures struct {
	Version               string
	Visitors, Conversions int64
	Rate                  string  // or what a visitor or a unit brings
	Lift, Range           string  // of more than two versions: over the first
	top, below            float64 // that what is brought is the quotient of
}

// widestSegment is the lift at which the marks of all rows are cut off.
const widestSegment = 2

// segments are the tables, with a warning about so many looks.
func (d *reportPage) segments() (tables []segmentTable) {
	all := d.Report.Segments
	if all.Comparisons == 0 {
		return nil
	}
	d.Warning = d.T("abtest.segments.warning", "n", all.Comparisons, "chance", d.Pct(all.Chance, 0), "alpha", d.Pct(d.Report.Plan.Alpha, 0), "most", all.Most)
	for _, by := range all.By {
		table := segmentTable{Name: d.T("abtest.segment." + by.Dimension), Total: make([]segmentFigures, len(d.Report.Latest))}
		for i, a := range d.Report.Latest {
			table.Versions = append(table.Versions, a.title(d.Lang))
			table.Total[i].Version = a.title(d.Lang)
		}
		for _, r := range by.Rows {
			line := d.segmentLine(by.Dimension, r, table.Versions)
			for i, f := range line.Figures {
				table.Total[i].Visitors += f.Visitors
				table.Total[i].Conversions += f.Conversions
				table.Total[i].top += f.top
				table.Total[i].below += f.below
			}
			table.Rows = append(table.Rows, line)
		}
		for i := range table.Total {
			t := &table.Total[i]
			t.Rate = d.Pct(float64(t.Conversions)/float64(t.Visitors), 1)
			if d.OfValue {
				t.Rate = money(d.Locale, t.top/t.below)
			}
		}
		tables = append(tables, table)
	}
	return tables
}

// segmentLine is one row of a table.
func (d *reportPage) segmentLine(dimension string, r SegmentRow, versions []string) segmentLine {
	line := segmentLine{Name: d.segmentName(dimension, r.Value)}
	for i, a := range r.Arms {
		f := segmentFigures{Version: versions[i], Visitors: a.Visitors, Conversions: a.Conversions, Rate: d.Pct(orNaN(a.Rate), 1)}
		if d.OfValue {
			f.Rate = money(d.Locale, orNaN(a.Mean))
			f.top, f.below = a.quotient(a.Visitors)
		}
		for _, lift := range r.Lifts {
			if lift.Arm != a.Key {
				continue
			}
			f.Lift, f.Range = d.segmentLift(lift)
			if d.Pair {
				line.Lift, line.Range, f.Lift, f.Range = f.Lift, f.Range, "", ""
				if line.Range != "" && !d.OfValue { // amounts have no scale of their own
					line.Mark = chart.Range(d.Locale, chart.RangeMark{
						Value: orNaN(lift.Lift), Low: lift.Interval.Lo, High: lift.Interval.Hi, From: -1, To: widestSegment, Label: line.Name + ": " + line.Range,
					})
				}
			}
		}
		line.Figures = append(line.Figures, f)
	}
	return line
}

// segmentLift is what a version has over the first within a row, with its interval: the lift
// of a rate, the difference of what visitors bring.
func (d *reportPage) segmentLift(lift SegmentLift) (over, interval string) {
	over = "–"
	if d.OfValue {
		if lift.Difference != nil {
			over = amountOf(d.Locale, *lift.Difference)
		}
		if !math.IsInf(lift.Interval.Lo, -1) {
			interval = d.T("abtest.range", "low", amountOf(d.Locale, lift.Interval.Lo), "high", amountOf(d.Locale, lift.Interval.Hi))
		}
		return over, interval
	}
	if lift.Lift != nil {
		over = signed(d.Locale, *lift.Lift)
	}
	return over, d.liftRange(lift.Interval.Lo, lift.Interval.Hi)
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

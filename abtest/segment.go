package abtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Segments tell the visitors of an experiment apart by what is known of their first view,
// everybody until now. They are for ideas: nothing is decided by them.
type Segments struct {
	// Comparisons is how many there are in all of them: each is one more look that may
	// show a difference where none is.
	Comparisons int `json:"comparisons"`
	// Chance is how likely at least one of so many would show a difference by chance alone,
	// were each read at alpha: 1 − (1 − alpha)^comparisons.
	Chance float64 `json:"chance"`
	// Most is how many comparisons there can be at any time, and Alpha what each interval is
	// read at instead, so that all of them together hold (Bonferroni): alpha / most. It is
	// the same at every look, whichever rows have appeared by then.
	Most  int       `json:"most_comparisons"`
	Alpha float64   `json:"alpha"`
	By    []Segment `json:"by"`
}

// Segment is all visitors, told apart by one thing: device, traffic or language.
type Segment struct {
	Dimension string       `json:"dimension"`
	Rows      []SegmentRow `json:"rows"` // the one with most visitors first; together all visitors
}

// SegmentRow are the visitors who have one thing in common.
type SegmentRow struct {
	Value string        `json:"value"` // phone, ads, fa; empty when it is not known
	Arms  []SegmentArm  `json:"arms"`  // in the order of the variants
	Lifts []SegmentLift `json:"lifts"` // of the others over control

	visitors int64
}

// SegmentArm is one variant's part of a row.
type SegmentArm struct {
	Key         string   `json:"key"`
	Visitors    int64    `json:"visitors"`
	Conversions int64    `json:"conversions"` // who reached the primary goal, whatever it brought
	Rate        *float64 `json:"rate"`
	broughtIn
}

// SegmentLift compares a variant with control within a row.
type SegmentLift struct {
	Arm  string   `json:"arm"`
	Lift *float64 `json:"lift"`
	// Interval of the lift or, of a goal with a value or a ratio, of the Difference; valid
	// over all rows together and at every look. Where more languages come than have rows of
	// their own, which of them do may change: then all rows hold together at each look. An
	// end is null where there is none yet.
	Interval stats.Interval `json:"interval"`
	// Difference of the means; null for a conversion.
	Difference *float64 `json:"difference"`
}

// The dimensions, in the order in which they are shown.
const (
	byDevice   = "device"
	byTraffic  = "traffic"
	byLanguage = "language"
)

// mostLanguages is how many rows languages have: the rarest of more share the last. Devices
// and sources of traffic are few.
const (
	mostLanguages = 10
	otherValue    = "other"
)

// dimensions are all of them.
var dimensions = []string{byDevice, byTraffic, byLanguage}

// mostRows is how many rows of a dimension there can be: those that the experiment is for,
// and one of what is not known.
func (d *Definition) mostRows(dimension string) int {
	of := func(chosen, all []string) int {
		if len(chosen) > 0 {
			return 1 + len(chosen)
		}
		return 1 + len(all)
	}
	switch dimension {
	case byDevice:
		return of(d.Audience.Devices, web.Devices)
	case byTraffic:
		return of(d.Audience.Traffic, web.Channels)
	}
	if n := len(d.Audience.Languages); n > 0 {
		return min(mostLanguages, 1+n)
	}
	return mostLanguages
}

// segments adds the cells up by each dimension and compares the variants in every row.
func (e *Experiment) segments(cells []segmentCell) (Segments, error) {
	all := Segments{By: []Segment{}}
	if len(cells) == 0 {
		return all, nil
	}
	grouped := map[string]map[string][]segmentCell{}
	for _, dimension := range dimensions {
		grouped[dimension] = e.rows(cells, dimension)
		all.Comparisons += len(grouped[dimension]) * (len(e.Definition.Variants) - 1)
		all.Most += e.Definition.mostRows(dimension) * (len(e.Definition.Variants) - 1)
	}
	alpha := e.settings().Alpha
	all.Chance, all.Alpha = -math.Expm1(float64(all.Comparisons)*math.Log1p(-alpha)), alpha/float64(all.Most)
	for _, dimension := range dimensions {
		by := Segment{Dimension: dimension}
		for value, cells := range grouped[dimension] {
			row, err := e.segmentRow(value, cells, all.Alpha)
			if err != nil {
				return all, err
			}
			by.Rows = append(by.Rows, row)
		}
		slices.SortFunc(by.Rows, func(a, b SegmentRow) int {
			return cmp.Or(cmp.Compare(b.visitors, a.visitors), cmp.Compare(a.Value, b.Value))
		})
		all.By = append(all.By, by)
	}
	return all, nil
}

func (c segmentCell) value(dimension string) string {
	switch dimension {
	case byDevice:
		return c.Device
	case byTraffic:
		return c.Traffic
	}
	return c.Language
}

// rows are the cells of each value, those beyond the largest together.
func (e *Experiment) rows(cells []segmentCell, dimension string) map[string][]segmentCell {
	size := map[string]int64{}
	for _, c := range cells {
		size[c.value(dimension)] += c.Visitors
	}
	values := make([]string, 0, len(size))
	for value := range size {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(size[b], size[a]), cmp.Compare(a, b)) })
	named, most := map[string]bool{}, e.Definition.mostRows(dimension)
	for i, value := range values {
		named[value] = len(values) <= most || i < most-1
	}
	out := map[string][]segmentCell{}
	for _, c := range cells {
		value := c.value(dimension)
		if !named[value] {
			value = otherValue
		}
		out[value] = append(out[value], c)
	}
	return out
}

// segmentRow reads one row as the whole is read, regime by regime, with intervals at its
// part of alpha.
func (e *Experiment) segmentRow(value string, cells []segmentCell, alpha float64) (SegmentRow, error) {
	goal := e.Definition.primary()
	t := tally{goals: map[string][]goalRow{}}
	for _, c := range cells {
		t.rows = append(t.rows, tallyRow{Variant: c.Variant, Regime: c.Regime, Visitors: c.Visitors, Conversions: c.reached.Visitors})
		t.goals[goal.Key] = append(t.goals[goal.Key], goalRow{c.Variant, c.Regime, anyDay, c.reached})
	}
	settings := e.settings()
	settings.Alpha = alpha
	read, err := stats.Analyze(settings, t.look(e, &goal))
	if err != nil {
		return SegmentRow{}, fmt.Errorf("experiment %q: segment %q: %w", e.Key, value, err)
	}
	row := SegmentRow{Value: value, Lifts: []SegmentLift{}}
	for _, a := range read.Arms {
		row.Arms = append(row.Arms, SegmentArm{a.Key, a.Visitors, a.Conversions, a.Rate, brought(goal.Kind, t.reached(&goal, a.Key), a.Visitors)})
		row.visitors += a.Visitors
	}
	for _, c := range read.Comparisons {
		lift := SegmentLift{Arm: c.Arm, Lift: c.Lift, Interval: stats.Interval{Lo: c.RateRatio.Lo - 1, Hi: c.RateRatio.Hi - 1}}
		if goal.byMean() {
			lift.Lift, lift.Interval = nil, stats.Interval{Lo: math.Inf(-1), Hi: math.Inf(1)}
			if v := c.Value; v != nil {
				lift.Lift, lift.Difference = v.Lift, v.Difference
				if v.AnytimeInterval != nil {
					lift.Interval = *v.AnytimeInterval
				}
			}
		}
		row.Lifts = append(row.Lifts, lift)
	}
	return row, nil
}

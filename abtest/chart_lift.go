package abtest

import (
	"math"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// liftChart shows how the interval of each variant's lift over control, which holds
// at every look, closes in on the verdict; of a goal with a value that of the difference.
func (r *Report) liftChart(l i18n.Locale) chart.Chart {
	looks := r.daysLooks()
	value := r.Goal.byMean()
	c := chart.LineChart{Title: l.T("abtest.chart.lift"), Desc: l.T("abtest.chart.lift.desc"), Share: !value, Empty: l.T("abtest.chart.lift.empty")}
	if value {
		c.Title, c.Empty = l.T("abtest.chart.lift.value", "figure", r.Goal.figure(l)), l.T("abtest.chart.lift.value.empty", "n", stats.LeastOrders)
	}
	if none := r.noLooks(l); none != "" {
		c.Empty = none
	}
	// Control is the line that the others are measured from.
	c.Series = append(c.Series, chart.Series{Name: r.Arms[0].title(l.Lang), Values: make([]float64, len(looks))})
	widest, drawn, leader := r.widestLift(looks), false, r.leader()
	if len(r.Arms) > mostBands+1 {
		c.Desc += " " + l.T("abtest.chart.lift.one", "leader", r.Arms[leader].title(l.Lang))
	}
	for i, a := range r.Arms[1:] {
		row := chart.Series{Name: a.title(l.Lang)}
		left := r.left(a.Key)
		for _, look := range asKnown(looks) {
			middle, low, high := look.against(a.Key, value)
			if ratio, ok := left[look]; ok && !value && !math.IsNaN(low) {
				low, high = ratio.Lo-1, ratio.Hi-1
			}
			if !value && high > widest {
				middle, low, high = math.NaN(), math.NaN(), math.NaN()
			}
			drawn = drawn || !math.IsNaN(middle)
			row.Values = append(row.Values, middle)
			if len(r.Arms) <= mostBands+1 || i+1 == leader {
				row.Low, row.High = append(row.Low, low), append(row.High, high)
			}
		}
		c.Series = append(c.Series, row)
	}
	if drawn {
		for _, look := range looks {
			c.Times = append(c.Times, look.At)
		}
	}
	return c
}

// daysLooks is the last look of each day, an empty one for a day without; within
// the first three days every look.
func (r *Report) daysLooks() []*Look {
	if len(r.Looks) == 0 || r.Looks[len(r.Looks)-1].At.Sub(*r.StartedAt) < 3*day {
		return r.Looks
	}
	var list []*Look
	first := int(r.Looks[0].At.Sub(*r.StartedAt) / day)
	for _, look := range r.Looks {
		at := int(look.At.Sub(*r.StartedAt)/day) - first
		for len(list) <= at {
			list = append(list, &Look{At: r.StartedAt.Add(time.Duration(first+len(list)) * day)})
		}
		list[max(at, 0)] = look
	}
	return list
}

// asKnown is what was known on each day: that of a day without a look is of the last before.
func asKnown(looks []*Look) []*Look {
	known := slices.Clone(looks)
	for i := 1; i < len(known); i++ {
		if known[i].ID == 0 {
			known[i] = known[i-1]
		}
	}
	return known
}

// widestLift is the lift above which an interval says too little to be drawn: the
// first days would press all others flat. The newest is drawn up to tenfold.
func (r *Report) widestLift(looks []*Look) float64 {
	var last float64
	for _, a := range r.Arms[1:] {
		if len(looks) == 0 {
			break
		}
		if ratio, ok := r.left(a.Key)[looks[len(looks)-1]]; ok && !math.IsInf(ratio.Hi, 1) {
			last = max(last, ratio.Hi-1)
		}
	}
	if last > 3 {
		return min(10, last)
	}
	return min(3, max(0.5, 2*last))
}

// left is, look by look, what all looks so far leave of the rate ratio of a variant and
// control: the truth is in all their intervals at once, as surely as each holds, and so in
// their common part. Should they ever have none, the look's own stands.
func (r *Report) left(arm string) map[*Look]stats.Interval {
	out := make(map[*Look]stats.Interval, len(r.Looks))
	common := stats.Interval{Lo: 0, Hi: math.Inf(1)}
	for _, look := range r.Looks {
		for _, c := range look.Analysis.Comparisons {
			if c.Arm != arm {
				continue
			}
			common.Lo, common.Hi = max(common.Lo, c.RateRatio.Lo), min(common.Hi, c.RateRatio.Hi)
			out[look] = common
			if common.Lo > common.Hi {
				out[look] = c.RateRatio
			}
		}
	}
	return out
}

// decisive is what the looks up to the verdict leave of a rate ratio.
func (r *Report) decisive(c stats.Comparison) stats.Interval {
	for look, ratio := range r.left(c.Arm) {
		if look.Decisive {
			return ratio
		}
	}
	return c.RateRatio
}

// against is what a variant has over control at this look, with the interval that holds
// at every look.
func (l *Look) against(arm string, value bool) (middle, low, high float64) {
	if !value {
		return l.lift(arm)
	}
	for _, c := range l.Analysis.Comparisons {
		if c.Arm == arm && c.Value != nil && c.Value.Difference != nil && c.Value.AnytimeInterval != nil {
			return *c.Value.Difference, c.Value.AnytimeInterval.Lo, c.Value.AnytimeInterval.Hi
		}
	}
	return math.NaN(), math.NaN(), math.NaN()
}

// lift is a variant's lift over control at this look, with its always-valid
// interval, which may have no upper end; NaN while there is none.
func (l *Look) lift(arm string) (value, low, high float64) {
	for _, c := range l.Analysis.Comparisons {
		if c.Arm == arm && c.Lift != nil {
			return *c.Lift, c.RateRatio.Lo - 1, c.RateRatio.Hi - 1
		}
	}
	return math.NaN(), math.NaN(), math.NaN()
}

package abtest

import "time"

// crossedAlarm is the share of visitors seen in two variants from which something
// is wrong with how they are recognised.
const crossedAlarm = 0.01

// Crossed are the visitors seen in two variants, who are left out.
type Crossed struct {
	Visitors int64    `json:"visitors"`
	Share    *float64 `json:"share"` // of all who saw any; nil without visitors
	OK       bool     `json:"ok"`    // below 1 %
}

// Day is what one day since the start brought: its new visitors, and how many of
// them have converted by now.
type Day struct {
	From time.Time  `json:"from"`
	Arms []DayCount `json:"arms"`

	regimes []float64 // how many of the visitors came under each, in their order
}

// DayCount is one variant's part of a day.
type DayCount struct {
	Key         string `json:"key"`
	Visitors    int64  `json:"visitors"`
	Conversions int64  `json:"conversions"`
}

// daily spreads the visitors over the days since the start, leaving none out.
func (t tally) daily(e *Experiment) []Day {
	last := -1
	for _, row := range t.rows {
		last = max(last, row.Day)
	}
	days := make([]Day, last+1)
	for i := range days {
		days[i].From = e.StartedAt.Add(time.Duration(i) * day)
		days[i].regimes = make([]float64, e.newestRegime())
		for _, v := range e.Definition.Variants {
			n := DayCount{Key: v.Key}
			for _, row := range t.rows {
				if row.Day == i && row.Variant == v.Key && !row.Crossed {
					days[i].regimes[row.Regime-1] += float64(row.Visitors)
					n.Visitors += row.Visitors
					n.Conversions += row.Conversions
				}
			}
			days[i].Arms = append(days[i].Arms, n)
		}
	}
	return days
}

// share says how many visitors were seen in two variants.
func (t tally) share() Crossed {
	c := Crossed{Visitors: t.crossed(), OK: true}
	if all := t.visitors(); all > 0 {
		share := float64(c.Visitors) / float64(all)
		c.Share, c.OK = &share, share < crossedAlarm
	}
	return c
}

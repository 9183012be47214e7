package abtest

import (
	"math"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// pace says how many visitors are missing, and how long they will take to come.
func (r *Report) pace(l i18n.Locale) string {
	left, days := r.remaining()
	switch {
	case left == 0:
		return l.T("abtest.advice.full")
	case days == 0:
		return l.T("abtest.advice.wait", "visitors", left)
	}
	return l.T("abtest.advice.pace", "visitors", left, "n", days)
}

// remaining is how many more visitors each variant needs to the planned end, at the
// most or in earning mode on average, and how many days that takes at the pace so far; 0 days when that is not
// known yet.
func (r *Report) remaining() (visitors int64, days int) {
	if r.StartedAt == nil {
		return r.Plan.VisitorsPerArm, 0
	}
	passed := r.until().Sub(*r.StartedAt)
	var wait float64
	if r.Mode == Earn { // all visitors together count
		k := int64(len(r.Arms))
		if left := k*r.Plan.VisitorsPerArm - r.Visitors(); left > 0 {
			visitors = (left + k - 1) / k
			wait = float64(left) / float64(r.Visitors()) * passed.Hours() / 24
		}
	} else {
		visitors, wait = r.slowest(passed)
	}
	if passed < 6*time.Hour || math.IsInf(wait, 1) || wait > 3650 {
		return visitors, 0
	}
	return visitors, int(math.Ceil(wait))
}

// slowest is how many visitors, and at the pace so far how many days, the variant needs
// that needs most.
func (r *Report) slowest(passed time.Duration) (visitors int64, wait float64) {
	for _, a := range r.Arms {
		left := r.Plan.VisitorsPerArm - a.Visitors
		if left <= 0 {
			continue
		}
		visitors = max(visitors, left)
		wait = max(wait, float64(left)/float64(a.Visitors)*passed.Hours()/24)
	}
	return visitors, wait
}

package abtest

// shownDays is how many days the charts by day show.
const shownDays = 35

// newest are the newest days, up to the last that brought anybody: as the tallies have
// them, so that ten million visitors are a few hundred rows. Each begins at the hour of
// the start and is called by the date on which it begins.
func (r *Report) newest() []Day { return r.Daily[max(0, len(r.Daily)-shownDays):] }

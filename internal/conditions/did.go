package conditions

import "time"

// Happenings are the single conditions about events in all these conditions, each once
// for every place where it stands.
func Happenings(conds ...Condition) (out []Condition) {
	for _, c := range conds {
		c.walk(func(c Condition) {
			if c.Event != "" {
				out = append(out, c)
			}
		})
	}
	return out
}

// Did writes which events count for a condition about an event at the time now, as a
// predicate on a row of the events that the query calls "did", and how many are enough.
// It is for reading of somebody's very many events as many as decide.
func (c Condition) Did(s Schema, now time.Time) (query string, args []any, enough int) {
	s.Few = true
	n, w := compile(c), &writer{schema: s, now: moment(now)}
	w.happened(&n)
	return w.sql.String(), w.args, n.times
}

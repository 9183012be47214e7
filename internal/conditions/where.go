package conditions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Where writes the condition as a predicate on the row of a lead, true for exactly
// those of whom Match would say so at the time now, and never NULL. Every value is
// an argument for a "?"; a condition that Check refuses, or that asks for what the
// schema does not know, is an error.
func (c Condition) Where(s Schema, now time.Time) (query string, args []any, err error) {
	if err := c.Check(); err != nil {
		return "", nil, err
	}
	w := &writer{schema: s, now: moment(now)}
	root := compile(c)
	w.write(&root, false)
	return w.sql.String(), w.args, w.err
}

// writer collects the statement and its arguments, in step.
type writer struct {
	schema Schema
	now    time.Time
	sql    strings.Builder
	args   []any
	err    error
}

// put writes a piece of SQL with one argument for each "?" in it.
func (w *writer) put(sql string, args ...any) {
	w.sql.WriteString(sql)
	w.args = append(w.args, args...)
}

// write writes a condition, or its negation. No part is ever NULL, so that NOT says
// the opposite; it is carried down to the leaves, where the database can make
// a join of it.
func (w *writer) write(n *node, negated bool) {
	switch n.kind {
	case all, anyOf:
		w.join(n.parts, (n.kind == all) != negated, negated)
	case not:
		w.write(&n.parts[0], !negated)
	case everybody:
		w.put(truth(!negated))
	default:
		if negated {
			w.put("NOT ")
		}
		w.leaf(n)
	}
}

// join writes parts of which every one must hold, or one.
func (w *writer) join(parts []node, every, negated bool) {
	if len(parts) == 0 {
		w.put(truth(every))
		return
	}
	// What costs little is asked first.
	order := make([]*node, len(parts))
	for i := range parts {
		order[i] = &parts[i]
	}
	slices.SortStableFunc(order, func(a, b *node) int { return cmp.Compare(w.cost(a), w.cost(b)) })
	with := " OR "
	if every {
		with = " AND "
	}
	w.put("(")
	for i, part := range order {
		if i > 0 {
			w.put(with)
		}
		w.write(part, negated)
	}
	w.put(")")
}

// cost ranks what a condition makes the database look at.
func (w *writer) cost(n *node) int {
	switch n.kind {
	case everybody:
		return 0
	case field:
		if _, ok := w.schema.Columns[n.name]; ok {
			return 1
		}
		return 2
	case figure:
		return 3
	case member:
		return 4
	case event:
		return 5
	}
	most := 0
	for i := range n.parts {
		most = max(most, w.cost(&n.parts[i]))
	}
	return most
}

func (w *writer) leaf(n *node) {
	switch n.kind {
	case field:
		if column, ok := w.schema.Columns[n.name]; ok {
			w.column(column, &n.test)
			return
		}
		w.put("(")
		w.fold(w.schema.Lead+"."+w.schema.Folds, n.name, &n.test)
		w.put(") IS TRUE")
	case event:
		w.event(n)
	case member:
		set := w.schema.Sets[n.name]
		if set == nil {
			w.fail("%s cannot be asked for here", n.name)
			return
		}
		query, args := set(n.in)
		w.held("("+query+")", "", args)
	case figure:
		w.figure(n)
	}
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("condition: "+format, args...)
	}
}

// held says that the lead is among the lead_id of a table, or of a query in
// brackets, of the rows where.
func (w *writer) held(from, where string, args []any) {
	switch {
	case w.schema.Postgres || w.schema.Few:
		// PostgreSQL makes a join of it, or asks lead by lead where that costs less.
		if where != "" {
			where = " AND " + where
		}
		w.put("EXISTS (SELECT 1 FROM "+from+" AS held WHERE held.lead_id = "+w.schema.Lead+".id"+where+w.fence()+")", args...)
	default:
		// SQLite would ask lead by lead always.
		if where != "" {
			where = " WHERE " + where
		}
		w.put(w.schema.Lead+".id IN (SELECT held.lead_id FROM "+from+" AS held"+where+")", args...)
	}
}

// fence keeps PostgreSQL from turning a question about few leads into a join with
// all there is.
func (w *writer) fence() string {
	if w.schema.Postgres && w.schema.Few {
		return " OFFSET 0"
	}
	return ""
}

func (w *writer) figure(n *node) {
	number, ok := w.schema.Numbers[n.name]
	switch {
	case !ok:
		w.fail("%s cannot be asked for here", n.name)
	case number.Table == "":
		w.put(w.schema.Lead+"."+number.Column+" >= ?", n.least)
	case n.least > 0:
		w.held(number.Table, "held."+number.Column+" >= ?", []any{n.least})
	default: // who has no row has 0, which is enough
		w.put("NOT ")
		w.held(number.Table, "held."+number.Column+" < ?", []any{n.least})
	}
}

func truth(holds bool) string {
	if holds {
		return "TRUE"
	}
	return "FALSE"
}

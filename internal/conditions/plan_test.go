package conditions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
)

// What is asked about events goes through an index: the one by name for the whole
// base, the one by lead for a few.
func TestEventsAreFoundThroughTheirIndexes(t *testing.T) {
	eachBase(t, func(t *testing.T, b base) {
		at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		people := make([]*person, 400)
		for i := range people {
			people[i] = &person{}
			for n := range 10 {
				people[i].events = append(people[i].events, happening{
					name: fmt.Sprint("Event ", n), at: at.AddDate(0, 0, -(i+n)%300), folds: map[string]any{"a": "b"},
				})
			}
		}
		b.fill(t, people)
		if _, err := b.SQL().Exec("ANALYZE"); err != nil {
			t.Fatal(err)
		}
		lately := conditions.Condition{Event: "Event 3", Test: conditions.Test{Within: 30 * 24 * 3600e9}}
		often := lately
		often.Times, often.Properties = 2, conditions.Properties{"a": {Is: "b"}}
		for _, c := range []conditions.Condition{lately, often, {Not: &lately}, {Not: &often}, {Any: []conditions.Condition{lately, {Tag: "x"}}}} {
			if plan := b.plan(t, c, false, at); !strings.Contains(plan, "events_name") {
				t.Errorf("%s asks all leads by\n%s", written(c), plan)
			}
			if plan := b.plan(t, c, true, at); !strings.Contains(plan, "events_lead") || strings.Contains(plan, "events_name") {
				t.Errorf("%s asks a few leads by\n%s", written(c), plan)
			}
		}
	})
}

// plan is how the database would go about it, in its own words.
func (b base) plan(t *testing.T, c conditions.Condition, few bool, now time.Time) string {
	t.Helper()
	query, args, err := c.Where(b.schema(few), now)
	if err != nil {
		t.Fatal(err)
	}
	query = "SELECT count(*) FROM leads AS lead WHERE " + query
	if few {
		query += " AND lead.id IN (1, 2, 3)"
	}
	var out strings.Builder
	err = b.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
		explain := "EXPLAIN QUERY PLAN "
		if b.Dialect() == db.Postgres {
			explain = "EXPLAIN "
			// So small a table would be read whole.
			if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, explain+query, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			line := make([]any, len(columns))
			for i := range line {
				line[i] = new(any)
			}
			if err := rows.Scan(line...); err != nil {
				return err
			}
			fmt.Fprintln(&out, *line[len(line)-1].(*any))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

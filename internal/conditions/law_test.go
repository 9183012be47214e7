package conditions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
)

// The law of the package: what Match says of one person and what Where finds among
// all of them is the same, for every condition, on both databases, written for the
// whole base and for a few.
func TestMatchAndWhereAgree(t *testing.T) {
	eachBase(t, func(t *testing.T, b base) {
		rapid.Check(t, func(t *rapid.T) {
			now := drawNow(t)
			people := make([]*person, rapid.IntRange(1, 12).Draw(t, "people"))
			for i := range people {
				people[i] = drawPerson(t, now)
			}
			b.fill(t, people)
			for range 20 {
				c := drawCondition(t, now, 3)
				if c.Check() == nil {
					b.agree(t, c, people, now)
				}
			}
		})
	})
}

// base is a database with the leads' own tables, and plain ones for what other
// features know.
type base struct {
	*db.DB
}

func eachBase(t *testing.T, test func(t *testing.T, b base)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		d := tables.Open(t, at)
		for _, query := range []string{
			"CREATE TABLE known_scores (lead_id BIGINT PRIMARY KEY, score BIGINT NOT NULL)",
			"CREATE TABLE known_members (kind TEXT NOT NULL, name TEXT NOT NULL, lead_id BIGINT NOT NULL, PRIMARY KEY (kind, name, lead_id))",
		} {
			if _, err := d.SQL().Exec(query); err != nil {
				t.Fatal(err)
			}
		}
		test(t, base{d})
	})
}

func (b base) schema(few bool) conditions.Schema {
	s := conditions.Schema{
		Postgres: b.Dialect() == db.Postgres, Lead: "lead", Folds: "folds", Events: "events", Few: few,
		Columns: map[string]conditions.Column{
			"country": {Name: "country", Upper: true}, "language": {Name: "language"}, "email": {Name: "email", Nullable: true},
		},
		Numbers: map[string]conditions.Number{
			conditions.NumberPoints: {Table: "loyalty_balances", Column: "points"},
			conditions.NumberScore:  {Table: "known_scores", Column: "score"},
		},
		Sets: map[string]conditions.Set{
			conditions.SetTag: conditions.SetQuery("SELECT lead_tags.lead_id FROM lead_tags JOIN tags ON tags.id = lead_tags.tag_id WHERE tags.name_fold = ?"),
		},
	}
	for _, set := range sets {
		if set != conditions.SetTag {
			s.Sets[set] = func(name string) (string, []any) {
				return "SELECT lead_id FROM known_members WHERE kind = ? AND name = ?", []any{set, name}
			}
		}
	}
	return s
}

// fatal is what *testing.T and *rapid.T have in common here.
type fatal interface {
	Fatalf(format string, args ...any)
}

// fill replaces everybody. The lead at place i gets the id i+1.
func (b base) fill(t fatal, people []*person) {
	err := b.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		for _, table := range []string{"lead_tags", "tags", "known_members", "known_scores", "loyalty_balances", "events", "leads"} {
			if _, err := tx.NewDelete().Table(table).Where("TRUE").Exec(ctx); err != nil {
				return err
			}
		}
		rows := map[string][]map[string]any{}
		add := func(table string, row map[string]any) { rows[table] = append(rows[table], row) }
		tags := map[string]int{}
		for i, p := range people {
			id := i + 1
			lead := map[string]any{
				"id": id, "email": nil, "country": p.country, "language": p.language, "folds": document(p.facts.Fields, p.unfolded),
				"attributes": "{}", "first_touch": "{}", "last_touch": "{}", "created_at": "2026-01-01", "updated_at": "2026-01-01",
			}
			if p.email != "" {
				lead["email"] = p.email
			}
			add("leads", lead)
			for n, e := range p.events {
				add("events", map[string]any{
					"message_id": fmt.Sprint(id, "/", n), "lead_id": id, "name": e.name, "properties": "{}", "folds": document(e.folds, e.folds == nil),
					"occurred_at": e.at, "received_at": e.at,
				})
			}
			if p.points != nil {
				add("loyalty_balances", map[string]any{"lead_id": id, "points": *p.points, "updated_at": "2026-01-01"})
			}
			if p.score != nil {
				add("known_scores", map[string]any{"lead_id": id, "score": *p.score})
			}
			for set, names := range p.facts.Sets {
				for name := range names {
					if set != conditions.SetTag {
						add("known_members", map[string]any{"kind": set, "name": name, "lead_id": id})
						continue
					}
					if tags[name] == 0 {
						tags[name] = len(tags) + 1
						add("tags", map[string]any{"id": tags[name], "name": name, "name_fold": name, "created_at": "2026-01-01"})
					}
					add("lead_tags", map[string]any{"tag_id": tags[name], "lead_id": id, "at": "2026-01-01"})
				}
			}
		}
		// A visitor of whom nothing is known has no lead.
		add("events", map[string]any{
			"message_id": "nobody", "lead_id": nil, "name": events[0], "properties": "{}", "folds": "{}", "occurred_at": "2026-01-01", "received_at": "2026-01-01",
		})
		for _, table := range []string{"leads", "events", "loyalty_balances", "known_scores", "known_members", "tags", "lead_tags"} {
			if list := rows[table]; len(list) > 0 {
				if err := insert(ctx, tx, table, list); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("fill: %v", err)
	}
}

func insert(ctx context.Context, tx db.Tx, table string, rows []map[string]any) error {
	columns := slices.Sorted(maps.Keys(rows[0]))
	one := "(" + strings.Repeat(", ?", len(columns))[2:] + ")"
	var args []any
	for _, row := range rows {
		for _, column := range columns {
			args = append(args, row[column])
		}
	}
	query := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + strings.Repeat(", "+one, len(rows))[2:]
	_, err := tx.NewRaw(query, args...).Exec(ctx)
	return err
}

func document(folds map[string]any, absent bool) any {
	if absent {
		return nil
	}
	raw, err := json.Marshal(folds)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// agree asks both evaluators, and the predicate's own value, which is never NULL.
func (b base) agree(t fatal, c conditions.Condition, people []*person, now time.Time) {
	want := []int{}
	for i, p := range people {
		if c.Match(p.facts, now) {
			want = append(want, i+1)
		}
	}
	for _, few := range []bool{false, true} {
		query, args, err := c.Where(b.schema(few), now)
		if err != nil {
			t.Fatalf("%s: %v", written(c), err)
		}
		got := []int{}
		if err := b.Read().NewSelect().TableExpr("leads AS lead").ColumnExpr("lead.id").Where(query, args...).OrderExpr("lead.id").
			Scan(context.Background(), &got); err != nil {
			t.Fatalf("%s: %v\n%s %v", written(c), err, query, args)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("few %v, at %s, %s\nmatches %v, SQL finds %v\n%s\n%#v\n%s", few, now, written(c), want, got, query, args, described(people, want, got))
		}
		var unsure int
		if err := b.Read().NewSelect().ColumnExpr("count(*)").TableExpr("leads AS lead").
			Where("(?) IS NULL", bun.SafeQuery(query, args...)).Scan(context.Background(), &unsure); err != nil || unsure > 0 {
			t.Fatalf("%s: %d times NULL, %v\n%s", written(c), unsure, err, query)
		}
	}
}

func written(c conditions.Condition) string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func described(people []*person, want, got []int) (out string) {
	for i, p := range people {
		if slices.Contains(want, i+1) != slices.Contains(got, i+1) {
			out += fmt.Sprintf("%d: %v\n   %v\n   %v %v\n", i+1, p.facts.Fields, p.facts.Events, p.facts.Numbers, p.facts.Sets)
		}
	}
	return out
}

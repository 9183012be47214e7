package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/loyalty"
)

var privacyStart = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// household is all features over a database, without pages and workers.
type household struct {
	*features
	t     *testing.T
	db    *db.DB
	clock *clock.Manual
}

func eachHousehold(t *testing.T, test func(t *testing.T, w household)) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d := tables.Open(t, base)
		c := clock.NewManual(privacyStart)
		f, err := newFeatures(&Config{From: "team@example.com", Secret: "a secret of sixteen letters"}, d, c, slog.New(slog.DiscardHandler), "http://localhost")
		if err != nil {
			t.Fatal(err)
		}
		test(t, household{f, t, d, c})
	})
}

func (w household) query(into any, sql string, args ...any) {
	w.t.Helper()
	if err := w.db.Read().NewRaw(sql, args...).Scan(w.t.Context(), into); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// columns are the tables and their columns: "events.lead_id".
func (w household) columns() (out []string) {
	if w.db.Dialect() == db.Postgres {
		w.query(&out, "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()")
		return out
	}
	w.query(&out, "SELECT m.name || '.' || c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'")
	return out
}

func TestEveryTableAboutLeadsIsDeclared(t *testing.T) {
	// What keeps pairs of leads is the merging's own business.
	own := []string{"leads", "lead_merges", "lead_duplicates"}
	eachHousehold(t, func(t *testing.T, w household) {
		declared := map[string]bool{}
		columns := w.columns()
		for _, h := range w.leads.Holdings() {
			declared[h.Table] = true
			names := append([]string{h.Lead}, h.Key...)
			for _, set := range h.Unique {
				names = append(names, set...)
			}
			for column := range h.Erase.Set {
				names = append(names, column)
			}
			for _, column := range append(names, h.Hide...) {
				if !slices.Contains(columns, h.Table+"."+column) {
					t.Errorf("%s is declared with %s, which it has not", h.Table, column)
				}
			}
		}
		for _, name := range columns {
			table, column, _ := strings.Cut(name, ".")
			if (column == "lead_id" || strings.HasSuffix(column, "_lead_id")) && !declared[table] && !slices.Contains(own, table) {
				t.Errorf("%s keeps rows about leads and is no leads.Holding: merging and erasing would forget it", table)
			}
		}
	})
}

func TestTheRowsOfALeadAreFoundByAnIndex(t *testing.T) {
	eachHousehold(t, func(t *testing.T, w household) {
		if w.db.Dialect() != db.SQLite {
			t.Skip("an empty PostgreSQL scans whatever there is; the indexes are the same")
		}
		for _, h := range w.leads.Holdings() {
			where := "r." + h.Lead + " IN (7, 8)"
			if h.Through != "" {
				where = fmt.Sprintf("r.%s IN (SELECT t.id FROM %s AS t WHERE t.lead_id IN (7, 8))", h.Lead, h.Through)
			}
			var plan []struct {
				ID, Parent, Notused int
				Detail              string
			}
			w.query(&plan, "EXPLAIN QUERY PLAN SELECT * FROM "+h.Table+" AS r WHERE "+where)
			for _, step := range plan {
				if strings.HasPrefix(step.Detail, "SCAN") {
					t.Errorf("%s is read from end to end for one lead: %s", h.Table, step.Detail)
				}
			}
		}
	})
}

// secrets stand in every text of what is kept about whom we erase, and must be nowhere after.
var secrets = []string{"geheim", "Zarrinpour", "09121112233", "+989121112233"}

// parents are the rows that those about leads hang on.
func (w household) parents(tx db.Tx) {
	w.t.Helper()
	for _, statement := range []string{
		"INSERT INTO forms (id, key, definition, created_at, updated_at) VALUES (1, 'f', '{}', ?0, ?0)",
		"INSERT INTO experiments (id, key, definition, shares, created_at, updated_at) VALUES (1, 'x', '{}', '[]', ?0, ?0)",
		"INSERT INTO journeys (id, key, name, state, created_at, updated_at) VALUES (1, 'j', '{}', 'active', ?0, ?0), (2, 'k', '{}', 'active', ?0, ?0)",
		"INSERT INTO journey_versions (id, journey_id, number, definition, created_at) VALUES (1, 1, 1, '{}', ?0)",
		"INSERT INTO imports (id, name, size, state, found, plan, tally, by_whom, created_at, updated_at) VALUES (1, 'i', 1, 'done', '{}', '{}', '{}', 'x', ?0, ?0)",
		"INSERT INTO offers (id, key, definition, created_at, updated_at) VALUES (1, 'o', '{}', ?0, ?0), (2, 'p', '{}', ?0, ?0)",
	} {
		if _, err := tx.NewRaw(statement, privacyStart).Exec(w.t.Context()); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// past gives a lead rows in every feature, some of which others have too.
func (w household) past(tx db.Tx, random *rand.Rand, lead int64) {
	w.t.Helper()
	n := 0
	insert := func(statement string, args ...any) (id int64) {
		w.t.Helper()
		n++
		if strings.Contains(statement, "RETURNING") {
			if err := tx.NewRaw(statement, args...).Scan(w.t.Context(), &id); err != nil {
				w.t.Fatalf("%s: %v", statement, err)
			}
		} else if _, err := tx.NewRaw(statement, args...).Exec(w.t.Context()); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
		return id
	}
	key := func() string { return fmt.Sprintf("geheim-%d-%d", lead, n) }
	at := privacyStart.Add(time.Duration(random.IntN(1000)) * time.Hour)
	for range 1 + random.IntN(3) {
		insert("INSERT INTO submissions (form_id, lead_id, once, visitor_id, answers, page, created_at) VALUES (1, ?, ?, 'geheim', '{\"x\":\"geheim\"}', '/geheim', ?)", lead, key(), at)
		insert("INSERT INTO exposures (experiment_id, visitor_id, variant, day, first_at, lead_id) VALUES (1, ?, 'a', 1, ?, ?)", fmt.Sprint("v", lead, "-", n), at, lead)
		insert("INSERT INTO messages (effect_key, lead_id, channel, content_key, context, header_id, recipient, subject, state, created_at, due_at)"+
			" VALUES (?, ?, 'email', 'welcome', '{\"code\":\"geheim\"}', 'h@x', 'geheim@example.com', 'Zarrinpour!', ?, ?, ?)",
			fmt.Sprint("m", lead, "-", n), lead, []string{"due", "sent", "sending"}[random.IntN(3)], at, at)
		insert("INSERT INTO ledger_entries (lead_id, points, kind, reason, effect_key, at) VALUES (?, ?, 'award', '{\"en\":\"for Zarrinpour\"}', ?, ?)", lead, random.IntN(90), key(), at)
		insert("INSERT INTO webhook_messages (message_id, lead_id, event, type, body, created_at) VALUES (?, ?, 'X', 'x', 'geheim', ?)", key(), lead, at)
		insert("INSERT INTO visitors (visitor_id, lead_id, at) VALUES (?, ?, ?)", key(), lead, at)
		insert("INSERT INTO import_refusals (import_id, part, line, reason, field, cells) VALUES (1, 0, 1, 'x', 'phone', ?)", fmt.Sprintf(`["Geheim%d@Example.com","Zarrinpour"]`, lead))
		insert("INSERT INTO mailbox_messages (sender, recipient, sent_at, received_at, raw) VALUES ('x', ?, ?, ?, 'geheim')", fmt.Sprintf("geheim%d@example.com", lead), at, at)
	}
	insert("INSERT INTO loyalty_balances (lead_id, points, updated_at) SELECT lead_id, sum(points), ? FROM ledger_entries WHERE lead_id = ? GROUP BY lead_id", at, lead)
	for journey := 1; journey <= 2; journey++ {
		event := insert("INSERT INTO events (message_id, lead_id, name, properties, occurred_at, received_at, folds) VALUES (?, ?, 'X', '{\"e\":\"geheim\"}', ?, ?, '{}') RETURNING id", key(), lead, at, at)
		if random.IntN(2) == 0 {
			continue
		}
		entry := insert("INSERT INTO enrollments (journey_id, version_id, lead_id, entry, event_id, state, due_at, context, entered_at) VALUES (?, 1, ?, ?, ?, 'active', ?, '{\"x\":\"geheim\"}', ?) RETURNING id",
			journey, lead, 1+random.IntN(2), event, at, at)
		insert("INSERT INTO journey_decisions (enrollment_id, journey_id, version_id, step, kind, outcome, detail, at) VALUES (?, ?, 1, 's', 'send', 'done', '{\"x\":\"geheim\"}', ?)", entry, journey, at)
	}
	for offer := 1; offer <= 2; offer++ {
		cause := []string{"birthday", "sorry"}[random.IntN(2)]
		insert("INSERT INTO offer_grants (offer_id, lead_id, cause, ordinal, code, code_norm, state, granted_at, order_id) VALUES (?, ?, ?, ?, ?, ?, 'granted', ?, 'geheim')",
			offer, lead, cause, 1+random.IntN(2), fmt.Sprint("C", lead, n), fmt.Sprint("c", lead, n), at)
		insert("INSERT INTO offer_decisions (offer_id, lead_id, cause, outcome, failed, at) VALUES (?, ?, ?, 'granted', '{\"field\":\"geheim\"}', ?)", offer, lead, cause, at)
	}
}

// rows is every row of the holdings as text, without the marks of merging itself.
func (w household) rows() map[string][]string {
	w.t.Helper()
	out := map[string][]string{}
	for _, h := range w.leads.Holdings() {
		if h.Derived {
			continue
		}
		var rows []map[string]any
		w.query(&rows, "SELECT * FROM "+h.Table)
		for _, row := range rows {
			if row["name"] == leads.EventLeadsMerged || row["name"] == leads.EventMergeUndone || h.Table == "loyalty_balances" && fmt.Sprint(row["points"]) == "0" {
				continue
			}
			for column, value := range row {
				switch v := value.(type) {
				case []byte:
					row[column] = string(v)
				case time.Time:
					row[column] = v.UTC()
				}
			}
			out[h.Table] = append(out[h.Table], fmt.Sprint(row))
		}
		slices.Sort(out[h.Table])
	}
	return out
}

func (w household) somebody(random *rand.Rand) *leads.Lead {
	w.t.Helper()
	var made []*leads.Lead
	if err := w.db.InTx(w.t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		var last int64
		if err := tx.NewRaw("SELECT coalesce(max(id), 0) FROM leads").Scan(ctx, &last); err != nil {
			return err
		}
		made, err = w.leads.Upsert(ctx, tx, []*leads.Profile{{
			Email: fmt.Sprintf("geheim%d@example.com", last+1), LastName: "Zarrinpour", Attributes: map[string]any{"x": "geheim"},
		}})
		if err == nil {
			w.past(tx, random, made[0].ID)
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return made[0]
}

func TestAMergeMovesTheRowsOfAllFeaturesAndItsUndoingBringsThemBack(t *testing.T) {
	t.Parallel()
	eachHousehold(t, func(t *testing.T, w household) {
		random := rand.New(rand.NewPCG(11, 21))
		if err := w.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { w.parents(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		for range 12 {
			kept, gone := w.somebody(random), w.somebody(random)
			before := w.rows()
			m, err := w.leads.Merge(t.Context(), leads.MergeRequest{Kept: kept.ID, Other: gone.ID})
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"submissions", "messages", "ledger_entries", "webhook_messages", "visitors", "exposures"} {
				var left int
				w.query(&left, "SELECT count(*) FROM "+table+" WHERE lead_id = ?", gone.ID)
				if left != 0 {
					t.Errorf("%d rows of %s stayed with the lead that is gone", left, table)
				}
			}
			var points, sum int64
			w.query(&points, "SELECT points FROM loyalty_balances WHERE lead_id = ?", kept.ID)
			w.query(&sum, "SELECT sum(points) FROM ledger_entries WHERE lead_id = ?", kept.ID)
			if points != sum {
				t.Errorf("the balance is %d, the ledger has %d", points, sum)
			}
			if _, err := w.leads.UndoMerge(t.Context(), m.ID, ""); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, w.rows()); diff != "" {
				t.Fatalf("(-before +after)\n%s", diff)
			}
		}
	})
}

func TestNoTableTellsWhoWasErased(t *testing.T) {
	t.Parallel()
	eachHousehold(t, func(t *testing.T, w household) {
		random := rand.New(rand.NewPCG(11, 22))
		if err := w.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { w.parents(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		people := []*leads.Lead{w.somebody(random), w.somebody(random)}
		if _, err := w.leads.Merge(t.Context(), leads.MergeRequest{Kept: people[0].ID, Other: people[1].ID}); err != nil {
			t.Fatal(err)
		}
		data, err := w.leads.PersonData(t.Context(), people[1].ID)
		if err != nil || len(data.Tables) < 10 {
			t.Fatalf("handed out %d tables, %v", len(data.Tables), err)
		}
		if _, err := w.leads.Erase(t.Context(), leads.EraseRequest{LeadID: people[0].ID, Reason: "they asked", Suppress: true}); err != nil {
			t.Fatal(err)
		}
		tables := map[string]bool{}
		for _, name := range w.columns() {
			table, _, _ := strings.Cut(name, ".")
			tables[table] = true
		}
		for table := range tables {
			var rows []map[string]any
			w.query(&rows, "SELECT * FROM "+table)
			for _, row := range rows {
				for column, value := range row {
					if raw, ok := value.([]byte); ok {
						row[column] = string(raw)
					}
				}
				for _, secret := range secrets {
					if text := fmt.Sprint(row); strings.Contains(text, secret) {
						t.Errorf("%q is still in %s: %s", secret, table, text)
					}
				}
			}
		}
		var active, waiting, listed int
		w.query(&active, "SELECT count(*) FROM enrollments WHERE state = 'active'")
		w.query(&waiting, "SELECT count(*) FROM messages WHERE state IN ('due', 'sending')")
		w.query(&listed, "SELECT count(*) FROM suppressions WHERE reason = 'erased'")
		if active != 0 || waiting != 0 || listed != 2 {
			t.Errorf("%d journeys go on, %d messages wait, %d addresses are listed; want none, none and both", active, waiting, listed)
		}
	})
}

func TestLeadsAreMergedAndPartedWhileEverybodyWrites(t *testing.T) {
	t.Parallel()
	eachHousehold(t, func(t *testing.T, w household) {
		random := rand.New(rand.NewPCG(11, 23))
		if err := w.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { w.parents(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		people := []*leads.Lead{w.somebody(random), w.somebody(random)}
		work, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for i, lead := range people {
			writers.Go(func() {
				for n := 0; work.Err() == nil; n++ {
					err := w.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
						if _, err := w.leads.Upsert(ctx, tx, []*leads.Profile{{Email: lead.Email, Attributes: map[string]any{"n": float64(n)}}}); err != nil {
							return err
						}
						return w.leads.Record(ctx, tx, &leads.Event{LeadID: lead.ID, Name: "Thing Done"})
					})
					if err == nil {
						err = w.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
							return w.loyalty.Award(ctx, tx, loyalty.Award{LeadID: lead.ID, Points: 1, EffectKey: fmt.Sprintf("w:%d:%d", i, n)})
						})
					}
					// A worker whose batch is refused to end an embrace tries again.
					if err != nil && !strings.Contains(err.Error(), "40P01") {
						t.Error(err)
						return
					}
				}
			})
		}
		for range 15 {
			m, err := w.leads.Merge(t.Context(), leads.MergeRequest{Kept: people[0].ID, Other: people[1].ID, Fields: map[string]string{"email": "other"}})
			if err != nil {
				t.Error(err)
				break
			}
			if _, err := w.leads.UndoMerge(t.Context(), m.ID, ""); err != nil {
				t.Error(err)
				break
			}
		}
		stop()
		writers.Wait()
		var wrong int
		w.query(&wrong, "SELECT count(*) FROM loyalty_balances AS b WHERE points <> (SELECT coalesce(sum(e.points), 0) FROM ledger_entries AS e WHERE e.lead_id = b.lead_id)")
		if wrong != 0 {
			t.Errorf("%d balances are not what their ledger says", wrong)
		}
	})
}

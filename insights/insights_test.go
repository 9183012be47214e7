package insights

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, base testkit.Database) (*db.DB, *Service) {
	t.Helper()
	d := tables.Open(t, base)
	return d, New(d, clock.NewManual(now))
}

// fill writes two leads, one of today and one of a week ago, with a mail and points each.
func fill(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
		for i, at := range []time.Time{now, now.AddDate(0, 0, -7)} {
			for _, row := range []struct {
				table string
				value map[string]any
			}{
				{"leads", map[string]any{"id": i + 1, "attributes": "{}", "first_touch": "{}", "last_touch": "{}", "created_at": at, "updated_at": at}},
				{"messages", map[string]any{"effect_key": fmt.Sprint(i), "lead_id": i + 1, "channel": "email", "content_key": "x", "context": "{}",
					"header_id": fmt.Sprint(i), "state": "sent", "created_at": at, "due_at": at, "sent_at": at, "opened_at": at}},
				{"ledger_entries", map[string]any{"lead_id": i + 1, "points": 15, "kind": "earn", "reason": "{}", "effect_key": fmt.Sprint(i), "at": at}},
			} {
				if _, err := tx.NewInsert().Model(&row.value).Table(row.table).Exec(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoWasWrittenToIsNoVisitor(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d, s := open(t, base)
		if err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			experiment := map[string]any{"key": "x", "definition": "{}", "seed": "", "shares": "[]", "kappa": 2, "winner": "", "created_at": now, "updated_at": now}
			if _, err := tx.NewInsert().Model(&experiment).Table("experiments").Exec(ctx); err != nil {
				return err
			}
			for _, visitor := range []string{"visitor-1", "lead:1"} {
				row := map[string]any{"experiment_id": 1, "visitor_id": visitor, "variant": "a", "day": 0, "crossed": false, "first_at": now}
				if _, err := tx.NewInsert().Model(&row).Table("exposures").Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Count(t.Context(), time.Time{}); err != nil || all.Visitors != 1 {
			t.Errorf("%d visitors (%v), want the one who came", all.Visitors, err)
		}
	})
}

func TestFiguresAreCountedFromTheRows(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d, s := open(t, base)
		empty, err := s.Count(t.Context(), time.Time{})
		if err != nil || empty != (Summary{}) {
			t.Fatalf("empty: %+v, %v", empty, err)
		}
		fill(t, d)
		all, err := s.Count(t.Context(), time.Time{})
		if want := (Summary{Leads: 2, EmailsSent: 2, EmailsOpened: 2, PointsAwarded: 30}); err != nil || all != want {
			t.Errorf("all: %+v, %v; want %+v", all, err, want)
		}
		today, err := s.Count(t.Context(), now.Add(-time.Hour))
		if want := (Summary{Leads: 1, EmailsSent: 1, EmailsOpened: 1, PointsAwarded: 15}); err != nil || today != want {
			t.Errorf("today: %+v, %v; want %+v", today, err, want)
		}
		perDay, err := s.perDay(t.Context(), "leads", "created_at", days(now, time.UTC, 10))
		if err != nil || fmt.Sprint(perDay) != "[0 0 1 0 0 0 0 0 0 1]" {
			t.Errorf("per day: %v, %v", perDay, err)
		}
	})
}

func TestEachDayIsCountedAlongTheIndexOnItsTime(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d, _ := open(t, base)
		for _, c := range []struct{ table, column, index string }{
			{"leads", "created_at", "leads_created"}, {"exposures", "first_at", "exposures_first"}, {"messages", "sent_at", "messages_sent"},
		} {
			query := dayCounts(d.Read(), c.table, c.column, days(now, time.UTC, 3)).String()
			var plan strings.Builder
			err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				explain := "EXPLAIN QUERY PLAN "
				if d.Dialect() == db.Postgres {
					explain = "EXPLAIN (FORMAT JSON) "
					// So small a table would be read whole.
					if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
						return err
					}
				}
				var rows []map[string]any
				err := tx.NewRaw(explain+query).Scan(ctx, &rows)
				for _, row := range rows {
					for _, value := range row {
						if raw, ok := value.([]byte); ok {
							value = string(raw)
						}
						fmt.Fprintln(&plan, value)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if found := strings.Count(plan.String(), c.index); found != 3 {
				t.Errorf("%d of 3 days of %s go by %s:\n%s", found, c.table, c.index, &plan)
			}
		}
	})
}

func TestADayBeginsAtTheReadersMidnight(t *testing.T) {
	tehran, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	// Half past nine in the evening UTC is one in the morning of the next day there.
	got := days(time.Date(2026, 11, 21, 21, 30, 0, 0, time.UTC), tehran, 2)
	if want := time.Date(2026, 11, 21, 20, 30, 0, 0, time.UTC); !got[1].Equal(want) {
		t.Errorf("today began at %v, want %v", got[1], want)
	}
}

type anybody struct{}

func (anybody) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", Name: "a@example.com"}, nil
}

func TestTheHomePageIsKindWhenThereIsNothingYet(t *testing.T) {
	d, s := open(t, testkit.Database{Dir: t.TempDir()})
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: clock.NewManual(now), Zone: time.UTC, Language: i18n.English}
	mux := web.NewMux(kit, anybody{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.Mount(s.Routes(kit)...)
	show := func() string {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/?lang=fa", nil))
		if w.Code != http.StatusOK {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	if page := show(); !strings.Contains(page, "sarnakh apply sample") || strings.Contains(page, "⟦") {
		t.Error("the empty home page does not say what to do")
	}
	fill(t, d)
	if page := show(); strings.Contains(page, "sarnakh apply sample") || !strings.Contains(page, "۲ از آغاز") {
		t.Error("the home page does not show the figures")
	}
}

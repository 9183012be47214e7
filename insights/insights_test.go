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
	"github.com/uptrace/bun"

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
	return d, New(d, clock.NewManual(now), time.UTC)
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

// visit writes what two pages brought on two days.
func visit(t *testing.T, d *db.DB) {
	t.Helper()
	for _, row := range []string{"('autumn', '2026-11-21', 7, 1)", "('winter', '2026-11-21', 4, 0)", "('autumn', '2026-11-14', 20, 3)", "('autumn', '2025-01-01', 9, 2)"} {
		if _, err := d.SQL().Exec("INSERT INTO page_days (page, day, visitors, conversions) VALUES " + row); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVisitorsAreThoseOfAllLandingPagesTogether(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d, s := open(t, base)
		visit(t, d)
		all, err := s.Count(t.Context(), time.Time{})
		if err != nil || all.Visitors != 40 {
			t.Errorf("%d visitors since the beginning (%v), want 40", all.Visitors, err)
		}
		begins := days(now, time.UTC, 10)
		today, err := s.Count(t.Context(), begins[9])
		if err != nil || today.Visitors != 11 {
			t.Errorf("%d visitors today (%v), want 11", today.Visitors, err)
		}
		perDay, err := s.visitorsPerDay(t.Context(), begins)
		if err != nil || fmt.Sprint(perDay) != "[0 0 20 0 0 0 0 0 0 11]" {
			t.Errorf("per day: %v, %v", perDay, err)
		}
	})
}

func TestVisitorsAreOfTheDayWhereTheTeamIs(t *testing.T) {
	d, _ := open(t, testkit.Database{Dir: t.TempDir()})
	tehran, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	visit(t, d)
	// Half past nine in the evening UTC of the 20th is the 21st there.
	at := time.Date(2026, 11, 20, 21, 30, 0, 0, time.UTC)
	s := New(d, clock.NewManual(at), tehran)
	begins := days(at, tehran, 8)
	if today, err := s.Count(t.Context(), begins[7]); err != nil || today.Visitors != 11 {
		t.Errorf("%d visitors today (%v), want 11", today.Visitors, err)
	}
	if perDay, err := s.visitorsPerDay(t.Context(), begins); err != nil || fmt.Sprint(perDay) != "[20 0 0 0 0 0 0 11]" {
		t.Errorf("per day: %v, %v", perDay, err)
	}
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
		d, s := open(t, base)
		begins := days(now, time.UTC, 3)
		for _, c := range []struct {
			query *bun.SelectQuery
			index string
			times int
		}{
			{dayCounts(d.Read(), "leads", "created_at", begins), "leads_created", 3},
			{dayCounts(d.Read(), "messages", "sent_at", begins), "messages_sent", 3},
			{visitorDays(d.Read(), s.day(begins[0])), "page_days_day", 1},
		} {
			if plan := planOf(t, d, c.query.String()); strings.Count(plan, c.index) != c.times {
				t.Errorf("%d of %d days go by %s:\n%s", strings.Count(plan, c.index), c.times, c.index, plan)
			}
		}
	})
}

// planOf is how the database means to answer a query.
func planOf(t *testing.T, d *db.DB, query string) string {
	t.Helper()
	var plan strings.Builder
	if err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
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
	}); err != nil {
		t.Fatal(err)
	}
	return plan.String()
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
	for _, c := range []struct{ table, key, href, words string }{
		{"forms", "guide", `href="/f/guide"`, "نشانی‌اش را پخش کنید یا آن را در سایتتان"},
		{"pages", "coffee", `href="/p/coffee"`, "بازدیدهای تیم خودتان شمرده نمی‌شود"},
	} {
		if _, err := d.SQL().Exec("INSERT INTO " + c.table + " (key, definition, created_at, updated_at) VALUES ('" + c.key + "', '{}', '2026-11-21', '2026-11-21')"); err != nil {
			t.Fatal(err)
		}
		if page := show(); strings.Contains(page, "sarnakh apply sample") || !strings.Contains(page, c.href) || !strings.Contains(page, c.words) || strings.Contains(page, "⟦") {
			t.Errorf("with %s set up and nobody there the page does not lead to %s", c.table, c.href)
		}
	}
	fill(t, d)
	if page := show(); strings.Contains(page, "/p/coffee") || strings.Contains(page, "sarnakh apply sample") || !strings.Contains(page, "۲ از آغاز") {
		t.Error("the home page does not show the figures")
	}
}

package abtest

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
)

// BenchmarkPageViews is what an experiment costs a page view: the variant, and the
// exposure on the disk when it is the visitor's first (SQLite, synchronous=FULL,
// 64 requests at a time per core). Beside it, in the same run, the raw limits: a
// look-up in a bare map, and one bare row for each view with the same group commit.
func BenchmarkPageViews(b *testing.B) {
	b.Run("limit=map-lookup", func(b *testing.B) {
		var mu sync.Mutex
		known := map[string]bool{}
		for i := range 10_000 {
			known[visitor(int64(i))] = true
		}
		views(b, func(i int64) error {
			mu.Lock()
			defer mu.Unlock()
			_ = known[visitor(i%10_000)]
			return nil
		})
	})
	b.Run("limit=bare-row", func(b *testing.B) {
		h := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
		if _, err := h.db.SQL().Exec("CREATE TABLE bare (id INTEGER PRIMARY KEY, visitor TEXT)"); err != nil {
			b.Fatal(err)
		}
		batch := db.NewBatcher(h.db, mostAtOnce, func(ctx context.Context, tx db.Tx, items []string) error {
			args := make([]any, len(items))
			for i := range items {
				args[i] = items[i]
			}
			_, err := tx.Tx.Tx.ExecContext(ctx, "INSERT INTO bare (visitor) VALUES "+strings.Repeat("(?),", len(items)-1)+"(?)", args...)
			return err
		})
		views(b, func(i int64) error { return batch.Do(context.Background(), visitor(i)) })
	})
	for _, run := range []struct {
		name string
		who  func(i int64) int64
	}{
		{"everybody-new", func(i int64) int64 { return i }},
		{"one-in-ten-new", func(i int64) int64 {
			if i%10 != 0 {
				return i * 2654435761 % (i/10 + 1) * 10 // somebody who was here before
			}
			return i
		}},
		{"everybody-known", func(i int64) int64 { return i % 1000 }},
	} {
		b.Run("sarnakh="+run.name, func(b *testing.B) {
			h := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
			h.start(promise())
			ctx := context.Background()
			views(b, func(i int64) error {
				id := visitor(run.who(i))
				variant, err := h.Assign(ctx, "promise", id, web.Visit{})
				if err != nil {
					return err
				}
				return h.Expose(ctx, "promise", variant, id, web.Visit{})
			})
		})
	}
}

func visitor(i int64) string {
	return "visitor-" + strconv.FormatInt(i+1_000_000_000, 36) + "-0123456789ab"
}

// views runs b.N page views, many at a time, and reports how many a second.
func views(b *testing.B, view func(i int64) error) {
	b.ReportAllocs()
	b.SetParallelism(64)
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := view(next.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "views/s")
}

// BenchmarkReport is the whole report of an experiment, page apart.
func BenchmarkReport(b *testing.B) {
	h := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
	e := h.start(promise())
	h.visit(e, "a", 100_000, 3_000)
	h.visit(e, "b", 100_000, 3_000)
	h.evaluate()
	b.ResetTimer()
	for range b.N {
		h.report("promise")
	}
}

// BenchmarkReportOfTenMillion is the whole report, page apart, of an experiment that ten
// million visitors took part in: five weeks of every device, source and twelve languages,
// with conversions on each later day.
func BenchmarkReportOfTenMillion(b *testing.B) {
	h := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
	d := promise()
	d.PlannedVisitorsPerArm, d.PlannedConversionRate = 10_000_000, 0.03
	e := h.start(d)
	h.time.Advance(35 * day)
	for _, query := range []string{
		`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 15119)
		INSERT INTO exposure_tallies (experiment_id, variant, regime, day, crossed, device, traffic, language, visitors)
		SELECT ?, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, 1, i / 2 % 35, FALSE, 'd' || (i / 70 % 3), 't' || (i / 210 % 6), 'l' || (i / 1260), 661 FROM n`,
		`WITH RECURSIVE later (day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM later WHERE day < 34)
		INSERT INTO goal_tallies (experiment_id, goal, variant, regime, day, reached_on, crossed, device, traffic, language, visitors, total, squares)
		SELECT t.experiment_id, 'goal', t.variant, 1, t.day, later.day + 1, FALSE, t.device, t.traffic, t.language, 1, 0, 0
		FROM exposure_tallies AS t JOIN later ON later.day >= t.day WHERE t.experiment_id = ? ORDER BY 3, 5, 6, 8, 9, 10`,
	} {
		if _, err := h.db.SQL().Exec(query, e.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for range b.N {
		if r := h.report("promise"); r.Visitors() != 9_994_320 || r.Conversions() != 272_160 {
			b.Fatalf("%d of %d", r.Conversions(), r.Visitors())
		}
	}
}

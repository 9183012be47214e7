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

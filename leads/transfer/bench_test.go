package transfer

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// BenchmarkImport brings lists of two sizes in, and then the very rows that came out of
// it by the database's own bulk load (COPY on PostgreSQL, INSERT of many rows on SQLite)
// into a table of the same columns and indexes, in the same run. The ratio is ours by
// theirs; what we write besides, consents and the timeline, is in ours alone. The
// heap is the highest seen while importing.
//
//	SARNAKH_BENCH_LEADS=1000000 go run ./internal/testkit/services -- go test ./leads/transfer -bench Import -benchtime 1x -run ^$
func BenchmarkImport(b *testing.B) {
	large := 50_000
	if n, err := strconv.Atoi(os.Getenv("SARNAKH_BENCH_LEADS")); err == nil {
		large = n
	}
	for _, base := range []string{"sqlite", "postgres"} {
		for _, leads := range []int{large / 5, large} {
			b.Run(fmt.Sprintf("%s/leads=%d", base, leads), func(b *testing.B) {
				for b.Loop() {
					at := testkit.Database{Name: base, Dir: b.TempDir()}
					if base == "postgres" {
						at.URL = testkit.Postgres(b)
					}
					benchImport(b, newHouse(b, at), leads)
				}
			})
		}
	}
}

func benchImport(b *testing.B, h house, n int) {
	ctx := b.Context()
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	im, err := h.Create(ctx, "list.csv", "bench", &people{n: n}, Plan{})
	check(err)
	var peak atomic.Uint64
	stop := watchHeap(&peak)
	stage := func(name string, do func(context.Context, *Import) (*Import, error)) {
		began := time.Now()
		im, err = do(ctx, im)
		check(err)
		check(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return h.save(ctx, tx, im) }))
		b.ReportMetric(float64(n)/time.Since(began).Seconds(), name+"-rows/s")
	}
	stage("read", h.read)
	plan := im.Plan
	plan.Consent = given
	check(h.Map(ctx, im.ID, plan))
	im, err = h.Find(ctx, im.ID)
	check(err)
	stage("check", h.check)
	check(h.Service.Start(ctx, im.ID))
	im, err = h.Find(ctx, im.ID)
	check(err)
	began := time.Now()
	stage("import", h.write)
	ours := time.Since(began)
	stop()
	if im.Tally.New != int64(n) || im.Tally.Consents != int64(n) {
		b.Fatalf("tally %+v", im.Tally)
	}
	b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MB")
	theirs := copyLeads(b, h, n)
	b.ReportMetric(float64(n)/theirs.Seconds(), "copy-rows/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
}

// watchHeap looks at the heap until stopped and keeps the highest.
func watchHeap(peak *atomic.Uint64) (stop func()) {
	runtime.GC()
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var stats runtime.MemStats
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&stats)
				peak.Store(max(peak.Load(), stats.HeapAlloc))
			}
		}
	}()
	return func() { close(done); <-gone }
}

// copyLeads loads the leads into a table of the same shape and returns how long it took.
func copyLeads(b *testing.B, h house, n int) time.Duration {
	b.Helper()
	ctx := b.Context()
	if h.db.Dialect() == db.SQLite {
		return insertLeads(b, h)
	}
	exec := func(query string) {
		if _, err := h.db.SQL().ExecContext(ctx, query); err != nil {
			b.Fatal(err)
		}
	}
	exec("CREATE TABLE leads_copied (LIKE leads INCLUDING ALL)")
	conn, err := h.db.SQL().Conn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	var took time.Duration
	if err := conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn().PgConn()
		rows, err := os.Create(filepath.Join(b.TempDir(), "leads"))
		if err != nil {
			return err
		}
		defer rows.Close()
		if _, err := pg.CopyTo(ctx, rows, "COPY leads TO STDOUT"); err != nil {
			return err
		}
		if _, err := rows.Seek(0, io.SeekStart); err != nil {
			return err
		}
		began := time.Now()
		tag, err := pg.CopyFrom(ctx, rows, "COPY leads_copied FROM STDIN")
		took = time.Since(began)
		if err == nil && tag.RowsAffected() != int64(n) {
			err = fmt.Errorf("%d rows copied", tag.RowsAffected())
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return took
}

// insertLeads is SQLite's bulk load: one prepared INSERT of 50 rows, again and again, in
// transactions as large as ours. Reading the rows out beforehand is not counted.
func insertLeads(b *testing.B, h house) (took time.Duration) {
	b.Helper()
	ctx := b.Context()
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	var schema []string
	check(h.db.Read().NewRaw("SELECT sql FROM sqlite_master WHERE tbl_name = 'leads' AND sql IS NOT NULL ORDER BY type = 'index'").Scan(ctx, &schema))
	for _, statement := range schema {
		statement = strings.NewReplacer(`"leads"`, "leads_copied", "TABLE leads ", "TABLE leads_copied ", " ON leads ", " ON leads_copied ",
			"INDEX leads_", "INDEX copied_", "REFERENCES leads (id)", "").Replace(statement)
		_, err := h.db.SQL().ExecContext(ctx, statement)
		check(err)
	}
	rows, err := h.db.Read().QueryContext(ctx, "SELECT * FROM leads ORDER BY id")
	check(err)
	defer rows.Close()
	columns, err := rows.Columns()
	check(err)
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	const at = 50
	flush := func(values []any) {
		began := time.Now()
		tx, err := h.db.SQL().BeginTx(ctx, nil)
		check(err)
		insert, err := tx.PrepareContext(ctx, "INSERT INTO leads_copied ("+strings.Join(columns, ",")+") VALUES "+strings.TrimSuffix(strings.Repeat(one+",", at), ","))
		check(err)
		for some := range slices.Chunk(values, at*len(columns)) {
			if len(some) == at*len(columns) {
				_, err = insert.ExecContext(context.WithoutCancel(ctx), some...)
			} else {
				_, err = tx.ExecContext(ctx, "INSERT INTO leads_copied ("+strings.Join(columns, ",")+") VALUES "+
					strings.TrimSuffix(strings.Repeat(one+",", len(some)/len(columns)), ","), some...)
			}
			check(err)
		}
		check(tx.Commit())
		took += time.Since(began)
	}
	var values []any
	for rows.Next() {
		row := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		check(rows.Scan(into...))
		for i, v := range row {
			if t, ok := v.(time.Time); ok {
				row[i] = t.UTC().Format("2006-01-02 15:04:05.999999-07:00")
			}
		}
		if values = append(values, row...); len(values) == blockRows*len(columns) {
			flush(values)
			values = values[:0]
		}
	}
	check(rows.Err())
	if len(values) > 0 {
		flush(values)
	}
	return took
}

// people is a list as a shop would export it, made up while it is read.
type people struct {
	n, made int
	rest    []byte
}

// Read makes as many rows as fit.
func (p *people) Read(into []byte) (int, error) {
	for len(p.rest) < len(into) && p.made <= p.n {
		if p.made == 0 {
			p.rest = append(p.rest, "email,first_name,last_name,phone,country,language,city,orders,last_order,newsletter\n"...)
		} else {
			i := p.made * 7919 % 1_000_003 // not in the order of the index
			p.rest = fmt.Appendf(p.rest, "person%d.%d@example.com,%s,%s %d,0912%07d,IR,fa,%s,%d,2025-%02d-%02d,%s\n", i, p.made,
				firstNames[i%len(firstNames)], lastNames[i%len(lastNames)], i%1000, p.made%10_000_000, cities[i%len(cities)], i%30, i%12+1, i%28+1, [2]string{"yes", "no"}[i%2])
		}
		p.made++
	}
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(into, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

var (
	firstNames = []string{"سارا", "علی", "مریم", "امید", "نگار", "رضا", "Sara", "Tom"}
	lastNames  = []string{"احمدی", "رضایی", "کریمی", "مرادی", "Smith"}
	cities     = []string{"تهران", "شیراز", "اصفهان", "تبریز", "مشهد", "رشت"}
)

package forms

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

const connections = 64

// BenchmarkSubmissions is the whole path of a form submission, over real
// connections, to the commit with submission, lead, consent, event and outbox row,
// on SQLite with synchronous=FULL; beside it, in the same run, the raw limits: an
// empty handler, and one bare row for each request with the same group commit.
func BenchmarkSubmissions(b *testing.B) {
	post := func(path string) func(i int) string {
		return func(i int) string {
			form := fmt.Sprintf("email=visitor%d%%40example.com&first_name=Sara&cups=3&brew=v60&_consent=1&_once=once%d&_visitor=visitor%010d&_page=%%2Fp%%2Fautumn&utm_source=instagram&utm_campaign=autumn", i, i, i)
			return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, len(form), form)
		}
	}
	var raw float64
	b.Run("limit=empty-handler", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/thanks")
			w.WriteHeader(http.StatusSeeOther)
		}))
		defer server.Close()
		load(b, server.Listener.Addr().String(), http.StatusSeeOther, post("/"))
	})
	b.Run("limit=bare-row", func(b *testing.B) {
		batch := bareRows(b, open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()}))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				b.Error(err)
			}
			if err := batch.Do(r.Context(), r.PostForm.Get("email")); err != nil {
				b.Error(err)
			}
			w.Header().Set("Location", "/thanks")
			w.WriteHeader(http.StatusSeeOther)
		}))
		defer server.Close()
		raw = load(b, server.Listener.Addr().String(), http.StatusSeeOther, post("/"))
	})
	b.Run("sarnakh", func(b *testing.B) {
		r := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
		rate := load(b, strings.TrimPrefix(r.url, "http://"), http.StatusSeeOther, post("/f/guide"))
		b.ReportMetric(rate/raw, "of-bare-row")
		for table, want := range map[string]int{"submissions": b.N, "leads": b.N, "consents": b.N, "events": b.N, "jobs": b.N} {
			var n int
			if err := r.db.SQL().QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
				b.Fatalf("%s: %d rows, want %d (%v)", table, n, want, err)
			}
		}
	})
}

// bareRows writes one bare row for each text, with the group commit of submissions.
func bareRows(b *testing.B, r *room) *db.Batcher[string] {
	if _, err := r.db.SQL().Exec("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT)"); err != nil {
		b.Fatal(err)
	}
	return db.NewBatcher(r.db, mostAtOnce, func(ctx context.Context, tx db.Tx, items []string) error {
		rows := strings.Repeat("(?),", len(items)-1) + "(?)"
		args := make([]any, len(items))
		for i := range items {
			args[i] = items[i]
		}
		_, err := tx.Tx.Tx.ExecContext(ctx, "INSERT INTO bare (body) VALUES "+rows, args...)
		return err
	})
}

// load sends b.N requests over 64 kept connections and returns how many a second were
// answered with this status. The client speaks plain HTTP/1.1 by hand, since it shares the
// two cores.
func load(b *testing.B, addr string, want int, request func(i int) string) float64 {
	var next atomic.Int64
	took := make([][]time.Duration, connections)
	b.ResetTimer()
	start := time.Now()
	var wg sync.WaitGroup
	for c := range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				asked := request(int(i))
				sent := time.Now()
				if _, err := io.WriteString(conn, asked); err != nil {
					b.Error(err)
					return
				}
				answer, err := http.ReadResponse(in, nil)
				if err != nil {
					b.Error(err)
					return
				}
				_ = answer.Body.Close()
				if answer.StatusCode != want {
					b.Errorf("status %d", answer.StatusCode)
					return
				}
				took[c] = append(took[c], time.Since(sent))
			}
		})
	}
	wg.Wait()
	seconds := time.Since(start).Seconds()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	rate := float64(b.N) / seconds
	b.ReportMetric(rate, "req/s")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	return rate
}

package tracking

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	benchBatch       = 100 // messages in a request
	benchConnections = 16
)

// benchMessages is the batch with a number: what a shop with a web site sends. Of a
// hundred messages 60 are page views and clicks of visitors whom nobody knows, 35 tell
// what somebody known did, 5 say who somebody is.
func benchMessages(n int) []map[string]any {
	batch := make([]map[string]any, benchBatch)
	for i := range batch {
		number := n*benchBatch + i
		m := map[string]any{
			"messageId": fmt.Sprintf("ajs-next-%d-2b1c9e0f", number), "timestamp": "2026-11-21T11:59:58.120Z", "sentAt": "2026-11-21T12:00:00Z",
			"context": map[string]any{
				"library": map[string]any{"name": "analytics.js", "version": "2.1"}, "locale": "fa-IR", "timezone": "Asia/Tehran",
				"userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
				"page":      map[string]any{"url": "https://shop.example/coffee/kilo-bag", "path": "/coffee/kilo-bag", "title": "قهوهٔ یک‌کیلویی", "referrer": "https://shop.example/"},
			},
		}
		switch {
		case i < 60:
			m["type"], m["anonymousId"] = "page", fmt.Sprintf("browser-%d", number/6)
			m["properties"] = map[string]any{"url": "https://shop.example/coffee/kilo-bag", "title": "قهوهٔ یک‌کیلویی"}
		case i < 95:
			m["type"], m["userId"], m["event"] = "track", fmt.Sprintf("user-%d", number%2000), "Product Added"
			m["properties"] = map[string]any{"sku": "kilo-bag", "price": 890000, "quantity": 1, "category": "coffee"}
		default:
			m["type"], m["userId"], m["anonymousId"] = "identify", fmt.Sprintf("user-%d", number), fmt.Sprintf("browser-of-%d", number)
			m["traits"] = map[string]any{"email": fmt.Sprintf("user%d@example.com", number), "firstName": "سارا", "plan": "gold"}
		}
		batch[i] = m
	}
	return batch
}

// BenchmarkTracking is the whole path of the tracking API over real connections, from
// the request to the commit with events, leads and outbox, in batches of 100 on SQLite
// with synchronous=FULL; beside it the raw limit: the same rows of the timeline and
// the outbox written by bare statements, in the same batches with the same group
// commit and the same indexes, without a request, a check or a lead.
func BenchmarkTracking(b *testing.B) {
	var raw float64
	b.Run("limit=bare-insert", func(b *testing.B) {
		h := lite(b)
		insert := db.NewBatcher(h.db, mostAtOnce, func(ctx context.Context, tx db.Tx, batches [][]any) error {
			return bareInsert(ctx, tx, batches)
		})
		rows := make([][]any, b.N)
		for n := range rows {
			rows[n] = bareRows(b, h, n)
		}
		raw = benchRate(b, func(n int) error { return insert.Do(context.Background(), rows[n]) })
	})
	b.Run("sarnakh", func(b *testing.B) {
		h := lite(b)
		h.pace = newPace(1e9, 1e9)
		bodies := make([][]byte, b.N)
		for n := range bodies {
			bodies[n] = benchBody(b, h, n)
		}
		conns := make(chan *benchConn, benchConnections)
		for range benchConnections {
			conns <- dial(b, h)
		}
		rate := benchRate(b, func(n int) error {
			c := <-conns
			defer func() { conns <- c }()
			return c.send(bodies[n])
		})
		b.ReportMetric(rate/raw, "of-bare-insert")
		if n := h.count("events"); n != b.N*benchBatch {
			b.Fatalf("%d events, want %d", n, b.N*benchBatch)
		}
	})
}

// benchRate does b.N batches, several at a time, and returns the events a second.
func benchRate(b *testing.B, send func(n int) error) float64 {
	var next atomic.Int64
	b.ResetTimer()
	start := time.Now()
	var all sync.WaitGroup
	for range benchConnections {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
				if err := send(int(n)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	rate := float64(b.N*benchBatch) / time.Since(start).Seconds()
	b.StopTimer()
	b.ReportMetric(rate, "events/s")
	return rate
}

func benchBody(b *testing.B, h *house, n int) []byte {
	body, err := json.Marshal(map[string]any{"batch": benchMessages(n), "writeKey": h.source.WriteKey, "sentAt": noon})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// benchConn is a connection that speaks HTTP by hand, since it shares the cores.
type benchConn struct {
	net.Conn
	in *bufio.Reader
}

func dial(b *testing.B, h *house) *benchConn {
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return &benchConn{conn, bufio.NewReader(conn)}
}

func (c *benchConn) send(body []byte) error {
	if _, err := fmt.Fprintf(c, "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// eventColumns are those of the timeline, in the order of bareRows.
const eventColumns = 8

// bareRows is the batch with a number as the timeline has it, ready to be written.
func bareRows(b *testing.B, h *house, n int) []any {
	c, err := readCall("", benchBody(b, h, n), noon)
	if err != nil {
		b.Fatal(err)
	}
	var args []any
	for _, m := range c.messages {
		e := m.event(h.source.ID)
		properties, err := json.Marshal(e.Properties)
		if err != nil {
			b.Fatal(err)
		}
		args = append(args, e.MessageID, e.VisitorID, e.Name, string(properties), string(properties), e.Source, e.OccurredAt, noon)
	}
	return args
}

func bareInsert(ctx context.Context, tx db.Tx, batches [][]any) error {
	const events = "INSERT INTO events (message_id, visitor_id, name, properties, folds, source, occurred_at, received_at) VALUES "
	for _, args := range batches {
		rows := len(args) / eventColumns
		made, err := tx.Tx.Tx.ExecContext(ctx, events+strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,?,?,?),", rows), ","), args...)
		if err != nil {
			return err
		}
		last, err := made.LastInsertId()
		if err != nil {
			return err
		}
		jobs := make([]any, 0, 2*rows)
		for i := range rows {
			jobs = append(jobs, last-int64(i), noon)
		}
		if _, err := tx.Tx.Tx.ExecContext(ctx, "INSERT INTO jobs (kind, ref, state, due_at, attempt, last_error) VALUES "+
			strings.TrimSuffix(strings.Repeat("('events.dispatch',?,'due',?,0,''),", rows), ","), jobs...); err != nil {
			return err
		}
	}
	return nil
}

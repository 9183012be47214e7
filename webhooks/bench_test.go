package webhooks

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// countingReceiver is one that only counts.
func countingReceiver(b *testing.B) (url string, count *atomic.Int64) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	count = new(atomic.Int64)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		count.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String(), count
}

// BenchmarkDeliver sends messages that are due to receivers on this machine, from the
// claim to the settled row, and posts the same bytes with a bare http.Client over as
// many connections. The ratio is ours to the bare client's.
func BenchmarkDeliver(b *testing.B) {
	for _, receivers := range []int{1, 8} {
		b.Run(fmt.Sprintf("receivers=%d", receivers), func(b *testing.B) {
			for b.Loop() {
				deliver(b, receivers, 8000)
			}
		})
	}
}

func deliver(b *testing.B, receivers, messages int) {
	h := newHouse(b, benchDatabase(b), local)
	url, count := countingReceiver(b)
	var ids []int64
	for range receivers {
		ids = append(ids, h.endpoint(url).ID)
	}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		people, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: "sara@example.com", FirstName: "Sara", Attributes: map[string]any{"cups": 3.0}}})
		if err != nil {
			return err
		}
		for n := 0; n < messages/receivers; {
			var some []*Message
			wanted := map[int64][]int64{}
			for ; len(some) < 500 && n < messages/receivers; n++ {
				m, err := messageOf(&leads.Event{ID: int64(n + 1), Name: "Form Submitted", OccurredAt: start, Properties: map[string]any{"form": "guide"}}, people[0], start)
				if err != nil {
					return err
				}
				some, wanted[m.EventID] = append(some, m), ids
			}
			if err := h.post(ctx, tx, some, wanted, start); err != nil {
				return err
			}
		}
		return nil
	})
	total := int64(messages / receivers * receivers)
	begun := time.Now()
	stop := h.work()
	h.until("all are told", func() bool { return count.Load() >= total })
	h.until("all are settled", func() bool {
		n, err := h.db.Read().NewSelect().Model((*Delivery)(nil)).Where("state <> ?", StateDelivered).Count(context.Background())
		return err == nil && n == 0
	})
	ours := float64(total) / time.Since(begun).Seconds()
	stop()
	bare := bareClient(b, url, receivers*h.config.Connections, int(total))
	b.ReportMetric(ours, "deliveries/s")
	b.ReportMetric(bare, "bare/s")
	b.ReportMetric(ours/bare, "ratio")
}

// bareClient posts n bodies of the usual size over some connections and returns how
// many a second.
func bareClient(b *testing.B, url string, connections, n int) float64 {
	body := strings.Repeat("x", 560)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var left atomic.Int64
	left.Store(int64(n))
	begun := time.Now()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				answer, err := client.Post(url, "application/json", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(begun).Seconds()
}

func benchDatabase(b *testing.B) testkit.Database {
	return testkit.Database{Name: "sqlite", Dir: b.TempDir()}
}

package webhooks

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// soon is how long a test waits for what happens in the background.
const soon = 20 * time.Second

// house is the feature over an empty database, with the workers running and a clock to
// move.
type house struct {
	*Service
	t     testing.TB
	clock *clock.Manual
}

func eachHouse(t *testing.T, config Config, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h := newHouse(t, at, config)
		h.work()
		test(t, h)
	})
}

// local is for receivers on this machine.
var local = Config{AllowPrivate: true}

// newHouse is one in which nobody works yet.
func newHouse(t testing.TB, at testkit.Database, config Config) house {
	t.Helper()
	d := tables.Open(t, at)
	return houseOver(t, d, clock.NewManual(start), config)
}

// houseOver is one more process on a database.
func houseOver(t testing.TB, d *db.DB, c *clock.Manual, config Config) house {
	log := slog.New(slog.DiscardHandler)
	q := workers.NewQueue(d, c, log)
	l := leads.New(d, c, q)
	s := New(d, c, q, l, config, log)
	l.Subscribe(s)
	l.RegisterJobs(q)
	s.RegisterJobs(q)
	return house{s, t, c}
}

// work starts the workers; they stop with the test, or by the returned function.
func (h house) work() (stop func()) {
	h.t.Helper()
	ctx := context.WithoutCancel(h.t.Context())
	rdb, closeRedis, err := workers.OpenRedis(ctx, "")
	if err != nil {
		h.t.Fatal(err)
	}
	runner := workers.NewRunner(h.queue, rdb, workers.Brisk)
	if err := runner.Start(ctx); err != nil {
		h.t.Fatal(err)
	}
	if err := h.Start(ctx, true); err != nil {
		h.t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		runner.Stop()
		h.Stop()
		_ = closeRedis()
	})
	h.t.Cleanup(stop)
	return stop
}

func (h house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTx(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// endpoint is one that a test needs.
func (h house) endpoint(url string, events ...string) *Endpoint {
	h.t.Helper()
	e, err := h.Create(h.t.Context(), Input{URL: url, Events: events})
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

func (h house) find(id int64) *Endpoint {
	h.t.Helper()
	e, err := h.Find(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

// happen records n events of a name about a person.
func (h house) happen(email, name string, n int) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		people, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email, FirstName: "Sara"}})
		if err != nil {
			return err
		}
		events := make([]*leads.Event, n)
		for i := range events {
			events[i] = &leads.Event{LeadID: people[0].ID, Name: name, Source: "test", Properties: map[string]any{"number": float64(i)}}
		}
		return h.leads.Record(ctx, tx, events...)
	})
}

// all returns an endpoint's deliveries, the oldest first.
func (h house) all(endpoint int64) []*Delivery {
	h.t.Helper()
	var out []*Delivery
	if err := h.db.Read().NewSelect().Model(&out).Where("endpoint_id = ?", endpoint).Order("id").Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return out
}

// in counts an endpoint's deliveries in a state.
func (h house) in(endpoint int64, state string) (n int) {
	for _, d := range h.all(endpoint) {
		if d.State == state {
			n++
		}
	}
	return n
}

// until asks again and again; it fails the test when the answer stays false.
func (h house) until(what string, holds func() bool) {
	h.t.Helper()
	deadline := time.After(soon)
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			h.t.Fatalf("still not after %v: %s", soon, what)
		}
	}
}

// tries waits until a delivery has made n attempts and is not under way.
func (h house) tries(endpoint int64, n int) *Delivery {
	h.t.Helper()
	var d *Delivery
	h.until(fmt.Sprintf("%d attempts", n), func() bool {
		all := h.all(endpoint)
		if len(all) == 0 {
			return false
		}
		d = all[0]
		return d.Attempt == n && d.State != StateSending
	})
	return d
}

// request is what a receiver got.
type request struct {
	path   string
	header http.Header
	body   []byte
}

// receiver is another program that is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []request
	answer http.HandlerFunc // 204 when nil
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.got = append(r.got, request{q.URL.Path, q.Header.Clone(), body})
		answer := r.answer
		r.mu.Unlock()
		if answer != nil {
			answer(w, q)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

// says has every following request answered so.
func (r *receiver) says(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func (r *receiver) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.got...)
}

func (r *receiver) count() int { return len(r.requests()) }

// stamp is the time that a request says it was sent at.
func (q request) stamp(t *testing.T) time.Time {
	t.Helper()
	n, err := strconv.ParseInt(q.header.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(n, 0)
}

// testDatabase is SQLite, for what no database has a say in.
func testDatabase(t *testing.T) testkit.Database {
	return testkit.Database{Name: "sqlite", Dir: t.TempDir()}
}

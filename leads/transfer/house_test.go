package transfer

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// house is the feature over an empty database, with workers at hand.
type house struct {
	*Service
	t     testing.TB
	clock *clock.Manual
	lists *blocklist
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) { test(t, newHouse(t, at)) })
}

func newHouse(t testing.TB, at testkit.Database) house {
	t.Helper()
	d := tables.Open(t, at)
	c := clock.NewManual(start)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	q := workers.NewQueue(d, c, log)
	h := house{New(d, c, log, q, leads.New(d, c, q), t.TempDir()), t, c, &blocklist{}}
	h.Suppress(h.lists)
	h.RegisterJobs(q)
	h.leads.RegisterJobs(q)
	return h
}

// employ starts the workers, until the test ends.
func (h house) employ() {
	h.t.Helper()
	rdb, done, err := workers.OpenRedis(h.t.Context(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = done() })
	r := workers.NewRunner(h.queue, rdb, workers.Brisk)
	if err := r.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(r.Stop)
}

// blocklist is a Suppressor that remembers.
type blocklist struct {
	mu                    sync.Mutex
	unsubscribed, bounced []string
}

func (b *blocklist) SuppressImported(_ context.Context, _ db.Tx, unsubscribed, bounced []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsubscribed, b.bounced = append(b.unsubscribed, unsubscribed...), append(b.bounced, bounced...)
	return nil
}

// until waits for an import to be in one of the states.
func (h house) until(id int64, states ...State) *Import {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
		im, err := h.Find(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if slices.Contains(states, im.State) {
			return im
		}
		if im.State.Over() || time.Now().After(deadline) {
			h.t.Fatalf("the import is %s (fault %v), want %v", im.State, im.Fault, states)
		}
	}
}

// given is consent as somebody would state it.
var given = Consent{Choice: ConsentGiven, Words: "Yes, send me news", Source: "the old shop", Basis: "consent", Date: "2024-01-02", Language: "en"}

// bring uploads a file and waits for what it was found to be.
func (h house) bring(name, content string, plan Plan) *Import {
	h.t.Helper()
	im, err := h.Create(h.t.Context(), name, "team@example.com", strings.NewReader(content), plan)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.until(im.ID, Mapping, Ready, Failed)
}

// rehearse states the consent, runs the dry run and returns it.
func (h house) rehearse(im *Import, change func(*Plan)) *Import {
	h.t.Helper()
	plan := im.Plan
	plan.Consent = Consent{Choice: ConsentNone}
	if change != nil {
		change(&plan)
	}
	if err := h.Map(h.t.Context(), im.ID, plan); err != nil {
		h.t.Fatal(err)
	}
	return h.until(im.ID, Ready)
}

// finish imports what was rehearsed.
func (h house) finish(im *Import) *Import {
	h.t.Helper()
	if err := h.Start(h.t.Context(), im.ID); err != nil {
		h.t.Fatal(err)
	}
	im = h.until(im.ID, Done)
	h.told()
	return im
}

// told waits until all imports that are over stand on the timelines and nothing of their
// files is left.
func (h house) told() {
	h.t.Helper()
	left := func() int { return h.count("import_blocks") + h.count("import_chunks") }
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); left() > 0; <-tick.C {
		if time.Now().After(deadline) {
			h.t.Fatalf("%d pieces and blocks are left", left())
		}
	}
}

func (h house) lead(email string) *leads.Lead {
	h.t.Helper()
	l, err := h.leads.FindByEmail(h.t.Context(), h.db.Read(), email)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

// consents are the states of a lead's consents, the newest first.
func (h house) consents(id int64) (out []string) {
	h.t.Helper()
	rows, err := h.leads.Consents(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range rows {
		out = append(out, c.State+" "+c.Source)
	}
	return out
}

func (h house) count(table string) (n int) {
	h.t.Helper()
	if err := h.db.Read().NewSelect().Table(table).ColumnExpr("count(*)").Scan(h.t.Context(), &n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

package scoring

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// house is scoring over an empty database, with a clock to move and workers that run.
type house struct {
	*Service
	clock *clock.Manual
	leads *leads.Service
	t     testing.TB
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) { test(t, openHouse(t, at)) })
}

func openHouse(t testing.TB, at testkit.Database) house {
	h, run := newHouse(t, at)
	run()
	return h
}

// newHouse opens a house whose workers wait until they are told to run.
func newHouse(t testing.TB, at testkit.Database) (h house, run func()) {
	ctx := context.Background()
	d := tables.Open(t, at)
	c := clock.NewManual(start)
	q := workers.NewQueue(d, c, slog.New(slog.DiscardHandler))
	l := leads.New(d, c, q)
	s := New(d, c, l, q)
	l.Subscribe(s)
	l.RegisterJobs(q)
	s.RegisterJobs(q)
	rdb, closeRedis, err := workers.OpenRedis(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeRedis() })
	r := workers.NewRunner(q, rdb, workers.Brisk)
	return house{s, c, l, t}, func() {
		if err := r.Start(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Stop)
	}
}

func (h house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTx(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) apply(docs ...manifest.Doc) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		for _, doc := range docs {
			table := manifest.Kind(h.rules())
			if s, ok := doc.(*Scale); ok {
				s.Key, table = scaleKey, h.scales()
			}
			if r, ok := doc.(*Rule); ok {
				r.Name = i18n.Plain(r.Key)
			}
			if err := doc.Check(); err != nil {
				return err
			}
			if err := table.Apply(ctx, tx, doc); err != nil {
				return err
			}
		}
		return nil
	})
}

func rule(key, event string, points int64) *Rule {
	return &Rule{Head: manifest.Head{Key: key}, Event: event, Points: points}
}

func (h house) lead(email string) int64 {
	h.t.Helper()
	var id int64
	h.tx(func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email, Language: "fa"}})
		if err == nil {
			id = found[0].ID
		}
		return err
	})
	return id
}

// happens records events and waits until everybody who listens has heard of them.
func (h house) happens(events ...*leads.Event) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, events...) })
	h.settle()
}

// settle waits until nothing is due any more.
func (h house) settle() {
	h.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		c, err := h.queue.Count(context.Background())
		if err != nil {
			h.t.Fatal(err)
		}
		if c.Outstanding == 0 {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("%d jobs are still due", c.Outstanding)
		}
		select {
		case <-h.t.Context().Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (h house) score(lead int64) *Score {
	h.t.Helper()
	s, err := h.Find(context.Background(), lead)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

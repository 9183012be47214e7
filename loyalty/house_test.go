package loyalty

import (
	"context"
	"fmt"
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

// house is the feature over an empty database, with a clock to move.
type house struct {
	*Service
	clock *clock.Manual
	leads *leads.Service
	t     *testing.T
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) { test(t, newHouse(t, at)) })
}

func newHouse(t *testing.T, at testkit.Database) house {
	t.Helper()
	d := tables.Open(t, at)
	c := clock.NewManual(start)
	l := leads.New(d, c, workers.NewQueue(d, c, slog.New(slog.DiscardHandler)))
	s := New(d, c, l)
	l.Subscribe(s)
	return house{s, c, l, t}
}

func lite(t *testing.T) testkit.Database {
	return testkit.Database{Name: "sqlite", Dir: t.TempDir()}
}

// tx runs fn in a transaction that must commit.
func (h house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTx(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) lead(email string) int64 {
	h.t.Helper()
	var id int64
	h.tx(func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email, FirstName: "مینا"}})
		if err == nil {
			id = found[0].ID
		}
		return err
	})
	return id
}

// rule applies a rule that must be good.
func (h house) rule(r EarningRule) {
	h.t.Helper()
	if r.Name == nil {
		r.Name = i18n.Text{i18n.Persian: "قاعده", i18n.English: "Rule " + r.Key}
	}
	r.Kind = "earning_rule"
	if err := r.Check(); err != nil {
		h.t.Fatal(err)
	}
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.Kinds()[0].Apply(ctx, tx, &r) })
}

func head(key string) manifest.Head { return manifest.Head{Kind: "earning_rule", Key: key} }

// happen records events and offers them to the rules.
func (h house) happen(events ...*leads.Event) {
	h.t.Helper()
	h.record(events...)
	h.offer(events...)
}

func (h house) record(events ...*leads.Event) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, events...) })
}

func (h house) offer(events ...*leads.Event) {
	h.t.Helper()
	if err := h.OnEvents(context.Background(), events); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) points(lead int64) int64 {
	h.t.Helper()
	have, err := h.Balances(context.Background(), h.db.Read(), []int64{lead})
	if err != nil {
		h.t.Fatal(err)
	}
	return have[lead]
}

func (h house) wantPoints(lead, want int64) {
	h.t.Helper()
	if got := h.points(lead); got != want {
		h.t.Errorf("lead %d has %d points, want %d", lead, got, want)
	}
}

// balanced fails unless every balance is the sum of its entries.
func (h house) balanced() error {
	var off []struct {
		LeadID      int64
		Points, Sum int64
	}
	err := h.db.Read().NewRaw(`SELECT b.lead_id, b.points, coalesce(sum(e.points), 0) AS sum
		FROM loyalty_balances b LEFT JOIN ledger_entries e ON e.lead_id = b.lead_id
		GROUP BY b.lead_id, b.points HAVING b.points <> coalesce(sum(e.points), 0)`).Scan(context.Background(), &off)
	if err != nil {
		return err
	}
	if len(off) > 0 {
		return fmt.Errorf("balances that are not their entries' sum: %v", off)
	}
	return nil
}

func order(lead int64, value any) *leads.Event {
	return &leads.Event{LeadID: lead, Name: leads.EventOrderCompleted, Properties: map[string]any{"value": value}}
}

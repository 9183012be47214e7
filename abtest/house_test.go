package abtest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// house is the experiments with everything below them, over one database.
type house struct {
	*Service
	t     testing.TB
	queue *workers.Queue
	time  *clock.Manual
	next  int
}

func open(t testing.TB, base testkit.Database) *house {
	t.Helper()
	d := tables.Open(t, base)
	h := &house{t: t, time: clock.NewManual(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))}
	h.queue = workers.NewQueue(d, h.time, slog.New(slog.DiscardHandler))
	h.Service = h.another(d)
	return h
}

// another is a second server over the same database, which remembers nothing.
func (h *house) another(d *db.DB) *Service {
	s := New(d, h.time, slog.New(slog.DiscardHandler), leads.New(d, h.time, h.queue))
	return s
}

func texts(en, fa string) i18n.Text { return i18n.Text{i18n.English: en, i18n.Persian: fa} }

// promise is an experiment on a landing page: two versions, half and half, decided
// by 1,000 visitors each.
func promise() *Definition {
	d := &Definition{
		Name: "Promise", Hypothesis: texts("A number convinces", "عدد قانع می‌کند"), Surface: "page",
		Variants: []Variant{
			{Key: "a", Name: texts("Good coffee", "قهوهٔ خوب")},
			{Key: "b", Name: texts("Four minutes", "چهار دقیقه")},
		},
		Goal:                  Goal{Where: map[string]any{"form": "guide"}},
		PlannedVisitorsPerArm: 1000, PlannedConversionRate: 0.12, State: Running,
	}
	d.Kind, d.Key = "experiment", "promise"
	return d
}

func (h *house) apply(d *Definition) error {
	if err := d.Check(); err != nil {
		return err
	}
	return h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return kind{h.Service}.Apply(ctx, tx, d)
	})
}

func (h *house) start(d *Definition) *Experiment {
	h.t.Helper()
	h.must(h.apply(d))
	return h.find(d.Key)
}

func (h *house) find(key string) *Experiment {
	h.t.Helper()
	e, err := h.load(context.Background(), key)
	h.must(err)
	return e
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) report(key string) *Report {
	h.t.Helper()
	r, err := h.Report(context.Background(), key)
	h.must(err)
	return r
}

func (h *house) evaluate() {
	h.t.Helper()
	h.must(h.Evaluate(context.Background()))
}

// visit has n new visitors see one variant now, of whom the first so many convert.
func (h *house) visit(e *Experiment, variant string, n, conversions int) {
	h.t.Helper()
	ctx := context.Background()
	now := h.time.Now()
	var rows []*exposure
	var events []*leads.Event
	for i := range n {
		h.next++
		id := fmt.Sprintf("visitor-%06d", h.next)
		rows = append(rows, e.exposure(id, variant, now))
		if i < conversions {
			events = append(events, submitted(int64(h.next), id, now))
		}
	}
	for len(rows) > 0 {
		batch := rows[:min(len(rows), mostAtOnce)]
		rows = rows[len(batch):]
		h.must(h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return h.write(ctx, tx, batch) }))
	}
	for len(events) > 0 {
		batch := events[:min(len(events), 200)]
		events = events[len(batch):]
		h.must(h.OnEvents(ctx, batch))
	}
}

func submitted(id int64, visitor string, at time.Time) *leads.Event {
	return &leads.Event{
		ID: id, MessageID: fmt.Sprintf("submission:%d", id), VisitorID: visitor, Name: leads.EventFormSubmitted,
		Properties: map[string]any{"form": "guide"}, OccurredAt: at,
	}
}

func ordered(id int64, visitor string, at time.Time, total any) *leads.Event {
	return &leads.Event{
		ID: id, MessageID: fmt.Sprintf("order:%d", id), VisitorID: visitor, Name: "Order Completed",
		Properties: map[string]any{"total": total}, OccurredAt: at,
	}
}

// counts are visitors and conversions of each variant, as the report shows them.
func counts(arms []Arm) string {
	var out string
	for _, a := range arms {
		out += fmt.Sprintf("%s %d/%d ", a.Key, a.Conversions, a.Visitors)
	}
	return out
}

func (h *house) inTx(rows []*exposure) error {
	return h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return h.write(ctx, tx, rows) })
}

func (h *house) upsert(email string) (id int64, err error) {
	err = h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		people, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email}})
		if err == nil {
			id = people[0].ID
		}
		return err
	})
	return id, err
}

package segments

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var (
	start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	zone  = time.FixedZone("Tehran", 3*3600+1800)
)

// house is the segments with a lead store below, and no workers: a test says itself
// when events are offered and jobs are done.
type house struct {
	*Service
	t     testing.TB
	clock *clock.Manual
	seen  *recorder
}

// recorder remembers which events the dispatcher would offer.
type recorder struct{ offered int64 }

func newHouse(t testing.TB, base testkit.Database) house {
	d := tables.Open(t, base)
	c := clock.NewManual(start)
	q := workers.NewQueue(d, c, slog.New(slog.DiscardHandler))
	l := leads.New(d, c, q)
	l.SetZone(zone)
	l.AddNumber(conditions.NumberPoints, "loyalty_balances", "points")
	s := New(d, c, q, l, zone)
	l.Subscribe(s)
	return house{s, t, c, new(recorder)}
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) { test(t, newHouse(t, base)) })
}

func (h house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTx(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// people makes leads with these numbers, "p7@example.com", and returns their ids.
func (h house) people(numbers ...int) []int64 {
	h.t.Helper()
	profiles := make([]*leads.Profile, len(numbers))
	for i, n := range numbers {
		profiles[i] = &leads.Profile{Email: fmt.Sprintf("p%d@example.com", n), FirstName: fmt.Sprint("P", n), Attributes: map[string]any{"cups": float64(n)}}
	}
	ids := make([]int64, len(numbers))
	h.tx(func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, profiles)
		if err != nil {
			return err
		}
		for i, l := range found {
			ids[i] = l.ID
		}
		return nil
	})
	return ids
}

// does records what a lead does now, and offers it.
func (h house) does(lead int64, name string, properties map[string]any) *leads.Event {
	h.t.Helper()
	e := &leads.Event{LeadID: lead, Name: name, Properties: properties, Source: "test"}
	h.record(e)
	h.offer()
	return e
}

func (h house) record(events ...*leads.Event) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, events...) })
}

// offer hands on what was recorded since the last time, with what follows from it.
func (h house) offer() {
	h.t.Helper()
	for {
		var events []*leads.Event
		if err := h.db.Read().NewSelect().Model(&events).Where("id > ?", h.seen.offered).Order("id").Limit(200).Scan(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		if len(events) == 0 {
			return
		}
		h.seen.offered = events[len(events)-1].ID
		if err := h.OnEvents(h.t.Context(), events); err != nil {
			h.t.Fatal(err)
		}
	}
}

// define stores a segment from YAML without its head, and fills it.
func (h house) define(key, condition string) {
	h.t.Helper()
	c, err := readCondition(condition)
	if err != nil {
		h.t.Fatal(err)
	}
	h.save(&Definition{Head: manifest.Head{Key: key}, Name: i18n.Plain(key), Condition: &c})
	if err := h.fill(h.t.Context(), h.find(key).ID); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) save(d *Definition) {
	h.t.Helper()
	if err := h.Save(h.t.Context(), d); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) fillAll() {
	h.t.Helper()
	for _, seg := range h.all() {
		if err := h.fill(h.t.Context(), seg.ID); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h house) all() []*Segment {
	h.t.Helper()
	all, err := h.List(h.t.Context(), h.db.Read())
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func (h house) find(key string) *Segment {
	h.t.Helper()
	seg, err := h.Find(h.t.Context(), h.db.Read(), key)
	if err != nil {
		h.t.Fatal(err)
	}
	return seg
}

// members returns who is in a segment, by id.
func (h house) members(key string) (ids []int64) {
	h.t.Helper()
	if err := h.db.Read().NewSelect().Model((*member)(nil)).Column("lead_id").Where("segment_id = ?", h.find(key).ID).
		Order("lead_id").Scan(h.t.Context(), &ids); err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func (h house) wantMembers(key string, want ...int64) {
	h.t.Helper()
	want = slices.Sorted(slices.Values(want))
	if got := h.members(key); !slices.Equal(got, want) {
		h.t.Fatalf("in %q are %v, want %v", key, got, want)
	}
}

// told returns the entered and left of a lead's timeline, the oldest first, as
// "+key" and "-key".
func (h house) told(lead int64) (out []string) {
	h.t.Helper()
	var events []*leads.Event
	if err := h.db.Read().NewSelect().Model(&events).Where("lead_id = ?", lead).
		Where("name IN (?, ?)", leads.EventSegmentEntered, leads.EventSegmentLeft).Order("id").Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	for _, e := range events {
		sign := "+"
		if e.Name == leads.EventSegmentLeft {
			sign = "-"
		}
		out = append(out, sign+e.Properties["segment"].(string))
	}
	return out
}

func (h house) wantTold(lead int64, want ...string) {
	h.t.Helper()
	if got := h.told(lead); !slices.Equal(got, want) {
		h.t.Fatalf("lead %d was told %v, want %v", lead, got, want)
	}
}

// addsUp holds the counters against the rows.
func (h house) addsUp() {
	h.t.Helper()
	for _, seg := range h.all() {
		var sum, last, in int64
		ctx, read := h.t.Context(), h.db.Read()
		if err := read.NewSelect().Model((*day)(nil)).ColumnExpr("coalesce(sum(entered - gone + filled), 0)").Where("segment_id = ?", seg.ID).Scan(ctx, &sum); err != nil {
			h.t.Fatal(err)
		}
		var days []*day
		if err := read.NewSelect().Model(&days).Where("segment_id = ?", seg.ID).Order("day DESC").Limit(1).Scan(ctx); err != nil {
			h.t.Fatal(err)
		}
		if len(days) > 0 {
			last = days[0].Size
		}
		in = int64(len(h.members(seg.Key)))
		if sum != in || last != in || seg.Size != in {
			h.t.Fatalf("segment %q: %d members, size %d, days add up to %d, the last says %d", seg.Key, in, seg.Size, sum, last)
		}
	}
}

// static makes a segment filled by hand.
func (h house) static(key string, ids ...int64) {
	h.t.Helper()
	h.save(&Definition{Head: manifest.Head{Key: key}, Name: i18n.Plain(key), Static: true})
	if _, err := h.Add(h.t.Context(), key, ids...); err != nil {
		h.t.Fatal(err)
	}
}

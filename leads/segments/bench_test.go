package segments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// BenchmarkRefresh settles 50 dynamic segments after so many leads have changed, in
// batches as the dispatcher makes them, at two sizes of the base: the rate must not
// depend on that size.
func BenchmarkRefresh(b *testing.B) {
	databases(b, func(b *testing.B, base testkit.Database) {
		for _, size := range []int{20_000, 100_000} {
			h := newHouse(b, freshDatabase(b, base))
			h.populate(size)
			h.fifty()
			r := rand.New(rand.NewPCG(3, 4))
			for _, changed := range []int{1_000, 10_000} {
				b.Run(fmt.Sprintf("base=%d/changed=%d", size, changed), func(b *testing.B) {
					var settled int
					for b.Loop() {
						b.StopTimer()
						batches := h.changes(r, size, changed)
						b.StartTimer()
						for _, events := range batches {
							if err := h.OnEvents(b.Context(), events); err != nil {
								b.Fatal(err)
							}
						}
						settled += changed * 50
					}
					b.ReportMetric(float64(settled)/b.Elapsed().Seconds(), "leads·segments/s")
				})
			}
		}
	})
}

// BenchmarkFill fills one segment of half the base.
func BenchmarkFill(b *testing.B) {
	databases(b, func(b *testing.B, base testkit.Database) {
		h := newHouse(b, freshDatabase(b, base))
		const size = 50_000
		h.populate(size)
		n := 0
		for b.Loop() {
			n++
			h.define(fmt.Sprint("half-", n), "{field: cups, at_least: 5}")
		}
		b.ReportMetric(float64(n*size/2)/b.Elapsed().Seconds(), "members/s")
	})
}

// databases runs a benchmark on SQLite and, when there is one, on PostgreSQL.
func databases(b *testing.B, run func(b *testing.B, base testkit.Database)) {
	b.Run("sqlite", func(b *testing.B) { run(b, testkit.Database{Name: "sqlite"}) })
	b.Run("postgres", func(b *testing.B) { run(b, testkit.Database{Name: "postgres"}) })
}

func freshDatabase(b *testing.B, base testkit.Database) testkit.Database {
	if base.Name == "postgres" {
		base.URL = testkit.Postgres(b)
	} else {
		base.Dir = b.TempDir()
	}
	return base
}

// populate makes leads with ids from 1 on, each with ten events of the last 60 days
// and one of 20 tags, the same each time.
func (h house) populate(size int) {
	h.t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	h.bulk(func(ctx context.Context, tx db.Tx) error {
		for n := range 20 {
			name := fmt.Sprint("tag ", n)
			if _, err := tx.NewInsert().Model(&leads.Tag{ID: int64(n + 1), Name: name, NameFold: name, CreatedAt: start}).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	for first := 1; first <= size; first += 2000 {
		var people []*leads.Lead
		var events []*leads.Event
		var tagged []*tagging
		for id := int64(first); id < int64(min(first+2000, size+1)); id++ {
			email := fmt.Sprintf("p%d@example.com", id)
			attributes := map[string]any{"cups": float64(r.IntN(10)), "city": fmt.Sprint("city ", r.IntN(50))}
			people = append(people, &leads.Lead{
				ID: id, Email: email, EmailNorm: email, Attributes: attributes, Folds: conditions.Fold(attributes),
				CreatedAt: start.AddDate(0, 0, -90), UpdatedAt: start,
			})
			tagged = append(tagged, &tagging{TagID: int64(r.IntN(20) + 1), LeadID: id, At: start})
			for n := range int64(10) {
				at := start.Add(-time.Duration(r.IntN(60*24)) * time.Hour)
				properties := map[string]any{"page": fmt.Sprint("page ", r.IntN(10)), "total": float64(r.IntN(300))}
				events = append(events, &leads.Event{
					ID: 10*id + n, MessageID: fmt.Sprintf("m%d-%d", id, n), LeadID: id, Name: names10[r.IntN(10)], Properties: properties,
					Folds: conditions.Fold(properties), OccurredAt: at, ReceivedAt: at,
				})
			}
		}
		h.bulk(func(ctx context.Context, tx db.Tx) error {
			if _, err := db.InsertMany(ctx, tx, people, ""); err != nil {
				return err
			}
			if _, err := db.InsertMany(ctx, tx, events, ""); err != nil {
				return err
			}
			_, err := db.InsertMany(ctx, tx, tagged, "")
			return err
		})
	}
	h.bulk(func(ctx context.Context, tx db.Tx) error {
		if h.db.Dialect() == db.Postgres {
			_, err := tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('events', 'id'), (SELECT max(id) FROM events)); ANALYZE")
			return err
		}
		return nil
	})
}

// tagging is a row of lead_tags.
type tagging struct {
	bun.BaseModel `bun:"table:lead_tags"`

	TagID, LeadID int64
	At            time.Time
}

func (h house) bulk(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InBulkTx(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

var names10 = []string{
	leads.EventPageViewed, leads.EventEmailOpened, leads.EventEmailClicked, leads.EventOrderCompleted, "Guide Read",
	"Video Watched", "Product Viewed", "Cart Updated", "Event Booked", "Review Written",
}

// fifty defines and fills 50 dynamic segments of all sorts.
func (h house) fifty() {
	h.t.Helper()
	for n := range 50 {
		condition := []string{
			fmt.Sprintf("{field: cups, at_least: %d}", n%10),
			fmt.Sprintf("all: [{field: city, is: city %d}, {not: {tag: tag %d}}]", n, n%20),
			fmt.Sprintf("{event: %s, times: 2, within: 30d}", names10[n%10]),
			fmt.Sprintf("all: [{field: cups, at_least: %d}, {tag: tag %d}, {event: %s, times: 2, within: 30d}]", n%10, n%20, names10[(n+3)%10]),
			fmt.Sprintf("any: [{event: %s, where: {total: {at_least: 200}}}, {tag: tag %d}]", names10[n%10], n%20),
		}[n%5]
		if n >= 45 {
			condition = fmt.Sprintf("all: [{segment: s%d}, {not: {segment: s%d}}]", n-40, n-30)
		}
		h.define(fmt.Sprint("s", n), condition)
	}
}

// changes has leads change in ways that every segment could see, and returns what is
// offered, 200 at a time.
func (h house) changes(r *rand.Rand, size, changed int) (batches [][]*leads.Event) {
	h.t.Helper()
	var events []*leads.Event
	for _, n := range r.Perm(size)[:changed] {
		events = append(events, &leads.Event{LeadID: int64(n + 1), Name: "Shop Synchronised", Properties: map[string]any{"total": 250.0}})
	}
	for _, e := range events[:len(events)/2] {
		e.Name = names10[r.IntN(10)]
	}
	for part := range slices.Chunk(events, 200) {
		h.record(part...)
		batches = append(batches, part)
	}
	// What was offered may stand anywhere: all of it is looked at by all segments.
	for _, part := range batches {
		for i, e := range part {
			copied := *e
			copied.Name = "Shop Synchronised"
			part[i] = &copied
		}
	}
	return batches
}

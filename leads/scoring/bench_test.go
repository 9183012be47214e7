package scoring

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// BenchmarkRescore works out the scores of 10,000 leads with ten events each by eight
// rules: when all of them have faded a little, and when nothing has changed.
func BenchmarkRescore(b *testing.B) {
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			at := testkit.Database{Name: name}
			if name == "postgres" {
				at.URL = testkit.Postgres(b)
			} else {
				at.Dir = b.TempDir()
			}
			h, _ := newHouse(b, at)
			h.populate(10_000)
			h.applyEight()
			h.rescoreEverybody()
			for _, c := range []struct {
				name string
				step time.Duration
			}{{"faded", day}, {"the-same", 0}} {
				b.Run(c.name, func(b *testing.B) {
					for b.Loop() {
						h.clock.Advance(c.step)
						h.rescoreEverybody()
					}
					b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/10000-leads")
					b.ReportMetric(0, "ns/op")
				})
			}
		})
	}
}

// rescoreEverybody does what the jobs of a run do, without waiting for workers.
func (h house) rescoreEverybody() {
	h.t.Helper()
	var ids []int64
	if err := h.db.Read().NewSelect().Model((*leads.Lead)(nil)).Column("id").Order("id").Scan(context.Background(), &ids); err != nil {
		h.t.Fatal(err)
	}
	for part := range slices.Chunk(ids, rescoreBatch) {
		if err := h.Service.score(context.Background(), part, gradeChanged, nil); err != nil {
			h.t.Fatal(err)
		}
	}
}

// populate makes leads with ten events of the last 60 days each, the same each time.
func (h house) populate(size int) {
	h.t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{leads.EventPageViewed, leads.EventEmailOpened, leads.EventEmailClicked, leads.EventOrderCompleted, "Guide Read"}
	for first := 1; first <= size; first += 1000 {
		var people []*leads.Profile
		for id := first; id < min(first+1000, size+1); id++ {
			people = append(people, &leads.Profile{Email: fmt.Sprintf("p%d@example.com", id), Attributes: map[string]any{"cups": float64(r.IntN(10))}})
		}
		if err := h.db.InBulkTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
			made, err := h.leads.Import(ctx, tx, people, false)
			if err != nil {
				return err
			}
			var events []*leads.Event
			for _, m := range made {
				for range 10 {
					events = append(events, &leads.Event{
						LeadID: m.Lead.ID, Name: names[r.IntN(len(names))], OccurredAt: start.Add(-time.Duration(r.IntN(60*24)) * time.Hour),
						Properties: map[string]any{"total": float64(r.IntN(300))},
					})
				}
			}
			return h.leads.RecordQuietly(ctx, tx, events)
		}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h house) applyEight() {
	h.t.Helper()
	fading := func(key, event string, points int64) *Rule {
		r := rule(key, event, points)
		r.HalfLife = period.Period(30 * day)
		return r
	}
	large := fading("large", leads.EventOrderCompleted, 20)
	large.Where = map[string]any{"total": map[string]any{"at_least": 200}}
	holds := func(key string, c conditions.Condition) *Rule {
		return &Rule{Head: manifest.Head{Key: key}, Points: 10, Condition: &c}
	}
	h.apply(
		fading("view", leads.EventPageViewed, 5), fading("open", leads.EventEmailOpened, 3), fading("click", leads.EventEmailClicked, 8),
		fading("order", leads.EventOrderCompleted, 40), large, rule("guide", "Guide Read", 15),
		holds("cups", conditions.Condition{Field: "cups", Test: conditions.Test{AtLeast: 5}}),
		holds("reader", conditions.Condition{Event: "Guide Read", Times: 2}),
	)
}

package abtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// inBetween has something happen before one of the reads of the tallies.
type inBetween struct {
	before int // the number of the read, from 1
	happen func()
	read   int
}

func (b *inBetween) BeforeQuery(ctx context.Context, q *bun.QueryEvent) context.Context {
	if strings.HasPrefix(q.Query, "SELECT") && strings.Contains(q.Query, "_tallies") {
		if b.read++; b.read == b.before {
			b.happen()
		}
	}
	return ctx
}

func (*inBetween) AfterQuery(context.Context, *bun.QueryEvent) {}

func TestCountsFitTogetherWhateverHappensBetweenTheirReads(t *testing.T) {
	revenue := Goal{Key: "revenue", Event: "Order Completed", Kind: OfValue, Property: "total", Cap: 0.9}
	for _, run := range []struct {
		name   string
		happen func(h *house, e *Experiment)
	}{
		{"somebody comes and converts", func(h *house, e *Experiment) { h.visit(e, "b", 1, 1) }},
		{"all who converted are seen in a second variant", func(h *house, e *Experiment) {
			var rows []*exposure
			h.must(h.db.Read().NewSelect().Model(&rows).Where("experiment_id = ?", e.ID).Where("variant = 'b'").Scan(context.Background()))
			for _, x := range rows {
				x.Variant = "a"
			}
			h.must(h.inTx(rows))
		}},
		{"the weights change, and somebody comes", func(h *house, e *Experiment) {
			d := e.Definition
			d.Variants = []Variant{{Key: "a", Weight: 30}, {Key: "b", Weight: 70}}
			h.must(h.apply(&d))
			h.visit(h.find(e.Key), "b", 2, 1)
		}},
	} {
		t.Run(run.name, func(t *testing.T) {
			testkit.Databases(t, func(t *testing.T, base testkit.Database) {
				h := open(t, base)
				for before := 1; before <= 5; before++ {
					d := promise()
					d.Key = fmt.Sprintf("promise-%d", before)
					d.Goal, d.Goals = Goal{}, []Goal{{Key: "leads", Where: map[string]any{"form": "guide"}, Role: Primary}, revenue}
					d.Variants = []Variant{{Key: "a", Weight: 50}, {Key: "b", Weight: 50}}
					e := h.start(d)
					h.visit(e, "a", 20, 10)
					d.Variants = []Variant{{Key: "a", Weight: 40}, {Key: "b", Weight: 60}}
					h.time.Advance(time.Hour)
					h.must(h.apply(d))
					e = h.find(d.Key) // its second regime is fresh
					h.visit(e, "b", 2, 2)
					buyer := fmt.Sprintf("visitor-%06d", h.next)
					h.must(h.OnEvents(context.Background(), []*leads.Event{ordered(int64(1000+h.next), buyer, h.time.Now(), 40.0)}))

					//lint:ignore SA1019 the handle that the house holds is the one to watch
					h.db.Read().(*bun.DB).AddQueryHook(&inBetween{before: before, happen: func() { run.happen(h, e) }})
					r, err := h.Report(context.Background(), d.Key)
					if err != nil {
						t.Fatalf("before read %d: %v", before, err)
					}
					for i, a := range r.Latest {
						var visitors, conversions int64
						for _, day := range r.Daily {
							visitors, conversions = visitors+day.Arms[i].Visitors, conversions+day.Arms[i].Conversions
						}
						if visitors != a.Visitors || conversions != a.Conversions || conversions > visitors {
							t.Errorf("before read %d: %s has %d of %d, its days %d of %d", before, a.Key, a.Conversions, a.Visitors, conversions, visitors)
						}
					}
				}
			})
		})
	}
}

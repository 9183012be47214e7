package abtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

const cellColumns = "experiment_id, variant, day, converted_on, crossed, device, traffic, language"

// lines are the cells that a query counts, with how many visitors stand in each.
func (h *house) lines(query string) (out []string) {
	h.t.Helper()
	var rows []*cellTally
	h.must(h.db.Read().NewRaw(query).Scan(context.Background(), &rows))
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d %+v %d", r.ExperimentID, r.cell, r.Visitors))
	}
	slices.Sort(out)
	return out
}

func TestTheTalliesAlwaysAddUpToTheExposures(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		h.start(promise())
		second := promise()
		second.Key = "second"
		h.start(second)
		servers := []*Service{h.Service, h.another(h.db)}
		for range 6 {
			var wg sync.WaitGroup
			for g := range 8 {
				random := rand.New(rand.NewPCG(uint64(g), uint64(h.next)))
				wg.Go(func() {
					for range 40 {
						server, id := servers[random.IntN(2)], fmt.Sprintf("v%d", random.IntN(150))
						from := web.Visit{Device: web.Devices[random.IntN(3)], Channel: web.Channels[random.IntN(6)], Language: "fa"}
						var err error
						if random.IntN(3) == 0 {
							err = server.OnEvents(ctx, []*leads.Event{submitted(random.Int64N(1e6), id, h.time.Now())})
						} else {
							// Now and then the wrong one: a visitor seen in two variants.
							variant := []string{"a", "b"}[(len(id)+random.IntN(10)/9)%2]
							err = server.Expose(ctx, []string{"promise", "second"}[random.IntN(2)], variant, id, from)
						}
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			h.next++
			h.time.Advance(31 * time.Hour)
		}
		want := h.lines("SELECT " + cellColumns + ", count(*) AS visitors FROM exposures GROUP BY " + cellColumns)
		got := h.lines("SELECT " + cellColumns + ", visitors FROM exposure_tallies WHERE visitors <> 0")
		if !slices.Equal(got, want) || len(got) < 50 {
			t.Errorf("%d cells are kept, %d are so; kept:\n%v\nso:\n%v", len(got), len(want), got, want)
		}
	})
}

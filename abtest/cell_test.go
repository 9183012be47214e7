package abtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

const cellColumns = "experiment_id, variant, regime, day, crossed, device, traffic, language"

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
		first := promise()
		first.Goals = []Goal{
			{Key: "revenue", Event: "Order Completed", Kind: OfValue, Property: "total"},
			{Key: "orders", Event: "Order Completed", Window: period.Period(40 * time.Hour)},
			{Key: "basket", Event: "Order Completed", Kind: OfRatio, Property: "total"},
		}
		h.start(first)
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
						switch random.IntN(6) {
						case 0:
							at := h.time.Now().Add(-time.Duration(random.IntN(60)) * time.Hour) // late, and out of order
							bought := ordered(1e6+random.Int64N(500), id, at, float64(random.IntN(9)))
							err = server.OnEvents(ctx, []*leads.Event{bought, bought})
						case 1, 2:
							err = server.OnEvents(ctx, []*leads.Event{submitted(random.Int64N(1e6), id, h.time.Now())})
						default:
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
		// Values are whole numbers here, so that sums have no rounding.
		reachedOf := func(columns, rest string) (out []string) {
			var rows []*goalTally
			h.must(h.db.Read().NewRaw("SELECT "+columns+" FROM "+rest).Scan(ctx, &rows))
			for _, r := range rows {
				out = append(out, fmt.Sprintf("%d %s %+v %d %+v", r.ExperimentID, r.Goal, r.cell, r.ReachedOn, r.sums))
			}
			slices.Sort(out)
			return out
		}
		const of = "x.experiment_id, g.goal, x.variant, x.regime, x.day, g.reached_on, x.crossed, x.device, x.traffic, x.language"
		want = reachedOf(of+", sum(CASE WHEN g.units IS NULL OR g.value * g.units <> 0 THEN 1 ELSE 0 END) AS visitors, sum(g.value) AS total, sum(g.value * g.value) AS squares, "+
			"CAST(COALESCE(sum(g.units), 0) AS DOUBLE PRECISION) AS units, CAST(COALESCE(sum(g.units * g.units), 0) AS DOUBLE PRECISION) AS unit_squares, COALESCE(sum(g.value * g.units), 0.0) AS products",
			"exposures AS x JOIN exposure_goals AS g ON g.experiment_id = x.experiment_id AND g.visitor_id = x.visitor_id GROUP BY "+of)
		got = reachedOf("*", "goal_tallies WHERE visitors <> 0 OR units <> 0")
		if !slices.Equal(got, want) || len(got) < 50 {
			t.Errorf("%d cells of goals are kept, %d are so; kept:\n%v\nso:\n%v", len(got), len(want), got, want)
		}
		if left := reachedOf("*", "goal_tallies WHERE visitors = 0 AND units = 0 AND (total <> 0 OR squares <> 0 OR unit_squares <> 0 OR products <> 0)"); len(left) > 0 {
			t.Errorf("nobody is left there, but a sum: %v", left)
		}
		// Each event's value counts once.
		var sums struct {
			Visitors, Events int64
			Booked, Paid     float64
		}
		h.must(h.db.Read().NewRaw(`SELECT (SELECT count(*) FROM exposure_goals WHERE goal = 'revenue') AS visitors,
			(SELECT sum(events) FROM exposure_goals WHERE goal = 'revenue') AS events,
			(SELECT sum(value) FROM exposure_goals WHERE goal = 'revenue') AS booked,
			(SELECT sum(value) FROM goal_events WHERE goal = 'revenue') AS paid`).Scan(ctx, &sums))
		if sums.Booked != sums.Paid || sums.Booked == 0 || sums.Events <= sums.Visitors {
			t.Errorf("%+v", sums)
		}
	})
}

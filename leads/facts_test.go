package leads

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/period"
)

// views gives a lead many events of one name: the oldest of them long, and the others short.
func (h house) views(lead int64, long, short int) {
	h.t.Helper()
	var events []*Event
	for i := range long + short {
		p := map[string]any{"seconds": 300, "day": "2026-03-20T23:00:00Z"}
		if i >= long {
			p = map[string]any{"seconds": 2, "day": "2026-03-20T12:00:00Z"}
		}
		events = append(events, &Event{
			MessageID: fmt.Sprintf("view:%d:%d", lead, i), LeadID: lead, Name: EventPageViewed, Properties: p,
			OccurredAt: start.Add(time.Duration(i-long-short) * time.Second),
		})
	}
	if err := h.db.InBulkTx(h.t.Context(), func(ctx context.Context, tx db.Tx) error { return h.RecordQuietly(ctx, tx, events) }); err != nil {
		h.t.Fatal(err)
	}
}

func TestConditionsSeeAllThatTheBusiestLeadDid(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		zone := time.FixedZone("Tehran", 3*3600+1800)
		h.SetZone(zone)
		now := h.clock.Now().In(zone)
		people := h.upsert(&Profile{Email: "robot@example.com"}, &Profile{Email: "sara@example.com"})
		h.views(people[0].ID, 3, factEventsMost+10)
		h.views(people[1].ID, 1, 1)
		view := conditions.Condition{Event: EventPageViewed}
		long := conditions.Properties{"seconds": {AtLeast: 100}}
		for name, change := range map[string]func(c *conditions.Condition){
			"once":               func(*conditions.Condition) {},
			"as often as can be": func(c *conditions.Condition) { c.Times = factEventsMost },
			"three long ones":    func(c *conditions.Condition) { c.Times, c.Properties = 3, long },
			"four long ones":     func(c *conditions.Condition) { c.Times, c.Properties = 4, long },
			"long ones of late":  func(c *conditions.Condition) { c.Within, c.Properties = period.Period(time.Hour), long },
			"on the day of the zone": func(c *conditions.Condition) {
				c.Times, c.Properties = 3, conditions.Properties{"day": {AtLeast: "2026-03-21"}}
			},
		} {
			c := view
			change(&c)
			facts, err := h.Facts(t.Context(), h.db.Read(), []int64{people[0].ID, people[1].ID}, view, c)
			if err != nil {
				t.Fatal(err)
			}
			where, args, err := c.Where(h.Schema(), now)
			if err != nil {
				t.Fatal(err)
			}
			var found []int64
			if err := h.db.Read().NewSelect().Model((*Lead)(nil)).Column("id").Where(where, args...).Scan(t.Context(), &found); err != nil {
				t.Fatal(err)
			}
			holds := map[int64]bool{}
			for _, id := range found {
				holds[id] = true
			}
			for _, l := range people {
				if got := c.Match(*facts[l.ID], now); got != holds[l.ID] {
					t.Errorf("%s: in memory %v, in the database %v for %s", name, got, holds[l.ID], l.Email)
				}
			}
		}
	})
}

func TestOfEachLeadAndNameTheNewestEventsAreReadAndNoMore(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "robot@example.com"}, &Profile{Email: "sara@example.com"})
		h.views(people[0].ID, 6, 4)
		h.views(people[1].ID, 1, 1)
		events, err := h.NewestEvents(t.Context(), h.db.Read(), []int64{people[0].ID, people[1].ID}, map[string]time.Duration{EventPageViewed: 0}, 3)
		if err != nil {
			t.Fatal(err)
		}
		count := map[int64]int{}
		for _, e := range events {
			count[e.LeadID]++
			if e.OccurredAt.Before(start.Add(-3 * time.Second)) {
				t.Errorf("lead %d: one of %s, and there are newer ones", e.LeadID, e.OccurredAt)
			}
		}
		if count[people[0].ID] != 3 || count[people[1].ID] != 2 {
			t.Errorf("%v, want 3 and 2", count)
		}
	})
}

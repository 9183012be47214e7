package segments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// zoo are segments that between them ask for everything, and for each other.
var zoo = []struct{ key, condition string }{
	{"all-of-them", ""},
	{"readers", "{event: Guide Read, times: 2}"},
	{"fresh-readers", "{event: Guide Read, within: 2d}"},
	{"vip", "{tag: VIP}"},
	{"cups", "{field: cups, at_least: 5}"},
	{"no-name", "{not: {field: nickname, known: true}}"},
	{"good", "all: [{segment: vip}, {not: {segment: fresh-readers}}]"},
	{"good-or-hand", "any: [{segment: good}, {segment: by-hand}]"},
	{"bought-much", "{event: Order Completed, where: {total: {at_least: 100}}}"},
	{"entered", "{event: Segment Entered, where: {segment: vip}}"},
}

func (h house) openZoo() {
	h.static("by-hand")
	for _, z := range zoo {
		h.define(z.key, z.condition)
	}
}

// holdsTrue says whether all members are those that the condition finds now.
func (h house) holdsTrue(when string) {
	h.t.Helper()
	for _, seg := range h.all() {
		ids, err := h.astray(h.t.Context(), seg)
		if err != nil {
			h.t.Fatal(err)
		}
		if len(ids) > 0 {
			h.t.Fatalf("%s: leads %v are astray in %q, which has %v", when, ids, seg.Key, h.members(seg.Key))
		}
	}
	h.addsUp()
}

func TestMembersAreAlwaysThoseWhomTheConditionFinds(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3, 4, 5, 6, 7, 8)
		h.openZoo()
		h.offer()
		h.holdsTrue("in the beginning")
		r := rand.New(rand.NewPCG(7, 11))
		for step := range 60 {
			what := h.someChange(r, ids)
			h.offer()
			h.holdsTrue(fmt.Sprintf("step %d, %s", step, what))
		}
		for _, id := range ids {
			h.alternates(id)
		}
	})
}

// someChange does one of the things that happen to leads.
func (h house) someChange(r *rand.Rand, ids []int64) string {
	id := ids[r.IntN(len(ids))]
	switch r.IntN(8) {
	case 0, 1:
		h.record(&leads.Event{LeadID: id, Name: "Guide Read", OccurredAt: h.clock.Now().Add(-time.Duration(r.IntN(72)) * time.Hour)})
		return "reads"
	case 2:
		h.record(&leads.Event{LeadID: id, Name: leads.EventOrderCompleted, Properties: map[string]any{"total": float64(r.IntN(200))}})
		return "orders"
	case 3:
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.Tag(ctx, tx, []int64{id}, []string{"vip"}, "")
		})
		return "is tagged"
	case 4:
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.Untag(ctx, tx, []int64{id}, []string{"Vip"}, "")
		})
		return "is untagged"
	case 5:
		h.tx(func(ctx context.Context, tx db.Tx) error {
			n := slices.Index(ids, id) + 1
			_, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: fmt.Sprintf("p%d@example.com", n), Attributes: map[string]any{"cups": float64(r.IntN(10)), "nickname": "x"}}})
			if err != nil {
				return err
			}
			return h.leads.Record(ctx, tx, &leads.Event{LeadID: id, Name: leads.EventLeadUpdated})
		})
		return "changes"
	case 6:
		do := h.Add
		if r.IntN(2) == 0 {
			do = h.Remove
		}
		if _, err := do(h.t.Context(), "by-hand", id); err != nil {
			h.t.Fatal(err)
		}
		return "is moved by hand"
	}
	h.clock.Advance(time.Duration(r.IntN(30)) * time.Hour)
	if err := h.refreshTimed(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return "time passes"
}

// alternates checks that nobody was told to have entered, or left, twice in a row.
func (h house) alternates(lead int64) {
	h.t.Helper()
	last := map[string]byte{}
	for _, said := range h.told(lead) {
		if last[said[1:]] == said[0] {
			h.t.Fatalf("lead %d was told %v", lead, h.told(lead))
		}
		last[said[1:]] = said[0]
	}
}

func TestManyWorkersSettleTheSameLeadsRight(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3)
		h.openZoo()
		h.offer()
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(worker), 5))
				for range 25 {
					id := ids[r.IntN(len(ids))]
					e := &leads.Event{LeadID: id, Name: "Guide Read"}
					err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
						switch r.IntN(3) {
						case 0:
							e.Name = leads.EventTagAdded
							if err := h.leads.Tag(ctx, tx, []int64{id}, []string{"vip"}, ""); err != nil {
								return err
							}
						case 1:
							e.Name = leads.EventTagRemoved
							if err := h.leads.Untag(ctx, tx, []int64{id}, []string{"vip"}, ""); err != nil {
								return err
							}
						}
						return h.leads.Record(ctx, tx, e)
					})
					if err == nil {
						err = h.OnEvents(t.Context(), []*leads.Event{e})
					}
					if err == nil && r.IntN(3) == 0 {
						if r.IntN(2) == 0 {
							_, err = h.Add(t.Context(), "by-hand", ids...)
						} else {
							_, err = h.Remove(t.Context(), "by-hand", ids...)
						}
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		h.offer() // entering is an event itself, which one of the segments counts
		h.holdsTrue("in the end")
		for _, id := range ids {
			h.alternates(id)
		}
	})
}

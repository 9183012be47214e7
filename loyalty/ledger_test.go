package loyalty

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

func TestAnAwardCountsOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		mina := h.lead("mina@example.com")
		for range 2 {
			h.tx(func(ctx context.Context, tx db.Tx) error {
				return h.Award(ctx, tx, Award{LeadID: mina, Points: 20, EffectKey: "journey:1:a"})
			})
		}
		h.wantPoints(mina, 20)
	})
}

func TestAnEntryNeedsPointsAndAKey(t *testing.T) {
	h := newHouse(t, lite(t))
	mina := h.lead("mina@example.com")
	for _, a := range []Award{{LeadID: mina, Points: 0, EffectKey: "a"}, {LeadID: mina, Points: -5, EffectKey: "a"}, {LeadID: mina, Points: 5}} {
		err := h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return h.Award(ctx, tx, a) })
		if !errors.Is(err, errs.Invalid) {
			t.Errorf("%+v: %v, want Invalid", a, err)
		}
	}
}

func TestNobodySpendsMoreThanTheyHave(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		mina := h.lead("mina@example.com")
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Award(ctx, tx, Award{LeadID: mina, Points: 100, EffectKey: "gift"})
		})
		const n = 8
		done := make(chan error, n)
		for i := range n {
			go func() {
				done <- h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
					return h.Redeem(ctx, tx, Award{LeadID: mina, Points: 40, EffectKey: fmt.Sprint("order:", i)})
				})
			}()
		}
		paid := 0
		for range n {
			if err := <-done; err == nil {
				paid++
			} else if !errors.Is(err, errs.Conflict) {
				t.Errorf("%v, want a Conflict", err)
			}
		}
		if paid != 2 {
			t.Errorf("%d of %d could spend 40 of 100 points, want 2", paid, n)
		}
		h.wantPoints(mina, 20)
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Adjust(ctx, tx, Award{LeadID: mina, Points: -20, EffectKey: "mistake"})
		})
		h.tx(func(ctx context.Context, tx db.Tx) error { // known already: no second time, no Conflict
			return h.Adjust(ctx, tx, Award{LeadID: mina, Points: -20, EffectKey: "mistake"})
		})
		h.wantPoints(mina, 0)
	})
}

// The law of the ledger: whatever happens, in whatever order, at the same time and
// again, a balance is the sum of its entries and each effect is there once.
func TestBalancesAreTheLedgersSumUnderConcurrentWriters(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.rule(EarningRule{Head: head("order"), Event: leads.EventOrderCompleted, Points: 5})
		h.rule(EarningRule{Head: head("big"), Event: leads.EventOrderCompleted, Points: 1, Per: &Per{"value", 10}, Limit: &Limit{Times: 2}})
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			people := make([]int64, 3)
			for i := range people {
				people[i] = h.lead(fmt.Sprintf("r%d-%d@example.com", round, i))
			}
			var happened []*leads.Event
			for range rapid.IntRange(1, 6).Draw(rt, "events") {
				happened = append(happened, order(rapid.SampledFrom(people).Draw(rt, "who"), rapid.IntRange(0, 40).Draw(rt, "value")))
			}
			h.record(happened...)
			gift := rapid.Int64Range(1, 50).Draw(rt, "gift")
			effect := fmt.Sprintf("r%d", round)
			writers := []func() error{}
			for range rapid.IntRange(2, 4).Draw(rt, "writers") {
				batch := rapid.SliceOfN(rapid.SampledFrom(happened), 1, 6).Draw(rt, "batch")
				writers = append(writers,
					func() error { return h.OnEvents(context.Background(), batch) },
					func() error {
						return h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
							return h.Award(ctx, tx, Award{LeadID: people[0], Points: gift, EffectKey: effect})
						})
					})
			}
			writers = append(writers, func() error { return h.OnEvents(context.Background(), happened) })
			var wg sync.WaitGroup
			failed := make([]error, len(writers))
			for i, write := range writers {
				wg.Go(func() { failed[i] = write() })
			}
			wg.Wait()
			if err := errors.Join(append(failed, h.balanced())...); err != nil {
				rt.Fatal(err)
			}
			want := map[int64]int64{people[0]: gift}
			orders := map[int64]int64{}
			for _, e := range happened {
				want[e.LeadID] += 5
				orders[e.LeadID]++
			}
			for _, id := range people {
				entries, err := h.Entries(context.Background(), id, 100)
				if err != nil {
					rt.Fatal(err)
				}
				var fixed, big int64
				for _, e := range entries {
					if e.Rule == "big" {
						big++
					} else {
						fixed += e.Points
					}
				}
				if fixed != want[id] || big > 2 {
					rt.Fatalf("lead %d: %d points beside rule big, want %d; %d entries by big, at most 2", id, fixed, want[id], big)
				}
			}
		})
	})
}

func TestFactsKnowThePoints(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		mina, nima := h.lead("mina@example.com"), h.lead("nima@example.com")
		h.tx(func(ctx context.Context, tx db.Tx) error {
			if err := h.Award(ctx, tx, Award{LeadID: mina, Points: 120, EffectKey: "gift"}); err != nil {
				return err
			}
			hundred := int64(100)
			rich := conditions.Condition{Points: &hundred}
			facts, err := h.leads.Facts(ctx, tx, []int64{mina, nima}, rich)
			if err != nil {
				return err
			}
			if !rich.Match(*facts[mina], start) || rich.Match(*facts[nima], start) {
				t.Errorf("facts: %+v, %+v", facts[mina], facts[nima])
			}
			return nil
		})
	})
}

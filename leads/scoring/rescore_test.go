package scoring

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

func eachQuietHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h, _ := newHouse(t, at)
		test(t, h)
	})
}

// chained checks that each change on a lead's timeline begins where the one before ended,
// and that the last of them ends at the lead's score.
func (h house) chained(lead int64) {
	h.t.Helper()
	score := 0.0
	changes := h.changes(lead)
	slices.Reverse(changes)
	for _, e := range changes {
		if e.Properties["from"] != score {
			h.t.Fatalf("lead %d: a change begins at %v, the one before ended at %v", lead, e.Properties["from"], score)
		}
		score, _ = e.Properties["to"].(float64)
	}
	if s := h.score(lead); float64(s.Score) != score {
		h.t.Fatalf("lead %d: the score is %d, the timeline ends at %v", lead, s.Score, score)
	}
}

func TestManyWhoScoreTheSameLeadsAgree(t *testing.T) {
	eachQuietHouse(t, func(t *testing.T, h house) {
		h.apply(rule("visits", leads.EventPageViewed, 5), rule("order", leads.EventOrderCompleted, 40),
			&Rule{Head: manifest.Head{Key: "vip"}, Points: 25, Condition: &conditions.Condition{Tag: "VIP"}})
		ids := []int64{h.lead("a@example.com"), h.lead("b@example.com"), h.lead("c@example.com")}
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(worker), 9))
				for range 20 {
					id := ids[r.IntN(len(ids))]
					e := &leads.Event{LeadID: id, Name: []string{leads.EventPageViewed, leads.EventOrderCompleted, leads.EventTagAdded}[r.IntN(3)]}
					err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
						if e.Name == leads.EventTagAdded {
							if err := h.leads.Tag(ctx, tx, []int64{id}, []string{"vip"}, ""); err != nil {
								return err
							}
						}
						return h.leads.Record(ctx, tx, e)
					})
					if err == nil {
						err = h.OnEvents(t.Context(), []*leads.Event{e})
					}
					if err == nil && r.IntN(3) == 0 {
						err = h.Service.score(t.Context(), ids, func(change) bool { return true }, nil)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		sh, err := h.draw(t.Context(), h.db.Read(), ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			want := 0.0
			for _, p := range sh.of(id) {
				want += p.Points
			}
			if s := h.score(id); float64(s.Score) != want {
				t.Errorf("lead %d has %d, its timeline gives %v", id, s.Score, want)
			}
			h.chained(id)
		}
	})
}

func TestEveryChangeOfAScoreStandsOnTheTimeline(t *testing.T) {
	eachQuietHouse(t, func(t *testing.T, h house) {
		r := rule("order", leads.EventOrderCompleted, 40)
		r.HalfLife = period.Period(10 * day)
		h.apply(r)
		mina := h.lead("mina@example.com")
		e := event(mina, leads.EventOrderCompleted, 0)
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, e) })
		for range 3 { // the same event is offered again when some time has passed
			if err := h.OnEvents(t.Context(), []*leads.Event{e}); err != nil {
				t.Fatal(err)
			}
			h.clock.Advance(10 * day)
		}
		if changes := h.changes(mina); len(changes) != 3 {
			t.Errorf("the timeline tells of %d changes, want 40, 20 and 10", len(changes))
		}
		h.chained(mina)
	})
}

func TestARuleThatChangesWhileALeadIsScoredCounts(t *testing.T) {
	eachQuietHouse(t, func(t *testing.T, h house) {
		h.apply(rule("order", leads.EventOrderCompleted, 40))
		mina := h.lead("mina@example.com")
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.Record(ctx, tx, event(mina, leads.EventOrderCompleted, 0))
		})
		drawn, err := h.draw(t.Context(), h.db.Read(), []int64{mina})
		if err != nil {
			t.Fatal(err)
		}
		h.apply(rule("order", leads.EventOrderCompleted, 10))
		h.tx(func(ctx context.Context, tx db.Tx) error {
			sh, err := h.current(ctx, tx, drawn, []int64{mina})
			if err == nil && sh.of(mina)[0].Points != 10 {
				t.Errorf("the order gives %v points, want 10", sh.of(mina)[0].Points)
			}
			return err
		})
	})
}

func TestWhoGoesByScoresIsToldEvenAfterAFailure(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h, run := newHouse(t, at)
		h.lead("mina@example.com")
		told := make(chan bool, 1)
		h.OnRescored(func(context.Context) error {
			told <- true
			return errors.New("the database went away")
		})
		h.apply(rule("order", leads.EventOrderCompleted, 40))
		run()
		<-told
		var jobs []int64
		if err := h.queue.Outstanding(h.db.Read(), jobRescored).Scan(t.Context(), &jobs); err != nil || len(jobs) != 1 {
			t.Errorf("%d jobs will tell again, %v: want one", len(jobs), err)
		}
	})
}

func TestARunEndsWhereANewOneIsBehindIt(t *testing.T) {
	eachQuietHouse(t, func(t *testing.T, h house) {
		h.tx(func(ctx context.Context, tx db.Tx) error {
			ahead := workers.Job{Kind: jobRescore, Ref: 5000, DueAt: start}
			if err := h.queue.Enqueue(ctx, tx, ahead); err != nil {
				return err
			}
			for _, step := range []struct {
				ref  int64
				want bool
			}{{5000, false}, {0, false}} {
				if got, err := h.followed(ctx, tx, workers.Job{Ref: step.ref}); err != nil || got != step.want {
					t.Errorf("a run at %d alone is followed: %v, %v", step.ref, got, err)
				}
			}
			if err := h.rescoreAll(ctx, tx); err != nil {
				return err
			}
			if got, err := h.followed(ctx, tx, ahead); err != nil || !got {
				t.Errorf("the run at 5000 goes on: %v, %v", got, err)
			}
			return nil
		})
	})
}

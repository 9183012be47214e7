package segments

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

func TestACrashInTheMiddleOfAFillLosesAndDoublesNobody(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		var numbers []int
		for n := range 3*chunk + 7 {
			numbers = append(numbers, n+1)
		}
		ids := h.people(numbers...)
		h.save(&Definition{Head: manifest.Head{Key: "everybody"}, Name: i18n.Plain("x")})
		seg := h.find("everybody")
		if seg.State != Filling {
			t.Fatalf("not filled yet: %+v", seg)
		}
		// The first part is written, then the process ends.
		if err := h.fillPart(t.Context(), seg, ids[:chunk]); err != nil {
			t.Fatal(err)
		}
		if err := h.fill(t.Context(), seg.ID); err != nil {
			t.Fatal(err)
		}
		h.wantMembers("everybody", ids...)
		h.wantTold(ids[0])
		h.wantTold(ids[len(ids)-1])
		if seg := h.find("everybody"); seg.State != Ready || seg.Size != int64(len(ids)) {
			t.Errorf("after the second start: %+v", seg)
		}
		h.addsUp()
	})
}

func TestWhoChangesWhileASegmentIsFilledIsToldOnlyWhenSettledBefore(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3, 4)
		h.save(&Definition{Head: manifest.Head{Key: "readers"}, Name: i18n.Plain("x"), Condition: &conditions.Condition{
			Any: []conditions.Condition{{Event: "Guide Read"}, {Field: "cups", Test: conditions.Test{Is: 2}}},
		}})
		if err := h.fillPart(t.Context(), h.find("readers"), ids[1:2]); err != nil {
			t.Fatal(err)
		}
		h.does(ids[0], "Guide Read", nil)
		h.does(ids[3], "Guide Read", nil)
		h.wantTold(ids[0], "+readers")
		h.wantTold(ids[1])
		h.wantTold(ids[3])
		h.fillAll()
		h.wantMembers("readers", ids[0], ids[1], ids[3])
		h.addsUp()
	})
}

func TestAFillByAReplacedConditionStops(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3)
		h.save(&Definition{Head: manifest.Head{Key: "a"}, Name: i18n.Plain("a")})
		old := h.find("a")
		h.save(&Definition{Head: manifest.Head{Key: "a"}, Name: i18n.Plain("a"), Condition: &conditions.Condition{Field: "cups", Test: conditions.Test{Is: 3}}})
		if err := h.fillPart(t.Context(), old, ids[:1]); !errors.Is(err, errReplaced) {
			t.Errorf("a part by the old condition: %v", err)
		}
		h.fillAll()
		h.wantMembers("a", ids[2])
	})
}

func TestASegmentThatCannotBeFilledSaysWhy(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.people(1)
		d := &Definition{Head: manifest.Head{Key: "a"}, Name: i18n.Plain("a"), Condition: &conditions.Condition{Variant: "page/b"}}
		if err := h.Save(t.Context(), d); !errors.Is(err, errs.Invalid) {
			t.Errorf("saving what nobody can answer: %v", err)
		}
		// Another version of the program could.
		d.Condition = nil
		h.save(d)
		seg := h.find("a")
		d.Condition = &conditions.Condition{Variant: "page/b"}
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewUpdate().Model(&Segment{ID: seg.ID, Definition: *d}).Column("definition").WherePK().Exec(ctx)
			return err
		})
		err := h.fillJobs(t.Context(), &workers.Batch{Jobs: []workers.Job{{Ref: seg.ID}}})
		if seg = h.find("a"); err == nil || seg.State != Failed || seg.Failure == "" {
			t.Errorf("%v, %+v", err, seg)
		}
		// The others go on.
		h.define("b", "{event: Guide Read}")
		id := h.people(2)[0]
		h.does(id, "Guide Read", nil)
		h.wantMembers("b", id)
	})
}

// TestTheWorkersDoAllOfIt is the whole way once: a definition, the queue, Redis, the
// dispatcher and the schedule.
func TestTheWorkersDoAllOfIt(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		c := clock.NewManual(start)
		q := workers.NewQueue(h.db, c, slog.New(slog.DiscardHandler))
		l := leads.New(h.db, c, q)
		s := New(h.db, c, q, l, zone)
		l.Subscribe(s)
		l.RegisterJobs(q)
		s.RegisterJobs(q)
		w := house{s, t, c, new(recorder)}
		ids := w.people(1, 2)
		rdb, end, err := workers.OpenRedis(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		r := workers.NewRunner(q, rdb, workers.Brisk)
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer r.Stop()
		w.save(&Definition{Head: manifest.Head{Key: "recent"}, Name: i18n.Plain("x"), Condition: &conditions.Condition{
			Event: "Guide Read", Test: conditions.Test{Within: period.Period(time.Hour)},
		}})
		w.eventually("filled", func() bool { return w.find("recent").State == Ready })
		w.record(&leads.Event{LeadID: ids[0], Name: "Guide Read"})
		w.eventually("entered", func() bool { return slices.Equal(w.members("recent"), ids[:1]) })
		c.Advance(61 * time.Minute)
		w.eventually("left", func() bool { return len(w.members("recent")) == 0 })
		w.eventually("told", func() bool { return slices.Equal(w.told(ids[0]), []string{"+recent", "-recent"}) })
		if err := s.Delete(t.Context(), "recent"); err != nil {
			t.Fatal(err)
		}
		w.eventually("cleared", func() bool {
			n, err := w.db.Read().NewSelect().Model((*day)(nil)).Count(t.Context())
			return err == nil && n == 0
		})
	})
}

// eventually waits for what the workers do in their own time.
func (h house) eventually(what string, done func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			h.t.Fatalf("not %s in time", what)
		case <-tick.C:
		}
	}
}

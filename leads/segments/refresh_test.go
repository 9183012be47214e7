package segments

import (
	"context"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

func TestWhoeverFulfilsTheConditionEntersAtOnceAndLeavesAtOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 5)
		h.define("readers", "all: [{event: Guide Read, times: 2}, {not: {tag: spam}}]")
		h.does(ids[0], "Guide Read", nil)
		h.wantMembers("readers")
		h.does(ids[0], "Guide Read", nil)
		h.wantMembers("readers", ids[0])
		h.wantTold(ids[0], "+readers")
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.Tag(ctx, tx, ids[:1], []string{"Spam"}, "test")
		})
		h.offer()
		h.wantMembers("readers")
		h.wantTold(ids[0], "+readers", "-readers")
		h.wantTold(ids[1])
		h.addsUp()
	})
}

func TestTheFirstFillTellsNobody(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 5, 9)
		h.offer()
		h.define("many-cups", "{field: cups, at_least: 4}")
		h.wantMembers("many-cups", ids[1], ids[2])
		h.define("many-cups", "{field: cups, at_least: 8}")
		h.wantMembers("many-cups", ids[2])
		for _, id := range ids {
			h.wantTold(id)
		}
		seg := h.find("many-cups")
		if seg.State != Ready || seg.Size != 1 || !seg.ComputedAt.Equal(start) {
			t.Errorf("after filling: %+v", seg)
		}
		h.addsUp()
	})
}

func TestANewLeadIsLookedAtWhateverTheirFirstEventIs(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.define("everybody", "")
		h.define("many-cups", "{field: cups, at_least: 4}")
		id := h.people(6)[0]
		h.does(id, leads.EventPageViewed, nil)
		h.wantMembers("everybody", id)
		h.wantMembers("many-cups", id)
		h.wantTold(id, "+everybody", "+many-cups")
		h.addsUp()
	})
}

func TestReplayedAndBelatedEventsChangeNothingTwice(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		id := h.people(1)[0]
		h.define("buyers", "{event: Order Completed}")
		e := h.does(id, leads.EventOrderCompleted, nil)
		for range 3 {
			if err := h.OnEvents(t.Context(), []*leads.Event{e, e}); err != nil {
				t.Fatal(err)
			}
		}
		h.wantTold(id, "+buyers")
		// What happened long ago and is heard of only now.
		h.define("fresh-buyers", "{event: Order Completed, within: 1d}")
		h.wantMembers("fresh-buyers", id)
		h.clock.Advance(30 * time.Hour)
		late := &leads.Event{LeadID: id, Name: leads.EventOrderCompleted, OccurredAt: start.Add(-48 * time.Hour)}
		h.record(late)
		h.offer()
		h.wantMembers("fresh-buyers")
		h.wantTold(id, "+buyers", "-fresh-buyers")
		h.addsUp()
	})
}

func TestWhatOnlyTimeChangesIsFoundByTheSchedule(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2)
		h.define("recent", "{event: Guide Read, within: 3d}")
		h.define("lapsed", "all: [{event: Guide Read}, {not: {segment: recent}}]")
		h.does(ids[0], "Guide Read", nil)
		h.clock.Advance(48 * time.Hour)
		h.does(ids[1], "Guide Read", nil)
		h.wantMembers("recent", ids...)
		h.wantMembers("lapsed")
		h.clock.Advance(25 * time.Hour)
		h.wantMembers("recent", ids...)
		if err := h.refreshTimed(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wantMembers("recent", ids[1])
		h.wantMembers("lapsed", ids[0])
		h.wantTold(ids[0], "+recent", "-recent", "+lapsed")
		h.addsUp()
	})
}

func TestAnEventOfTheFutureCountsWhenItsTimeHasCome(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		id := h.people(1)[0]
		h.define("buyers", "{event: Order Completed}")
		h.record(&leads.Event{LeadID: id, Name: leads.EventOrderCompleted, OccurredAt: start.Add(time.Hour)})
		h.offer()
		h.wantMembers("buyers")
		var jobs []struct {
			Ref   int64
			DueAt time.Time
		}
		if err := h.db.Read().NewSelect().TableExpr("jobs").Column("ref", "due_at").Where("kind = ?", jobLater).Scan(t.Context(), &jobs); err != nil {
			t.Fatal(err)
		}
		if len(jobs) != 1 || jobs[0].Ref != id || !jobs[0].DueAt.Equal(start.Add(time.Hour)) {
			t.Fatalf("jobs %+v", jobs)
		}
		h.clock.Advance(time.Hour)
		if err := h.Refresh(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		h.wantMembers("buyers", id)
	})
}

func TestWhoIsMergedAwayOrErasedLeavesAllSegments(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3)
		h.define("everybody", "")
		h.static("friends", ids...)
		h.offer()
		h.tx(func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.NewUpdate().TableExpr("leads").Set("merged_into = ?", ids[2]).Where("id = ?", ids[0]).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewUpdate().TableExpr("leads").Set("erased_at = ?", start).Where("id = ?", ids[1]).Exec(ctx)
			return err
		})
		h.does(ids[2], "Lead Merged", nil)
		h.wantMembers("everybody", ids[1], ids[2])
		if err := h.Refresh(t.Context(), ids[1]); err != nil {
			t.Fatal(err)
		}
		h.wantMembers("everybody", ids[2])
		h.wantMembers("friends", ids[2])
		h.addsUp()
	})
}

func TestAnEventIsOfferedOnlyToSegmentsThatItCanTouch(t *testing.T) {
	for _, c := range []struct {
		condition, event string
		want             bool
	}{
		{"{tag: vip}", leads.EventEmailOpened, false},
		{"{tag: vip}", leads.EventTagRemoved, true},
		{"{tag: vip}", leads.EventLeadUpdated, true},
		{"{tag: vip}", "Whatever A Shop Says", true},
		{"{field: cups, is: 2}", leads.EventTagAdded, false},
		{"{field: last_source, is: google}", leads.EventPageViewed, true},
		{"not: {event: Email Opened}", leads.EventEmailOpened, true},
		{"{points: 5}", leads.EventPointsEarned, true},
		{"{score: 5}", leads.EventPointsEarned, false},
		{"{consent: marketing}", leads.EventUnsubscribed, true},
		{"{segment: other}", leads.EventSegmentEntered, false},
		{"{variant: page/b}", leads.EventExperimentEntered, true},
		{"{variant: page/b}", leads.EventExperimentDecided, false},
		{"{tag: vip}", leads.EventExperimentEntered, false},
	} {
		parsed, err := readCondition(c.condition)
		if err != nil {
			t.Fatal(err)
		}
		n := &node{need: conditions.Needs(parsed)}
		if got := n.touches(&leads.Event{Name: c.event}); got != c.want {
			t.Errorf("%s and %s: %v", c.condition, c.event, got)
		}
	}
}

package leads

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
)

// mergedPair is two leads that were made one.
func (h house) mergedPair(n int, tags ...string) *Merge {
	h.t.Helper()
	two := h.upsert(&Profile{Email: fmt.Sprintf("kept%d@example.com", n)}, &Profile{Email: fmt.Sprintf("gone%d@example.com", n)})
	if len(tags) > 0 {
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Tag(ctx, tx, []int64{two[0].ID, two[1].ID}, tags, "test")
		})
	}
	m, err := h.Merge(h.t.Context(), MergeRequest{Kept: two[0].ID, Other: two[1].ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

// lateRow writes about the lead that is gone.
func (h house) lateRow(m *Merge) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return h.Record(ctx, tx, &Event{LeadID: m.GoneID, Name: "Late"})
	})
}

func (h house) lateMerges() []int64 {
	h.t.Helper()
	ids, err := h.late(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func TestAMergeOfTwoWithTheSameTagIsNotMendedForEver(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		m := h.mergedPair(1, "vip")
		if late := h.lateMerges(); len(late) != 0 {
			t.Fatalf("%v are to be mended though nothing came late", late)
		}
		h.lateRow(m)
		if late := h.lateMerges(); len(late) != 1 || late[0] != m.ID {
			t.Fatalf("%v are to be mended, want %d", late, m.ID)
		}
		if err := h.tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if late := h.lateMerges(); len(late) != 0 {
			t.Errorf("after the mending %v are to be mended", late)
		}
	})
}

func TestTidyingLooksAtAPartOfOldMergesAndAtAllInTime(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		first, second := h.mergedPair(1), h.mergedPair(2)
		// Between them lie merges of more than two rounds.
		far := int64(3 * tidyLooks)
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewUpdate().Model((*Merge)(nil)).Set("id = ?", far).Where("id = ?", second.ID).Exec(ctx)
			return err
		})
		h.lateRow(first)
		seen, rounds := 0, 3*tidyLooks/(tidyLooks/2)
		for range rounds {
			seen += len(h.lateMerges())
			h.clock.Advance(time.Hour)
		}
		if seen == 0 || seen == rounds {
			t.Errorf("an old merge was looked at in %d of %d rounds, want some and not all", seen, rounds)
		}
		for range rounds {
			if err := h.tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.clock.Advance(time.Hour)
		}
		if events, _, err := h.Timeline(t.Context(), first.KeptID, 0, 5); err != nil || len(events) != 2 {
			t.Errorf("%d events, %v: want the merge and the late one", len(events), err)
		}
	})
}

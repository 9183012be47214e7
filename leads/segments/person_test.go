package segments

import (
	"testing"

	"github.com/sarnakh/sarnakh/leads"
)

func TestWhoIsMergedTakesTheirPlacesAlongAndGetsThemBack(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 5, 9)
		kept, gone := ids[0], ids[1]
		h.define("many-cups", "{field: cups, at_least: 4}")
		h.define("buyers", "{event: Order Completed}")
		h.static("friends", gone)
		h.static("both", kept, gone)
		h.does(gone, leads.EventOrderCompleted, nil)
		h.wantMembers("many-cups", gone, ids[2])
		m, err := h.leads.Merge(t.Context(), leads.MergeRequest{Kept: kept, Other: gone, By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		h.offer()
		h.wantMembers("friends", kept)
		h.wantMembers("both", kept)
		h.wantMembers("buyers", kept)
		h.wantMembers("many-cups", ids[2]) // the kept lead drinks one cup
		h.holdsTrue("after the merge")
		if why, err := h.Why(t.Context(), "buyers", gone); err != nil || why.Lead.ID != kept || !why.Member {
			t.Errorf("why of who was merged: %+v, %v", why, err)
		}
		if _, err := h.leads.UndoMerge(t.Context(), m.ID, "test"); err != nil {
			t.Fatal(err)
		}
		h.offer()
		h.wantMembers("friends", gone)
		h.wantMembers("buyers", gone)
		h.wantMembers("many-cups", gone, ids[2])
		h.holdsTrue("after the merge is undone")
	})
}

func TestWhoIsErasedLeavesWithoutAWord(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2)
		h.define("everybody", "")
		h.static("friends", ids...)
		h.offer()
		if _, err := h.leads.Erase(t.Context(), leads.EraseRequest{LeadID: ids[0], Reason: "asked to", By: "test"}); err != nil {
			t.Fatal(err)
		}
		h.offer()
		h.wantMembers("everybody", ids[1])
		h.wantMembers("friends", ids[1])
		left, err := h.db.Read().NewSelect().Model((*leads.Event)(nil)).Where("lead_id = ?", ids[0]).Where("name = ?", leads.EventSegmentLeft).Count(t.Context())
		if err != nil || left > 0 {
			t.Errorf("%d events after the erasing, %v", left, err)
		}
		h.addsUp()
	})
}

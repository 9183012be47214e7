package segments

import (
	"testing"

	"github.com/sarnakh/sarnakh/leads"
)

func TestWhoIsMergedIsInTheStaticSegmentsOfBoth(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3)
		h.static("panel", ids[1], ids[2])
		h.static("both", ids[0], ids[1])
		h.static("other", ids[2])
		if _, err := h.leads.Merge(t.Context(), leads.MergeRequest{Kept: ids[0], Other: ids[1]}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // an event that is offered again changes nothing
			h.seen.offered = 0
			h.offer()
			h.wantMembers("panel", ids[0], ids[2])
			h.wantMembers("both", ids[0])
			h.wantMembers("other", ids[2])
			h.addsUp()
		}
	})
}

package campaigns

import (
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/leads"
)

func TestAJourneyThatTwoMergedLeadsAreOnGoesOnOnceAndEndsWithAnErasure(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		kept, gone, other := h.lead("mina@example.com", "Mina", "en"), h.lead("mina@work.example", "Mina", "en"), h.lead("john@example.com", "John", "en")
		alone := h.lead("sara@example.com", "Sara", "en") // merged into somebody who is on no journey
		home := h.lead("sara@home.example", "Sara", "en")
		h.record(submitted(kept, "guide"), submitted(gone, "guide"), submitted(other, "guide"), submitted(alone, "guide"))
		h.settle()
		for _, pair := range [][2]int64{{kept, gone}, {home, alone}} {
			if _, err := h.leads.Merge(t.Context(), leads.MergeRequest{Kept: pair[0], Other: pair[1]}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.leads.Erase(t.Context(), leads.EraseRequest{LeadID: other, Reason: "they asked"}); err != nil {
			t.Fatal(err)
		}
		h.pass(48 * time.Hour)
		if reminded := h.subjects()[4:]; len(reminded) != 2 {
			t.Errorf("after the wait went out %q; want one to Mina and one to Sara", reminded)
		}
		for lead, want := range map[int64]int{kept: 1, gone: 1, home: 1, alone: 0, other: 1} {
			rows := h.enrollments(lead)
			if len(rows) != want {
				t.Errorf("lead %d has %d enrollments, want %d", lead, len(rows), want)
			}
			for _, e := range rows {
				if e.State != EnrollmentExited || e.EndedAt.IsZero() {
					t.Errorf("lead %d is %s since %v", lead, e.State, e.EndedAt)
				}
			}
		}
	})
}

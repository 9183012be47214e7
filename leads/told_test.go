package leads

import (
	"context"
	"fmt"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestAnIdThatAServerTakesFromAClaimIsFreeInTheSameBatch(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.upsert(&Profile{Email: "sara@example.com"})
		h.upsert(&Profile{ExternalID: "junk", Email: "sara@example.com", Unproven: true})
		got := h.upsert(&Profile{ExternalID: "real", Email: "sara@example.com"}, &Profile{ExternalID: "junk", FirstName: "Nobody", Unproven: true})
		if got[0].ExternalID != "real" || got[1].ExternalID != "junk" || got[0].ID == got[1].ID {
			t.Errorf("got %+v and %+v", got[0], got[1])
		}
	})
}

func TestAnIdClaimedForAnotherAddressGoesToWhomTheServerNames(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		thief := h.upsert(&Profile{ExternalID: "u42", Email: "thief@example.com", Unproven: true})[0]
		sara := h.upsert(&Profile{Email: "sara@example.com"})[0]
		got := h.upsert(&Profile{ExternalID: "u42", Email: "sara@example.com", Attributes: map[string]any{"plan": "gold"}})[0]
		if got.ID != sara.ID || got.ExternalID != "u42" || got.EmailNorm != "sara@example.com" {
			t.Errorf("the server named %+v", got)
		}
		left, err := h.Find(t.Context(), h.db.Read(), thief.ID)
		if err != nil || left.ExternalID != "" || left.EmailNorm != "thief@example.com" {
			t.Errorf("the thief is left with %+v (%v)", left, err)
		}
		// What somebody who knows has said stays with whom they said it of.
		if got := h.upsert(&Profile{ExternalID: "u42", Email: "thief@example.com", Unproven: true})[0]; got.ID != sara.ID {
			t.Errorf("the id leads to %d again", got.ID)
		}
	})
}

func TestNobodyFillsALeadUpForThoseWhoKnow(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		junk := map[string]any{}
		for i := range mostTold {
			junk[fmt.Sprint("junk", i)] = true
		}
		h.upsert(&Profile{Email: "sara@example.com"})
		h.upsert(&Profile{Email: "sara@example.com", Attributes: junk, Unproven: true})
		got := h.upsert(&Profile{Email: "sara@example.com", Attributes: map[string]any{"plan": "gold"}, At: h.clock.Now()})[0]
		if got.Attributes["plan"] != "gold" {
			t.Errorf("a server's word is lost: %v", got.Attributes["plan"])
		}
		err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := h.Upsert(ctx, tx, []*Profile{{Email: "sara@example.com", Attributes: map[string]any{"more": 1.0}, Unproven: true}})
			return err
		})
		if _, refused := errs.AsFields(err); !refused {
			t.Errorf("one more that anybody could say: %v", err)
		}
	})
}

func TestUndoingAMergeKnowsAgainWhoToldWhat(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		kept := h.upsert(&Profile{Email: "a@example.com", Attributes: map[string]any{"plan": "gold"}})[0]
		gone := h.upsert(&Profile{ExternalID: "u1", Attributes: map[string]any{"plan": "silver", "seats": 3.0}, Unproven: true})[0]
		m, err := h.Merge(t.Context(), MergeRequest{Kept: kept.ID, Other: gone.ID, Fields: map[string]string{"attributes.plan": "other"}, By: "mina@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		h.upsert(&Profile{Email: "a@example.com", Attributes: map[string]any{"seats": 4.0}, Unproven: true})
		if _, err := h.UndoMerge(t.Context(), m.ID, "mina@example.com"); err != nil {
			t.Fatal(err)
		}
		l := h.upsert(&Profile{Email: "a@example.com", Attributes: map[string]any{"plan": "none"}, Unproven: true})[0]
		if l.Attributes["plan"] != "gold" {
			t.Errorf("a public key may replace what was known first hand: %v, %v", l.Attributes, l.Told)
		}
	})
}

func TestAnImportThatSkipsWhoIsKnownTakesNoIDFromThem(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		claimer := h.upsert(&Profile{ExternalID: "u9", Email: "claimer@example.com", Unproven: true})[0]
		h.upsert(&Profile{Email: "rival@example.com"})
		if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			out, err := h.Import(ctx, tx, []*Profile{{ExternalID: "u9", Email: "rival@example.com"}}, true)
			if err == nil && !out[0].Skipped {
				t.Errorf("known, and not skipped: %+v", out[0])
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := h.upsert(&Profile{ExternalID: "u9"})[0]; got.ID != claimer.ID {
			t.Errorf("the id is lead %d's now, want it to stay with %d", got.ID, claimer.ID)
		}
	})
}

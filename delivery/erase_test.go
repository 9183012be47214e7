package delivery_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

func TestWhoWasErasedIsWrittenToOnlyWhenTheyAskAgain(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, database testkit.Database) {
		r := newRig(t, database, delivery.Resend)
		mina := r.person(t, "mina@example.com", "form:guide")
		waiting := r.queueFor(t, mina)[0]
		if _, err := r.leads.Erase(t.Context(), leads.EraseRequest{LeadID: mina.ID, Reason: "asked by letter", Suppress: true}); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		r.idle(t)
		if m := r.message(t, waiting.ID); m.State != delivery.StateSuppressed || m.Reason != delivery.ReasonErased || m.Recipient != "" || len(m.Context) != 0 {
			t.Errorf("what waited is %s (%s), to %q with %v", m.State, m.Reason, m.Recipient, m.Context)
		}
		// An old link does nothing any more, and writes nothing down.
		before := len(r.events(t, mina.ID))
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := r.visit(t, method, r.links(waiting).Unsubscribe(), ""); got.Code != http.StatusOK {
				t.Errorf("%s of an old link: %d", method, got.Code)
			}
		}
		if acts, err := r.leads.Consents(t.Context(), mina.ID); err != nil || len(acts) != 1 || len(r.events(t, mina.ID)) != before {
			t.Errorf("an old link wrote down %d acts, %v", len(acts), err)
		}
		// A list brings the address along again, with consent as it says.
		again := r.person(t, "Mina@Example.com", "import:7")
		if again.ID == mina.ID {
			t.Fatal("the new lead is the erased one")
		}
		listed := r.queueFor(t, again)[0]
		r.idle(t)
		if m := r.message(t, listed.ID); m.State != delivery.StateSuppressed || m.Reason != delivery.ReasonErased {
			t.Errorf("after the import: %s (%s)", m.State, m.Reason)
		}
		// They ask for it themselves.
		r.inTx(t, func(ctx context.Context, tx db.Tx) error { return r.agree(ctx, tx, again.ID, "form:guide") })
		wanted := []*delivery.Message{{EffectKey: "again", LeadID: again.ID, ContentKey: "guide"}}
		r.inTx(t, func(ctx context.Context, tx db.Tx) error { return r.s.Queue(ctx, tx, wanted) })
		r.idle(t)
		if m := r.message(t, wanted[0].ID); m.State != delivery.StateSent || !strings.EqualFold(m.Recipient, "mina@example.com") {
			t.Errorf("after they asked: %s (%s)", m.State, m.Reason)
		}
	})
}

func TestUnsubscribingOutlivesTheErasure(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, database testkit.Database) {
		r := newRig(t, database, delivery.Resend)
		r.work(t)
		mina := r.person(t, "mina@example.com", "form:guide")
		first := r.queueFor(t, mina)[0]
		r.idle(t)
		if got := r.visit(t, http.MethodPost, r.links(first).Unsubscribe(), ""); got.Code != http.StatusOK {
			t.Fatalf("unsubscribe: %d", got.Code)
		}
		if _, err := r.leads.Erase(t.Context(), leads.EraseRequest{LeadID: mina.ID, Reason: "asked by letter"}); err != nil {
			t.Fatal(err)
		}
		again := r.person(t, "mina@example.com", "import:7")
		listed := r.queueFor(t, again)[0]
		r.idle(t)
		if m := r.message(t, listed.ID); m.State != delivery.StateSuppressed || m.Reason != delivery.ReasonUnsubscribed {
			t.Errorf("after the import: %s (%s)", m.State, m.Reason)
		}
	})
}

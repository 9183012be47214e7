package leads

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

func (h house) consent(lead *Lead, state string, more func(*Consent)) {
	h.t.Helper()
	c := &Consent{LeadID: lead.ID, Purpose: "marketing", Channel: "email", State: state, Words: "Write to me", Language: "en", Source: "staff"}
	if more != nil {
		more(c)
	}
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.RecordConsents(ctx, tx, c) })
}

func (h house) may(lead *Lead) bool {
	h.t.Helper()
	may, err := h.MayContact(h.t.Context(), h.db.Read(), "email", []int64{lead.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return may[lead.ID]
}

func TestTheNewestActHoldsAndAnOldOneHeardOfLateDoesNot(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "a@example.com"})[0]
		step := func(state string, at time.Time, want bool) {
			t.Helper()
			h.consent(l, state, func(c *Consent) { c.At = at })
			if h.may(l) != want {
				t.Errorf("after %s: may contact %t", state, !want)
			}
		}
		step(ConsentPending, start, false)
		step(ConsentGranted, start.Add(time.Hour), true)
		step(ConsentPending, start.Add(2*time.Hour), true) // asked again: what stands, stands
		step(ConsentWithdrawn, start.Add(3*time.Hour), false)
		step(ConsentGranted, start.Add(-9000*time.Hour), false) // an import of what was said years ago
		step(ConsentPending, start.Add(4*time.Hour), false)
		step(ConsentDenied, start.Add(5*time.Hour), false)
		kept, err := h.ConsentStates(t.Context(), h.db.Read(), l.ID)
		if err != nil || len(kept) != 1 || kept[0].State != ConsentDenied {
			t.Errorf("states %+v, %v", kept, err)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.recountConsents(ctx, tx, []int64{l.ID}) })
		again, err := h.ConsentStates(t.Context(), h.db.Read(), l.ID)
		if err != nil || len(again) != 1 || *again[0] != *kept[0] {
			t.Errorf("worked out anew: %+v, was %+v, %v", again, kept, err)
		}
		acts, err := h.Consents(t.Context(), l.ID)
		if err != nil || len(acts) != 7 || acts[0].Version == "" || acts[0].Version != acts[6].Version || acts[0].Basis != BasisConsent {
			t.Errorf("acts %+v, %v", acts, err)
		}
	})
}

func TestConditionsSeeWhoAgreesToWhat(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "mail@example.com"}, &Profile{Email: "sms@example.com"}, &Profile{Email: "none@example.com"})
		h.consent(people[0], ConsentGranted, nil)
		h.consent(people[1], ConsentGranted, func(c *Consent) { c.Channel = "sms" })
		h.consent(people[2], ConsentGranted, func(c *Consent) { c.Purpose = "marketing-research" })
		for name, want := range map[string]string{
			"marketing": "mail sms", "marketing/email": "mail", "marketing/sms": "sms", "marketing/post": "", "marketing-research": "none",
		} {
			c := conditions.Condition{Consent: name}
			var got []string
			for _, l := range people {
				facts, err := h.Facts(t.Context(), h.db.Read(), []int64{l.ID}, c)
				if err != nil {
					t.Fatal(err)
				}
				if c.Match(*facts[l.ID], start) {
					got = append(got, strings.TrimSuffix(l.Email, "@example.com"))
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v", name, got)
			}
			where, args, err := c.Where(h.Schema(), start)
			if err != nil {
				t.Fatal(err)
			}
			n, err := h.db.Read().NewSelect().Model((*Lead)(nil)).Where(where, args...).Count(t.Context())
			if err != nil || int(n) != len(got) {
				t.Errorf("%s: the database counts %d, %v", name, n, err)
			}
		}
	})
}

func TestAPendingConsentIsConfirmedOnceWithItsWords(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "a@example.com"})[0]
		h.consent(l, ConsentPending, func(c *Consent) { c.Source, c.IP = "form:guide", "10.0.0.1" })
		confirm := func() error {
			return h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				_, err := h.ConfirmConsent(ctx, tx, l.ID, "marketing", "email", Consent{Source: "form:guide", IP: "10.0.0.2"})
				return err
			})
		}
		h.clock.Advance(time.Minute)
		if err := confirm(); err != nil || !h.may(l) {
			t.Fatalf("confirmed: %v, may contact %t", err, h.may(l))
		}
		if err := confirm(); !errors.Is(err, errs.Conflict) {
			t.Errorf("confirmed twice: %v", err)
		}
		acts, err := h.Consents(t.Context(), l.ID)
		if err != nil || len(acts) != 2 || acts[0].Words != "Write to me" || acts[0].IP != "10.0.0.2" || !acts[0].ConfirmedAt.Equal(start.Add(time.Minute)) {
			t.Errorf("acts %+v, %v", acts, err)
		}
	})
}

func TestAnActLeavesAnEventUnlessItsSourceDoes(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "a@example.com"})[0]
		for _, source := range []string{"form:guide", "unsubscribe", "import:3", "staff", "api"} {
			h.consent(l, ConsentGranted, func(c *Consent) { c.Source = source })
		}
		h.consent(l, ConsentWithdrawn, nil)
		events, _, err := h.Timeline(t.Context(), l.ID, 0, 10)
		if err != nil || len(events) != 3 || events[0].Name != EventConsentWithdrawn || events[1].Name != EventConsentGiven {
			t.Errorf("%d events, %v: want staff's, the API's and the withdrawing", len(events), err)
		}
	})
}

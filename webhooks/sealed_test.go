package webhooks

import (
	"errors"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestSigningSecretsAreSealedInTheDatabase(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		before := newHouse(t, at, local)
		to := newReceiver(t)
		old := before.endpoint(to.URL) // of the time before
		config := local
		config.Signer = secure.NewSigner([]byte("a secret of sixteen"))
		h := houseOver(t, before.db, clock.NewManual(start), config)
		h.work()
		fresh := h.endpoint(to.URL)
		rotated, err := h.Rotate(t.Context(), fresh.ID, "", 0)
		if err != nil || rotated.OldSecret != fresh.Secret || !strings.HasPrefix(rotated.Secret, secretPrefix) {
			t.Fatalf("%+v, %v", rotated, err)
		}
		var stored []string
		if err := h.db.Read().NewRaw("SELECT secret FROM webhook_endpoints UNION ALL SELECT old_secret FROM webhook_endpoints WHERE old_secret <> ''").Scan(t.Context(), &stored); err != nil || len(stored) != 3 {
			t.Fatal(stored, err)
		}
		for _, secret := range stored {
			if !strings.HasPrefix(secret, sealedPrefix) {
				t.Errorf("stored as %q", secret)
			}
		}
		if e := h.find(old.ID); e.Secret != old.Secret {
			t.Errorf("the secret of before is %q, want %q", e.Secret, old.Secret)
		}
		h.happen("sara@example.com", "Form Submitted", 1)
		h.until("told", func() bool { return h.in(old.ID, StateDelivered) == 1 && h.in(fresh.ID, StateDelivered) == 1 })
		for _, q := range to.requests() {
			of := []string{old.Secret}
			if signatures := strings.Fields(q.header.Get("webhook-signature")); len(signatures) == 2 {
				of = []string{rotated.Secret, fresh.Secret}
			}
			want, err := Sign(q.header.Get("webhook-id"), q.stamp(t), q.body, of...)
			if err != nil || q.header.Get("webhook-signature") != want {
				t.Errorf("signed %q, want %q, %v", q.header.Get("webhook-signature"), want, err)
			}
		}
	})
}

func TestATestToAForbiddenTargetIsRefusedAtOnce(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		was := newHouse(t, at, local) // when it was allowed
		e := was.endpoint("http://127.0.0.1:9/")
		h := houseOver(t, was.db, clock.NewManual(start), Config{})
		_, err := h.Test(t.Context(), e.ID)
		if bad, _ := errs.AsFields(err); bad["url"] != "errors.webhooks.private" || errors.Is(err, errs.Conflict) || len(h.all(e.ID)) != 0 {
			t.Errorf("%v, %d deliveries", err, len(h.all(e.ID)))
		}
		if err := h.reachable(t.Context(), "http://localhost.localdomain.invalid/"); err != nil {
			t.Errorf("a name that does not resolve is the delivery's to tell: %v", err)
		}
	})
}

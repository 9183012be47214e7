package webhooks

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
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

func TestASecretThatCannotBeOpenedIsNeitherShownNorKept(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		config := local
		config.Signer = secure.NewSigner([]byte("the secret of before"))
		before := newHouse(t, at, config)
		to := newReceiver(t)
		e, half := before.endpoint(to.URL), before.endpoint(to.URL)
		config.Signer = secure.NewSigner([]byte("the secret of today!"))
		h := houseOver(t, before.db, clock.NewManual(start), config)
		h.work()
		ask := h.site()
		detail := "/webhooks/" + strconv.FormatInt(e.ID, 10)
		for _, path := range []string{"/api/v1" + detail + "/secret", detail + "?secret=1"} {
			if a := ask("GET", path, nil); strings.Contains(a.body, sealedPrefix) {
				t.Errorf("%s shows what is stored: %s", path, a.body)
			}
		}
		if a := ask("GET", "/api/v1"+detail+"/secret", nil); a.status != 409 {
			t.Errorf("a secret that is lost is read: %d", a.status)
		}
		rotated, err := h.Rotate(t.Context(), e.ID, "", 0)
		if err != nil || rotated.OldSecret != "" || len(rotated.secrets(start)) != 1 {
			t.Fatalf("%+v, %v", rotated, err)
		}
		// One whose old secret alone is of before.
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewUpdate().Model((*Endpoint)(nil)).Set("old_secret = secret").Set("secret = ?", h.seal(NewSecret())).
				Set("old_secret_until = ?", start.Add(time.Hour)).Where("id = ?", half.ID).Exec(ctx)
			return err
		})
		h.happen("sara@example.com", "Form Submitted", 1)
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == 1 && h.in(half.ID, StateDelivered) == 1 })
		for _, q := range to.requests() {
			if n := len(strings.Fields(q.header.Get("webhook-signature"))); n != 1 {
				t.Errorf("%d signatures", n)
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

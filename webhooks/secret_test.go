package webhooks

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// The values are those that the specification's own libraries are tested with.
func TestASignatureIsTheSpecificationsOwn(t *testing.T) {
	const secret, want = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	got, err := Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), secret)
	if err != nil || got != want {
		t.Errorf("signed %q, %v; want %q", got, err, want)
	}
	both, err := Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), NewSecret(), secret)
	if err != nil || !strings.HasSuffix(both, " "+want) || strings.Count(both, "v1,") != 2 {
		t.Errorf("with two secrets: %q, %v", both, err)
	}
}

func TestASecretIsLongEnoughAndReadable(t *testing.T) {
	if fresh := NewSecret(); fresh == NewSecret() {
		t.Error("two secrets are the same")
	} else if k, err := key(fresh); err != nil || len(k) != 32 {
		t.Errorf("a new secret: %d bytes, %v", len(k), err)
	}
	of := func(n int) string { return secretPrefix + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for secret, good := range map[string]bool{
		of(24): true, of(64): true, of(23): false, of(65): false, "": false, "whsec_": false, "whsec_not base64!": false,
		strings.TrimPrefix(of(32), secretPrefix): false,
	} {
		_, err := key(secret)
		if _, told := errs.AsFields(err); (err == nil) != good || told == good {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

func TestAnEventsTypeIsDotted(t *testing.T) {
	for name, want := range map[string]string{
		"Form Submitted":     "form.submitted",
		"Email Link Clicked": "email_link.clicked",
		"Unsubscribed":       "unsubscribed",
		"  order_completed ": "order.completed",
		"سفارش ثبت شد":       "سفارش_ثبت.شد",
		"می‌خواهد":           "می‌خواهد",
		"!!":                 "event",
	} {
		if got := TypeOf(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

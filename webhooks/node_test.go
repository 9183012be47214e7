package webhooks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// checked is a request for the published library to verify.
type checked struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Good    []string          `json:"good"`
	Bad     []string          `json:"bad"`
}

// TestThePublishedLibraryVerifiesWhatWeSend rotates the secret between messages: while
// the old one lives, either verifies; after that only the new one does.
func TestThePublishedLibraryVerifiesWhatWeSend(t *testing.T) {
	h := newHouse(t, testDatabase(t), local)
	h.work()
	to := newReceiver(t)
	e := h.endpoint(to.URL)
	first := e.Secret
	send := func(n int) {
		h.happen("sara@example.com", "فرم «سلام» \"<&>\" \\ Submitted", 1)
		h.until("told", func() bool { return h.in(e.ID, StateDelivered) == n })
	}
	rotate := func() string {
		t.Helper()
		changed, err := h.Rotate(t.Context(), e.ID, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return changed.Secret
	}
	send(1)
	second := rotate()
	send(2)
	h.clock.Advance(25 * time.Hour)
	send(3)
	third := rotate()
	send(4)
	fourth := rotate()
	send(5)
	secrets := []struct{ good, bad []string }{
		{[]string{first}, []string{second}},
		{[]string{first, second}, []string{third}},
		{[]string{second}, []string{first, third}},
		{[]string{second, third}, []string{first, fourth}},
		{[]string{third, fourth}, []string{first, second}},
	}
	var all []checked
	for i, q := range to.requests() {
		headers := map[string]string{}
		for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
			headers[name] = q.header.Get(name)
		}
		all = append(all, checked{headers, string(q.body), secrets[i].good, secrets[i].bad})
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "requests.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := testkit.Node(t, "testdata/node", "verify.js", path); got != "5\n" {
		t.Errorf("the library checked %q of 5", got)
	}
}

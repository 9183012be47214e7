package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// listener is another program that is told of forms. It can keep its answers back.
type listener struct {
	*httptest.Server
	mu      sync.Mutex
	told    map[string]int    // by webhook-id
	emails  map[string]string // of the message with an id
	waiting int
	gate    chan struct{}
}

func listen(t *testing.T) *listener {
	l := &listener{told: map[string]int{}, emails: map[string]string{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		var body struct {
			Type string
			Data struct{ Lead struct{ Email string } }
		}
		if err := json.Unmarshal(raw, &body); err != nil || body.Type != "form.submitted" {
			t.Errorf("told %s, %v", raw, err)
		}
		id := r.Header.Get("webhook-id")
		l.mu.Lock()
		l.told[id]++
		l.emails[id] = body.Data.Lead.Email
		gate := l.gate
		if gate != nil {
			l.waiting++
		}
		l.mu.Unlock()
		if gate != nil {
			<-gate
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(l.Close)
	return l
}

// hold keeps the answers of some requests back until the returned function is called.
func (l *listener) hold() (open func()) {
	gate := make(chan struct{})
	l.mu.Lock()
	l.gate, l.waiting = gate, 0
	l.mu.Unlock()
	return func() {
		l.mu.Lock()
		l.gate = nil
		l.mu.Unlock()
		close(gate)
	}
}

// TestNoWebhookIsLostThoughTheProcessIsKilled runs the real program and kills it (-9)
// while a receiver has messages and has not answered, again and again while people fill
// in a form: everybody is told of, and nobody twice save those in hand at a kill, under
// one id.
func TestNoWebhookIsLostThoughTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	env := []string{"SARNAKH_WEBHOOK_PRIVATE=true", "SARNAKH_LOG_LEVEL=error"}
	p := testkit.Start(t, []string{"serve"}, env)
	set := append([]string{"SARNAKH_DATA=" + p.Data}, env...)
	if out, errs, code := testkit.Run(t, []string{"apply", "testdata/crash.yaml"}, set); code != 0 {
		t.Fatalf("apply: %d %s %s", code, out, errs)
	}
	key, errs, code := testkit.Run(t, []string{"key", "create", "test"}, set)
	if code != 0 {
		t.Fatalf("key create: %d %s", code, errs)
	}
	to := listen(t)
	made := ask(t, "POST", p.URL+"/api/v1/webhooks", `{"url":"`+to.URL+`","description":"","events":["Form Submitted"]}`,
		"Authorization: Bearer "+strings.TrimSpace(key), "Content-Type: application/json")
	if made.StatusCode != http.StatusCreated {
		t.Fatalf("a webhook: %d %s", made.StatusCode, made.body)
	}
	crowd := gather(t, p)
	doubt := map[string]bool{}
	for round := range 3 {
		crowd.waitFor(t, 40*(round+1))
		open := to.hold()
		soon(t, 30*time.Second, "the receiver has messages", func() bool {
			to.mu.Lock()
			defer to.mu.Unlock()
			return to.waiting > 0
		})
		p.Kill()
		open()
		inHand(t, p.Data, doubt)
		p.Restart()
	}
	crowd.waitFor(t, 160)
	accepted := crowd.stop()
	d, err := db.Open(t.Context(), "", p.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	settle(t, d)
	count := func(query string) (n int) {
		t.Helper()
		if err := d.SQL().QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	soon(t, 60*time.Second, "every delivery has arrived", func() bool {
		return count("SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'") == 0
	})
	to.mu.Lock()
	defer to.mu.Unlock()
	if events, deliveries := count("SELECT count(*) FROM events WHERE name = 'Form Submitted'"), count("SELECT count(*) FROM webhook_deliveries"); events != deliveries || len(to.told) != events {
		t.Errorf("%d forms, %d deliveries, %d different messages arrived", events, deliveries, len(to.told))
	}
	heard := map[string]bool{}
	for _, email := range to.emails {
		heard[email] = true
	}
	for _, email := range accepted {
		if !heard[email] {
			t.Errorf("nobody was told of %s", email)
		}
	}
	twice := 0
	for id, n := range to.told {
		if n > 1 {
			twice++
			if !doubt[id] {
				t.Errorf("message %s arrived %d times and was not in hand at a kill", id, n)
			}
		}
	}
	t.Logf("%d messages, %d in hand at a kill, %d arrived twice", len(to.told), len(doubt), twice)
	if code := p.Stop(); code != 0 {
		t.Errorf("stopped with exit code %d", code)
	}
}

// inHand adds the messages to doubt that a killed program was sending or had sent without
// writing it down.
func inHand(t *testing.T, data string, doubt map[string]bool) {
	t.Helper()
	d, err := db.Open(t.Context(), "", data)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var ids []string
	if err := d.Read().NewSelect().TableExpr("webhook_deliveries AS d").Join("JOIN webhook_messages AS m ON m.id = d.message_id").
		Column("m.message_id").Where("d.state = 'sending'").Scan(t.Context(), &ids); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		doubt[id] = true
	}
}

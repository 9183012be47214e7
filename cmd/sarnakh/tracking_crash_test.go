package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestNoEventThatWasAnsweredIsLost kills the real program (-9) while sources send to
// it, each of them again and again until it is answered, as the libraries do: in the
// end every message is there, once.
func TestNoEventThatWasAnsweredIsLost(t *testing.T) {
	t.Parallel()
	const senders, batch = 6, 20
	p := testkit.Start(t, []string{"serve"}, []string{"SARNAKH_LOG_LEVEL=error"})
	open := func() *db.DB {
		d, err := db.Open(t.Context(), "", p.Data)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	if _, err := d.SQL().Exec("INSERT INTO sources (name, write_key, origins, enabled, created_at) VALUES ('Shop', 'wk_of_the_shop', '[]', true, '2026-11-21 12:00:00')"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	var answered, stop atomic.Int64
	client := &http.Client{Timeout: 10 * time.Second}
	send := func(sender, n int) bool {
		var body strings.Builder
		for i := range batch {
			fmt.Fprintf(&body, `,{"type": "track", "messageId": "%d-%d-%d", "userId": "user-%d", "event": "Clicked"}`, sender, n, i, n%7)
		}
		r, err := client.Post(p.URL+"/v1/batch", "text/plain", strings.NewReader(`{"writeKey": "wk_of_the_shop", "batch": [`+body.String()[1:]+`]}`))
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	}
	var all sync.WaitGroup
	sent := make([]int, senders)
	for sender := range senders {
		all.Go(func() {
			for ; stop.Load() == 0; sent[sender]++ {
				for !send(sender, sent[sender]) {
				}
				answered.Add(1)
			}
		})
	}
	for round := range 3 {
		soon(t, time.Minute, "batches are answered", func() bool { return answered.Load() > int64(40*(round+1)) })
		p.Kill()
		p.Restart()
	}
	before := answered.Load()
	soon(t, time.Minute, "batches are answered after the last crash", func() bool { return answered.Load() > before+40 })
	stop.Store(1)
	all.Wait()
	if code := p.Stop(); code != 0 {
		t.Errorf("stopped with exit code %d", code)
	}

	want := 0
	for _, n := range sent {
		want += n * batch
	}
	d = open()
	defer d.Close()
	var stored, people int
	if err := d.SQL().QueryRow("SELECT count(*), count(DISTINCT lead_id) FROM events WHERE name = 'Clicked'").Scan(&stored, &people); err != nil {
		t.Fatal(err)
	}
	if stored != want || people != 7 {
		t.Errorf("%d events of %d people are stored, %d of 7 were answered", stored, people, want)
	}
}

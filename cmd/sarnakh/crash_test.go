package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestNothingIsLostThoughTheProcessIsKilled runs the real program against a real
// mail server, kills it (-9) again and again at arbitrary moments while people fill
// in a form, takes the mail server away in between, and then looks: every
// submission that was answered with success is there, every letter that is due went
// out, and none went out twice save those in flight at a kill. With the embedded
// Redis each kill empties Redis too; with a server it is emptied on purpose.
func TestNothingIsLostThoughTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  func(t *testing.T) (env []string, redis *testkit.RedisServer, base testkit.Database)
	}{
		{"sqlite, embedded redis", func(t *testing.T) ([]string, *testkit.RedisServer, testkit.Database) {
			return nil, nil, testkit.Database{}
		}},
		{"postgres, redis server", func(t *testing.T) ([]string, *testkit.RedisServer, testkit.Database) {
			base := testkit.Database{URL: testkit.Postgres(t)}
			server := testkit.Redis(t)
			return []string{"SARNAKH_DATABASE=" + base.URL, "SARNAKH_REDIS=" + server.URL()}, server, base
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env, redis, base := c.env(t)
			sink := testkit.SMTPSink(t)
			env = append(env, "SARNAKH_SMTP="+sink.URL(), "SARNAKH_LOG_LEVEL=error")
			p := testkit.Start(t, []string{"serve"}, env)
			base.Dir = p.Data
			set := append([]string{"SARNAKH_DATA=" + p.Data}, env...)
			if out, errs, code := testkit.Run(t, []string{"apply", "testdata/crash.yaml"}, set); code != 0 {
				t.Fatalf("apply: %d %s %s", code, out, errs)
			}
			crowd := gather(t, p)
			chance := rand.New(rand.NewPCG(7, 7))
			for round := range 4 {
				crowd.waitFor(t, 40*(round+1)+chance.IntN(15))
				switch round {
				case 1:
					sink.Down()
				case 2:
					sink.Up()
					if redis != nil {
						redis.Flush()
					}
				}
				if round < 3 {
					p.Kill()
				} else {
					killWhileSending(p, sink)
				}
				p.Restart()
			}
			crowd.waitFor(t, 220)
			accepted := crowd.stop()
			verify(t, base, sink, accepted)
			if code := p.Stop(); code != 0 {
				t.Errorf("stopped with exit code %d", code)
			}
		})
	}
}

// killWhileSending kills the program while the mail server has a letter and has not
// answered yet: the one moment after which nobody can know.
func killWhileSending(p *testkit.Process, sink *testkit.Sink) {
	gate := make(chan struct{})
	sink.Hold(gate)
	sink.WaitForHeld(1, 30*time.Second)
	p.Kill()
	sink.Hold(nil)
	close(gate)
}

// crowd is people who fill in the form again and again.
type crowd struct {
	accepted atomic.Int64
	mu       sync.Mutex
	emails   []string
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func gather(t *testing.T, p *testkit.Process) *crowd {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{cancel: cancel}
	client := &http.Client{
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var number atomic.Int64
	for range 6 {
		c.done.Go(func() {
			for ctx.Err() == nil {
				email := fmt.Sprintf("person%d@example.com", number.Add(1))
				body := url.Values{"email": {email}, "_consent": {"1"}}.Encode()
				req, err := http.NewRequestWithContext(ctx, "POST", p.URL+"/f/news", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				res, err := client.Do(req)
				if err != nil {
					continue // the program is down: nobody was told that all went well
				}
				_ = res.Body.Close()
				if res.StatusCode == http.StatusSeeOther {
					c.mu.Lock()
					c.emails = append(c.emails, email)
					c.mu.Unlock()
					c.accepted.Add(1)
				}
			}
		})
	}
	t.Cleanup(func() { c.stop() })
	return c
}

func (c *crowd) waitFor(t *testing.T, n int) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(60 * time.Second); c.accepted.Load() < int64(n); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("only %d submissions were accepted, waiting for %d", c.accepted.Load(), n)
		}
	}
}

func (c *crowd) stop() []string {
	c.cancel()
	c.done.Wait()
	return c.emails
}

func verify(t *testing.T, base testkit.Database, sink *testkit.Sink, accepted []string) {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, base.URL, base.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	settle(t, d)
	scan := func(query string, into ...any) {
		t.Helper()
		if err := d.SQL().QueryRow(query).Scan(into...); err != nil {
			t.Fatal(err)
		}
	}
	stored := map[string]bool{}
	rows, err := d.SQL().Query("SELECT lead.email_norm FROM submissions s JOIN leads lead ON lead.id = s.lead_id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			t.Fatal(err)
		}
		stored[email] = true
	}
	for _, email := range accepted {
		if !stored[email] {
			t.Errorf("%s was told that all went well, and is not stored", email)
		}
	}
	var submissions, consents, events, messages, unsent, unsure int
	scan("SELECT count(*) FROM submissions", &submissions)
	scan("SELECT count(*) FROM consents", &consents)
	scan("SELECT count(*) FROM events WHERE name = 'Form Submitted'", &events)
	if consents != submissions || events != submissions {
		t.Errorf("stored by half: %d submissions, %d consents, %d events", submissions, consents, events)
	}
	scan("SELECT count(*), count(CASE WHEN state <> 'sent' THEN 1 END), count(CASE WHEN unsure_at IS NOT NULL THEN 1 END) FROM messages", &messages, &unsent, &unsure)
	if messages != 2*submissions || unsent != 0 {
		t.Errorf("%d messages for %d submissions, %d of them not sent; want two for each, all sent", messages, submissions, unsent)
	}
	for what, query := range map[string]string{
		"enrollments completed": "SELECT count(*) FROM enrollments WHERE state = 'completed'",
		"points by the journey": "SELECT count(*) FROM ledger_entries WHERE kind = 'award'",
		"points by the rule":    "SELECT count(*) FROM ledger_entries WHERE kind = 'earn'",
		"offers granted":        "SELECT count(*) FROM offer_grants",
	} {
		var n int
		if scan(query, &n); n != submissions {
			t.Errorf("%s: %d for %d submissions, want one for each", what, n, submissions)
		}
	}
	inFlight := map[string]bool{}
	flown, err := d.SQL().Query("SELECT header_id FROM messages WHERE unsure_at IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer flown.Close()
	for flown.Next() {
		var id string
		if err := flown.Scan(&id); err != nil {
			t.Fatal(err)
		}
		inFlight[id] = true
	}
	arrived := map[string]int{}
	for _, m := range sink.Messages() {
		arrived[strings.Trim(m.Parse(t).GetHeader("Message-ID"), "<>")]++
	}
	if len(arrived) != messages {
		t.Errorf("%d different letters arrived, %d were due", len(arrived), messages)
	}
	twice := 0
	for id, n := range arrived {
		if n > 1 {
			twice++
			if !inFlight[id] {
				t.Errorf("letter %s arrived %d times and was not in flight at a kill", id, n)
			}
		}
	}
	t.Logf("%d submissions, %d accepted before our eyes, %d letters due, %d in flight at a kill, %d arrived twice", submissions, len(accepted), messages, unsure, twice)
}

// settle waits until no job that is due is left.
func settle(t *testing.T, d *db.DB) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(120 * time.Second); ; <-tick.C {
		var n int
		if err := d.SQL().QueryRow("SELECT count(*) FROM jobs WHERE kind NOT IN (SELECT kind FROM jobs WHERE key LIKE 'every:%')").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs are still to be done", n)
		}
	}
}

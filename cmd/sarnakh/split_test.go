package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// stopPromise is how long the program may take to end when it is asked to.
const stopPromise = 10 * time.Second

// stopInTime asks the program to end and checks that it does so as promised.
func stopInTime(t *testing.T, p *testkit.Process) {
	t.Helper()
	asked := time.Now()
	if code := p.Stop(); code != 0 {
		t.Errorf("stopped with exit code %d", code)
	}
	if took := time.Since(asked); took > stopPromise {
		t.Errorf("stopping took %v, the promise is %v", took, stopPromise)
	}
}

// signUp has n people fill in the form of testdata/crash.yaml, several at a time, and
// returns those who were told that all went well.
func signUp(t *testing.T, address, group string, n int) []string {
	t.Helper()
	var mu sync.Mutex
	var accepted []string
	var all sync.WaitGroup
	numbers := make(chan int)
	for range 6 {
		all.Go(func() {
			for i := range numbers {
				email := fmt.Sprintf("%s%d@example.com", group, i)
				res, err := asIs.PostForm(address+"/f/news", url.Values{"email": {email}, "_consent": {"1"}})
				if err != nil {
					t.Errorf("%s: %v", email, err)
					continue
				}
				_ = res.Body.Close()
				if res.StatusCode != http.StatusSeeOther {
					t.Errorf("%s: status %d", email, res.StatusCode)
					continue
				}
				mu.Lock()
				accepted = append(accepted, email)
				mu.Unlock()
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	all.Wait()
	return accepted
}

// TestPagesAndWorkersOnMachinesOfTheirOwn runs the two halves as processes that share
// nothing but PostgreSQL and a Redis server, and has things go wrong between them.
func TestPagesAndWorkersOnMachinesOfTheirOwn(t *testing.T) {
	t.Parallel()
	base := testkit.Database{URL: testkit.Postgres(t), Dir: t.TempDir()}
	redis, sink := testkit.Redis(t), testkit.SMTPSink(t)
	env := []string{
		"SARNAKH_DATABASE=" + base.URL, "SARNAKH_REDIS=" + redis.URL(), "SARNAKH_SMTP=" + sink.URL(),
		"SARNAKH_SECRET=the same on both machines",
	}
	pages := testkit.Start(t, []string{"web"}, env)
	if out, errs, code := testkit.Run(t, []string{"apply", "testdata/crash.yaml"}, env); code != 0 {
		t.Fatalf("apply: %d %s %s", code, out, errs)
	}
	env = append(env, "SARNAKH_PUBLIC_URL="+pages.URL)
	hire := func() *testkit.Process {
		w := testkit.Launch(t, []string{"work"}, env)
		w.WaitFor("workers are ready", time.Minute)
		return w
	}
	first := hire()

	accepted := signUp(t, pages.URL, "first", 1)
	letters := sink.WaitFor(2, 20*time.Second)
	unsubscribe := strings.Trim(letters[0].Parse(t).GetHeader("List-Unsubscribe"), "<>")
	if !strings.HasPrefix(unsubscribe, pages.URL+"/") {
		t.Errorf("a letter's links lead to %s, the pages are at %s", unsubscribe, pages.URL)
	} else if a := ask(t, "GET", unsubscribe, ""); a.StatusCode != 200 {
		t.Errorf("the pages do not know a link that the workers signed: %d", a.StatusCode)
	}

	// Redis goes away, and comes back empty; nobody who fills in a form notices.
	redis.Stop()
	accepted = append(accepted, signUp(t, pages.URL, "without-redis", 40)...)
	if a := ask(t, "GET", pages.URL+"/readyz", ""); a.StatusCode != 200 {
		t.Errorf("without Redis the pages are not ready: %d", a.StatusCode)
	}
	redis.Start()
	sink.WaitFor(2*len(accepted), 30*time.Second)

	// Two at work; Redis is emptied while both have letters under way.
	second := hire()
	gate := make(chan struct{})
	sink.Hold(gate)
	accepted = append(accepted, signUp(t, pages.URL, "for-two", 150)...)
	sink.WaitForHeld(2, 20*time.Second)
	redis.Flush()

	// One is asked to stop in the middle of its letters, and finishes those.
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stopInTime(t, first)
	}()
	first.WaitFor("stopping", stopPromise)
	close(gate)
	sink.Hold(nil)
	<-stopped

	// The pages are asked to stop while people write.
	var late []*begun
	for i := range 10 {
		late = append(late, beginSubmission(t, pages.Addr, fmt.Sprintf("late%d@example.com", i)))
	}
	stopped = make(chan struct{})
	go func() {
		defer close(stopped)
		stopInTime(t, pages)
	}()
	pages.WaitFor("stopping", stopPromise)
	for i, v := range late {
		if status, err := v.finish(); err != nil || status != http.StatusSeeOther {
			t.Errorf("visitor %d was answered with %d (%v)", i, status, err)
		}
		accepted = append(accepted, fmt.Sprintf("late%d@example.com", i))
	}
	<-stopped
	verify(t, base, sink, accepted)
	if arrived := len(sink.Messages()); arrived != 2*len(accepted) {
		t.Errorf("%d letters arrived, %d were due: something went out twice", arrived, 2*len(accepted))
	}
	stopInTime(t, second)
	for _, p := range []*testkit.Process{first, second, pages} {
		for line := range strings.Lines(p.Stderr()) {
			// asynq takes its own tasks, lost with Redis, for an error.
			if strings.Contains(line, "panic") || strings.Contains(line, "level=ERROR") && !strings.Contains(line, "asynq: Could not remove task") {
				t.Errorf("complaint: %s", line)
			}
		}
	}
}

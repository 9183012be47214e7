package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/sample"
)

// secretEmail is whom no stranger may hear of.
const secretEmail = "reihaneh.secret@example.com"

// call runs a command in this process, as a person at a shell with an empty
// environment would (see TestMain), and returns what it said and its exit code.
func call(t *testing.T, args ...string) (said, complained string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), code
}

// serving is a command that goes on until it is told to stop, in this process.
type serving struct {
	said    output // on both streams
	printed output // on standard output alone

	args   []string
	cancel context.CancelFunc
	done   chan struct{} // closed when it has ended
	code   int           // to be read after done
}

// runOn starts the command.
func runOn(args ...string) *serving {
	ctx, cancel := context.WithCancel(context.Background())
	s := &serving{args: args, cancel: cancel, done: make(chan struct{})}
	go func() {
		s.code = run(ctx, args, io.MultiWriter(&s.printed, &s.said), &s.said)
		close(s.done)
	}()
	return s
}

// stop ends the command and returns its exit code.
func (s *serving) stop() int {
	s.cancel()
	<-s.done
	return s.code
}

// await returns when the command has said text.
func (s *serving) await(t *testing.T, limit time.Duration, text string) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(limit); !strings.Contains(s.said.String(), text); {
		select {
		case <-s.done:
			t.Fatalf("%v ended with %d: %s", s.args, s.code, s.said.String())
		case <-deadline:
			t.Fatalf("%v has not said %q, but: %s", s.args, text, s.said.String())
		case <-tick.C:
		}
	}
}

// begin starts the command, until the end of the test, and returns when it has said text.
func begin(t *testing.T, text string, args ...string) *serving {
	t.Helper()
	s := runOn(args...)
	t.Cleanup(func() { s.stop() })
	s.await(t, 30*time.Second, text)
	return s
}

var readyAt = regexp.MustCompile(`is ready at (\S+)`)

// url is where the program says that it is.
func (s *serving) url() string { return readyAt.FindStringSubmatch(s.said.String())[1] }

// output is what a running command has said so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// open starts the program in this process on a folder of the test's own, with the
// sample campaign applied.
func open(t testing.TB, dir string, halves half, set ...func(*Config)) *server {
	t.Helper()
	c := &Config{
		Addr: "127.0.0.1:0", Data: dir, From: "Nakh <hello@nakh.example>",
		Language: "en", Zone: "UTC", LogLevel: "error", LogFormat: "text",
	}
	for _, change := range set {
		change(c)
	}
	s, err := start(context.Background(), c, halves, clock.System{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	bundle, err := manifest.Load(sample.Files, sampleFiles, s.kinds())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.Apply(context.Background(), s.db, s.kinds()); err != nil {
		t.Fatal(err)
	}
	return s
}

// sampleFiles are the files of the sample campaign.
var sampleFiles = []string{"emails.yaml", "experiments.yaml", "form.yaml", "journey.yaml", "offers.yaml", "page.yaml", "rules.yaml"}

// guide is what a person answers to the sample's form.
func guide(email string) url.Values {
	return url.Values{"first_name": {"Reihaneh"}, "email": {email}, "brew": {"moka"}, "cups": {"3"}, "_consent": {"1"}}
}

// asIs is a client that follows no redirect and keeps no cookie.
var asIs = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is what a server said to a request.
type answer struct {
	*http.Response
	body string
}

// ask sends a request with headers given as "Name: value".
func ask(t testing.TB, method, address, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := asIs.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{res, string(raw)}
	hold(t, func() string { return documentAt(t, r.URL.Host) }, r, body, a)
	return a
}

// formEncoded is the header of what a browser posts.
const formEncoded = "Content-Type: application/x-www-form-urlencoded"

// soon waits until the claim holds, for as long as limit.
func soon(t testing.TB, limit time.Duration, claim string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("after %v it does not hold: %s", limit, claim)
		}
	}
}

// write makes a file.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

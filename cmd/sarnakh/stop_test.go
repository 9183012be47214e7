package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// begun is a form that is being sent: the program has begun to read it and the visitor
// has not sent it whole.
type begun struct {
	conn net.Conn
	in   *bufio.Reader
	body string
}

// beginSubmission sends the head of a submission and returns when the program has said
// that it reads on.
func beginSubmission(t *testing.T, addr, email string) *begun {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	b := &begun{conn: conn, in: bufio.NewReader(conn), body: "_consent=1&email=" + email}
	fmt.Fprintf(conn, "POST /f/news HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", addr, formEncoded, len(b.body))
	line, err := b.in.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("the program does not read on: %q %v", line, err)
	}
	if _, err := b.in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return b
}

// finish sends the rest and returns the status of the answer.
func (b *begun) finish() (int, error) {
	if _, err := io.WriteString(b.conn, b.body); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(b.in, nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// serveNews runs the real program with the form of testdata/crash.yaml.
func serveNews(t *testing.T, env ...string) *testkit.Process {
	t.Helper()
	p := testkit.Start(t, []string{"serve"}, env)
	if out, errs, code := testkit.Run(t, []string{"apply", "testdata/crash.yaml"}, append([]string{"SARNAKH_DATA=" + p.Data}, env...)); code != 0 {
		t.Fatalf("apply: %d %s %s", code, out, errs)
	}
	return p
}

func TestEveryRequestThatHasBegunIsAnsweredWhenTheProgramStops(t *testing.T) {
	t.Parallel()
	p := serveNews(t)
	var visitors []*begun
	for i := range 20 {
		visitors = append(visitors, beginSubmission(t, p.Addr, fmt.Sprintf("late%d@example.com", i)))
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stopInTime(t, p)
	}()
	soon(t, stopPromise, "newcomers are turned away", func() bool {
		conn, err := net.Dial("tcp", p.Addr)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	for i, v := range visitors {
		if status, err := v.finish(); err != nil || status != http.StatusSeeOther {
			t.Errorf("visitor %d was answered with %d (%v)", i, status, err)
		}
	}
	<-stopped
	d, err := db.Open(t.Context(), "", p.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var stored int
	if err := d.SQL().QueryRow("SELECT count(*) FROM submissions").Scan(&stored); err != nil || stored != len(visitors) {
		t.Errorf("%d submissions are stored, %d visitors were told so (%v)", stored, len(visitors), err)
	}
}

// TestNobodyCanHoldUpAStop has a visitor who never finishes and a mail server that
// never answers, both at once.
func TestNobodyCanHoldUpAStop(t *testing.T) {
	t.Parallel()
	sink := testkit.SMTPSink(t)
	p := serveNews(t, "SARNAKH_SMTP="+sink.URL())
	gate := make(chan struct{})
	defer close(gate)
	sink.Hold(gate)
	signUp(t, p.URL, "waiting", 20)
	sink.WaitForHeld(1, 20*time.Second)
	beginSubmission(t, p.Addr, "stuck@example.com")
	stopInTime(t, p)
}

func TestTheOperatorSeesHowTheProgramIs(t *testing.T) {
	t.Parallel()
	database := testkit.Postgres(t)
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	wire := newRelay(t, at.Host)
	at.Host = wire.addr
	s := open(t, t.TempDir(), pagesHalf, func(c *Config) { c.Database = at.String() })
	status := func(path string, headers ...string) int {
		t.Helper()
		return ask(t, "GET", s.url+path, "", headers...).StatusCode
	}
	if status("/healthz") != 200 || status("/readyz") != 200 {
		t.Errorf("not well: %d %d", status("/healthz"), status("/readyz"))
	}
	if got := status("/metrics", "Accept: text/plain"); got != 303 {
		t.Errorf("the figures without a key: %d", got)
	}
	_, key, err := s.access.CreateKey(t.Context(), "prometheus", "test", access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	figures := ask(t, "GET", s.url+"/metrics", "", "Authorization: Bearer "+key).body
	for _, line := range []string{
		`sarnakh_http_request_seconds_count{route="GET /readyz",status="2xx"} `, `sarnakh_outbox_jobs{state="outstanding"} `, "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(figures, "\n"+line) {
			t.Errorf("no %s among the figures", line)
		}
	}
	wire.Cut()
	if got := status("/readyz"); got != 503 {
		t.Errorf("without the database: ready says %d, want 503", got)
	}
	if got := status("/healthz"); got != 200 {
		t.Errorf("without the database: health says %d, want 200", got)
	}
	if got := ask(t, "POST", s.url+"/f/brewing-guide", guide("sara@example.com").Encode(), formEncoded).StatusCode; got < 500 {
		t.Errorf("a form without the database: %d", got)
	}
	wire.Mend()
	soon(t, 5*time.Second, "ready again", func() bool { return status("/readyz") == 200 })
	if got := ask(t, "POST", s.url+"/f/brewing-guide", guide("sara@example.com").Encode(), formEncoded).StatusCode; got != 303 {
		t.Errorf("a form with the database back: %d", got)
	}
}

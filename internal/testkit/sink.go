package testkit

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// A Message is one e-mail that the sink has taken.
type Message struct {
	From string   // the envelope's sender
	To   []string // the envelope's recipients, those that were not rejected
	Raw  []byte   // headers and body as they came over the wire
	At   time.Time
}

// Parse reads the message as a mail program would: decoded headers, text and
// HTML parts, attachments.
func (m Message) Parse(t testing.TB) *enmime.Envelope {
	t.Helper()
	envelope, err := enmime.ReadEnvelope(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatalf("not a readable e-mail: %v\n%s", err, m.Raw)
	}
	return envelope
}

// A Sink is a mail server that keeps what it is sent and, when told to, fails
// in the ways in which real ones do. Its switches work while mail comes in.
type Sink struct {
	t    testing.TB
	port int

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when messages or held grow
	messages []Message
	held     int
	gate     <-chan struct{}
	reject   func(rcpt string) *smtp.SMTPError
	lose     func(Message) bool
	perConn  int
	server   *smtp.Server // nil while it is down
	listener net.Listener
	down     chan struct{} // closed when it goes down
}

// SMTPSink starts a mail server on 127.0.0.1 that takes everything. It offers
// PIPELINING and asks for neither a password nor TLS. It ends with the test.
func SMTPSink(t testing.TB) *Sink {
	t.Helper()
	port, err := programs.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{t: t, port: port, changed: make(chan struct{})}
	s.Up()
	t.Cleanup(s.Down)
	return s
}

// Addr is the host and port where it listens, now or when it is up again.
func (s *Sink) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// URL is the same as SARNAKH_SMTP would name it.
func (s *Sink) URL() string { return "smtp://" + s.Addr() }

// Down breaks every connection, also in the middle of a message, and refuses
// new ones. A message that was held at the gate then was never taken.
func (s *Sink) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return
	}
	close(s.down)
	// The server may not have come to know its listener yet, so we close that
	// ourselves. All that either can report is that it was closed before.
	_ = s.listener.Close()
	_ = s.server.Close()
	s.server = nil
}

// Up listens again, on the same port. What it had taken before is still there.
func (s *Sink) Up() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return
	}
	listener, err := net.Listen("tcp", s.Addr())
	if err != nil {
		s.t.Fatalf("mail sink: %v", err)
	}
	down := make(chan struct{})
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		select {
		case <-down: // accepted just before it went down
			return nil, errors.Join(net.ErrClosed, c.Conn().Close())
		default:
			return &session{sink: s, conn: c, down: down}, nil
		}
	}))
	server.Domain = "sink.test"
	server.EnableSMTPUTF8 = true
	server.EnableDSN = true
	// Broken connections are what the tests are about, nothing to report.
	server.ErrorLog = log.New(io.Discard, "", 0)
	s.server, s.listener, s.down = server, listener, down
	go func() {
		// It ends with Down and then has nothing to say.
		_ = server.Serve(listener)
	}()
}

// Messages is everything taken so far, in the order of arrival.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// WaitFor returns the messages as soon as there are n of them, and fails the
// test when there are fewer at the end of the limit.
func (s *Sink) WaitFor(n int, limit time.Duration) []Message {
	s.t.Helper()
	s.wait(limit, "message(s) taken", n, func() int { return len(s.messages) })
	return s.Messages()
}

// Reject asks the rule about every recipient: its error is the server's answer
// (4xx: try again, 5xx: never), nil takes the recipient. A nil rule takes all.
func (s *Sink) Reject(rule func(rcpt string) *smtp.SMTPError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reject = rule
}

// LoseAnswer breaks the connection after a message that the rule chooses has
// been taken and before the client hears so: the moment in which a sender
// cannot know whether it has sent. A nil rule answers always.
func (s *Sink) LoseAnswer(rule func(Message) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = rule
}

// HangUpAfter closes each connection when its client begins another message
// after the first n. Zero never does.
func (s *Sink) HangUpAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.perConn = n
}

// Hold lets every message wait, after its text has come and before it is
// taken, for one value from the gate. Closing the gate lets all pass. A nil
// gate holds those that come from now on no longer.
func (s *Sink) Hold(gate <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = gate
}

// WaitForHeld returns as soon as n messages wait at the gate, and fails the
// test when there are fewer at the end of the limit.
func (s *Sink) WaitForHeld(n int, limit time.Duration) {
	s.t.Helper()
	s.wait(limit, "message(s) waiting at the gate", n, func() int { return s.held })
}

// wait returns when the count, taken under the lock, has reached n.
func (s *Sink) wait(limit time.Duration, what string, n int, count func() int) {
	s.t.Helper()
	deadline := time.After(limit)
	for {
		s.mu.Lock()
		have, changed := count(), s.changed
		s.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("after %v: %d %s, want %d", limit, have, what, n)
		}
	}
}

// tell wakes those who wait; the caller holds the lock.
func (s *Sink) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

package testkit

import (
	"io"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// A session is one client's connection to the sink.
type session struct {
	sink  *Sink
	conn  *smtp.Conn
	down  <-chan struct{}
	taken int // messages taken on this connection

	from string
	to   []string
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.sink.mu.Lock()
	limit := s.sink.perConn
	s.sink.mu.Unlock()
	if limit > 0 && s.taken >= limit {
		return s.hangUp()
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.sink.mu.Lock()
	rule := s.sink.reject
	s.sink.mu.Unlock()
	if rule != nil {
		// A nil *SMTPError in an error would count as one.
		if refusal := rule(to); refusal != nil {
			return refusal
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !s.pass() {
		return net.ErrClosed
	}
	if s.keep(Message{From: s.from, To: s.to, Raw: raw, At: time.Now()}) {
		return s.hangUp()
	}
	s.taken++
	return nil
}

// pass waits at the gate, if there is one. It is false when the sink went down
// meanwhile.
func (s *session) pass() bool {
	s.sink.mu.Lock()
	gate := s.sink.gate
	if gate != nil {
		s.sink.held++
		s.sink.tell()
	}
	s.sink.mu.Unlock()
	if gate == nil {
		return true
	}
	defer func() {
		s.sink.mu.Lock()
		s.sink.held--
		s.sink.mu.Unlock()
	}()
	select {
	case <-gate:
		return true
	case <-s.down:
		return false
	}
}

// keep stores the message and reports whether its answer is to be lost.
func (s *session) keep(m Message) (lose bool) {
	s.sink.mu.Lock()
	rule := s.sink.lose
	s.sink.messages = append(s.sink.messages, m)
	s.sink.tell()
	s.sink.mu.Unlock()
	return rule != nil && rule(m)
}

// hangUp breaks the connection; the server's answer then reaches nobody.
func (s *session) hangUp() error { return s.conn.Conn().Close() }

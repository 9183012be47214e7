package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
)

// maxSize is the largest message taken, in bytes.
const maxSize = 16 << 20

// Mailbox is the mail server and the store behind it.
type Mailbox struct {
	db       *db.DB
	clock    clock.Clock
	log      *slog.Logger
	writes   *db.Batcher[*Message]
	server   *smtp.Server
	listener net.Listener
}

// New returns a mailbox over d that does not listen yet: enough for the pages.
func New(d *db.DB, c clock.Clock, log *slog.Logger) *Mailbox {
	return &Mailbox{db: d, clock: c, log: log, writes: db.NewBatcher(d, 200, write)}
}

// Listen begins to take mail at address, which is best "127.0.0.1:0": it asks
// nobody who they are. An answered message is committed.
func (m *Mailbox) Listen(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	m.listener = listener
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{mailbox: m}, nil
	}))
	m.server.Domain = "mailbox.localhost"
	m.server.MaxMessageBytes = maxSize
	m.server.MaxRecipients = 100
	m.server.EnableSMTPUTF8 = true
	m.server.ReadTimeout, m.server.WriteTimeout = 5*time.Minute, time.Minute
	m.server.ErrorLog = complaints{m.log}
	go func() {
		if err := m.server.Serve(listener); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, smtp.ErrServerClosed) {
			m.log.Error("mailbox: no longer takes mail", "error", err)
		}
	}()
	return nil
}

// URL is where to send to: smtp://127.0.0.1:PORT. Empty when it does not listen.
func (m *Mailbox) URL() string {
	if m.listener == nil {
		return ""
	}
	return "smtp://" + m.listener.Addr().String()
}

// Close stops listening and breaks what is open.
func (m *Mailbox) Close() error {
	if m.listener == nil {
		return nil
	}
	// The server may not have come to know its listener yet, so that is closed as
	// well; one of the two then finds it closed before.
	err := m.server.Close()
	if closeErr := m.listener.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		err = closeErr
	}
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// session is one client's connection.
type session struct {
	mailbox *Mailbox
	from    string
	to      []string
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data stores the message, in one commit with those that arrive at the same time.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	now := s.mailbox.clock.Now()
	for _, to := range s.to {
		if err := s.mailbox.writes.Do(ctx, newMessage(s.from, to, raw, now)); err != nil {
			s.mailbox.log.Warn("mailbox: message not stored, the sender is asked to try again", "error", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "cannot store it at the moment"}
		}
	}
	return nil
}

// complaints takes what the server has to say about its connections.
type complaints struct{ log *slog.Logger }

func (c complaints) Printf(format string, v ...any) {
	c.log.Debug("mailbox: " + fmt.Sprintf(format, v...))
}

func (c complaints) Println(v ...any) { c.log.Debug("mailbox: " + fmt.Sprint(v...)) }

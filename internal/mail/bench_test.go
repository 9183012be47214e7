package mail_test

import (
	"io"
	"log"
	"net"
	"net/smtp"
	"sync/atomic"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/internal/mail"
)

// void is a mail server that reads and forgets.
type void struct{ taken *atomic.Int64 }

func (v void) Reset()                                          {}
func (v void) Logout() error                                   { return nil }
func (v void) Mail(string, *gosmtp.MailOptions) error          { return nil }
func (v void) Rcpt(string, *gosmtp.RcptOptions) error          { return nil }
func (v void) Data(r io.Reader) error                          { v.taken.Add(1); _, err := io.Copy(io.Discard, r); return err }
func (v void) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return v, nil }

func startVoid(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := gosmtp.NewServer(void{new(atomic.Int64)})
	s.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = s.Serve(l) }()
	b.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// BenchmarkTransport is one message through the transport, over one connection.
func BenchmarkTransport(b *testing.B) {
	tr := open(b, "smtp://"+startVoid(b)+"?connections=1")
	m := letter()
	for b.Loop() {
		if r := tr.Send(b.Context(), m); r.Outcome != mail.Sent {
			b.Fatal(r.Reply)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkBareClient is the raw limit of the same work: net/smtp over one
// connection, with the bytes of the message at hand.
func BenchmarkBareClient(b *testing.B) {
	c, err := smtp.Dial(startVoid(b))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	raw, err := letter().Encode()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := c.Mail("hello@shop.example"); err != nil {
			b.Fatal(err)
		}
		if err := c.Rcpt("mina@example.com"); err != nil {
			b.Fatal(err)
		}
		w, err := c.Data()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(raw); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkEncode is the writing of one message, without sending it.
func BenchmarkEncode(b *testing.B) {
	m := letter()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

package delivery_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/smtp"
	"sync/atomic"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// void is a mail server that reads, counts and forgets.
type void struct {
	address string
	taken   atomic.Int64
}

func (v *void) Reset()                                          {}
func (v *void) Logout() error                                   { return nil }
func (v *void) Mail(string, *gosmtp.MailOptions) error          { return nil }
func (v *void) Rcpt(string, *gosmtp.RcptOptions) error          { return nil }
func (v *void) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return v, nil }
func (v *void) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	v.taken.Add(1)
	return err
}

func startVoid(b *testing.B) *void {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	v := &void{address: l.Addr().String()}
	s := gosmtp.NewServer(v)
	s.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = s.Serve(l) }()
	b.Cleanup(func() { _ = s.Close() })
	return v
}

// BenchmarkDelivery is the whole way of a due message: outbox, relay, asynq, claim,
// rendering, SMTP on the loopback address, outcome and timeline, with SQLite at
// synchronous=FULL.
func BenchmarkDelivery(b *testing.B) {
	v := startVoid(b)
	r := newRigTo(b, "smtp://"+v.address, testkit.Database{Name: "sqlite", Dir: b.TempDir()}, "")
	const people = 2000
	r.inTx(b, func(ctx context.Context, tx db.Tx) error {
		profiles := make([]*leads.Profile, people)
		for i := range profiles {
			profiles[i] = &leads.Profile{Email: fmt.Sprintf("p%d@example.com", i), FirstName: "مینا"}
		}
		made, err := r.leads.Upsert(ctx, tx, profiles)
		if err != nil {
			return err
		}
		for _, l := range made {
			if err := r.agree(ctx, tx, l.ID, "form:guide"); err != nil {
				return err
			}
		}
		return nil
	})
	b.ResetTimer()
	n := 0
	for range b.N {
		r.inTx(b, func(ctx context.Context, tx db.Tx) error {
			messages := make([]*delivery.Message, people)
			for i := range messages {
				messages[i] = &delivery.Message{EffectKey: fmt.Sprintf("b:%d:%d", n, i), LeadID: int64(i + 1), ContentKey: "guide"}
			}
			return r.s.Queue(ctx, tx, messages)
		})
		n++
	}
	r.work(b)
	// Asking the database all the time would be measured too.
	until(b, "all taken", func() bool { return v.taken.Load() >= int64(n*people) })
	r.idle(b)
	b.StopTimer()
	c, err := r.s.Counts(b.Context())
	if err != nil || c.Sent != n*people {
		b.Fatalf("%+v, %v", c, err)
	}
	b.ReportMetric(float64(n*people)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkBareClients is the raw limit of the same work: net/smtp on as many
// connections, with the bytes of a message at hand, and nothing written down.
func BenchmarkBareClients(b *testing.B) {
	address := startVoid(b).address
	raw, err := (&mail.Message{
		ID: "1@shop.example", From: mail.Address{Email: "hello@shop.example"}, To: mail.Address{Email: "p1@example.com"},
		Subject: "Hello", HTML: "<p>Hello</p>", Text: "Hello",
	}).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(2) // four connections on two cores
	b.RunParallel(func(pb *testing.PB) {
		c, err := smtp.Dial(address)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		for pb.Next() {
			if err := deliver(c, raw); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func deliver(c *smtp.Client, raw []byte) error {
	if err := c.Mail("hello@shop.example"); err != nil {
		return err
	}
	if err := c.Rcpt("p1@example.com"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}

package testkit_test

import (
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

const soon = 10 * time.Second

func TestSinkKeepsEnvelopeAndText(t *testing.T) {
	sink := testkit.SMTPSink(t)
	if err := send(sink, "mina@example.com", "ali@example.com"); err != nil {
		t.Fatal(err)
	}
	got := sink.WaitFor(1, soon)[0]
	if got.From != "shop@example.com" || strings.Join(got.To, " ") != "mina@example.com ali@example.com" {
		t.Errorf("envelope: from %q to %q", got.From, got.To)
	}
	if subject := got.Parse(t).GetHeader("Subject"); subject != "سلام" {
		t.Errorf("subject %q", subject)
	}
}

func TestSinkComesBackOnTheSameAddress(t *testing.T) {
	sink := testkit.SMTPSink(t)
	addr := sink.Addr()
	sink.Down()
	if err := send(sink, "mina@example.com"); err == nil {
		t.Error("a sink that is down takes mail")
	}
	sink.Up()
	if err := send(sink, "mina@example.com"); err != nil || sink.Addr() != addr {
		t.Errorf("back at %s, was %s: %v", sink.Addr(), addr, err)
	}
	sink.WaitFor(1, soon)
}

func TestSinkRejectsChosenRecipientsOnly(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.Reject(func(rcpt string) *gosmtp.SMTPError {
		if rcpt == "gone@example.com" {
			return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	})
	if err := send(sink, "gone@example.com"); err == nil || !strings.HasPrefix(err.Error(), "550") {
		t.Errorf("got %v, want a 550", err)
	}
	if err := send(sink, "mina@example.com"); err != nil {
		t.Error(err)
	}
	if n := len(sink.Messages()); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestLostAnswerStillMeansTakenMail(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.LoseAnswer(func(testkit.Message) bool { return true })
	if err := send(sink, "mina@example.com"); err == nil {
		t.Error("the client heard of success")
	}
	sink.WaitFor(1, soon)
}

func TestSinkHangsUpAfterSoManyMessages(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.HangUpAfter(2)
	client, err := smtp.Dial(sink.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for i := range 2 {
		if err := deliver(client, "mina@example.com"); err != nil {
			t.Fatalf("message %d: %v", i+1, err)
		}
	}
	if err := deliver(client, "mina@example.com"); err == nil {
		t.Error("the third message went through on the same connection")
	}
}

func TestHeldMessageIsTakenWhenTheGateOpens(t *testing.T) {
	sink := testkit.SMTPSink(t)
	gate := make(chan struct{})
	sink.Hold(gate)
	sent := make(chan error)
	go func() { sent <- send(sink, "mina@example.com") }()
	sink.WaitForHeld(1, soon)
	if n := len(sink.Messages()); n != 0 {
		t.Errorf("%d messages taken before the gate opened", n)
	}
	close(gate)
	if err := <-sent; err != nil {
		t.Error(err)
	}
	sink.WaitFor(1, soon)
}

func TestHeldMessageIsNotTakenWhenTheSinkGoesDown(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.Hold(make(chan struct{}))
	sent := make(chan error)
	go func() { sent <- send(sink, "mina@example.com") }()
	sink.WaitForHeld(1, soon)
	sink.Down()
	if err := <-sent; err == nil {
		t.Error("the client heard of success")
	}
	if n := len(sink.Messages()); n != 0 {
		t.Errorf("%d messages taken", n)
	}
}

func send(sink *testkit.Sink, to ...string) error {
	client, err := smtp.Dial(sink.Addr())
	if err != nil {
		return err
	}
	defer client.Close()
	if err := deliver(client, to...); err != nil {
		return err
	}
	return client.Quit()
}

func deliver(client *smtp.Client, to ...string) error {
	if err := client.Mail("shop@example.com"); err != nil {
		return err
	}
	for _, rcpt := range to {
		if err := client.Rcpt(rcpt); err != nil {
			return err
		}
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "From: shop@example.com\r\nSubject: =?utf-8?q?=D8=B3=D9=84=D8=A7=D9=85?=\r\n\r\nHello\r\n"); err != nil {
		return err
	}
	return w.Close()
}

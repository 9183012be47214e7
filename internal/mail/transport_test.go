package mail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func open(t testing.TB, url string) *mail.Transport {
	t.Helper()
	tr, err := mail.NewTransport(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

func to(email string) *mail.Message {
	m := letter()
	m.To.Email = email
	return m
}

func want(t *testing.T, r mail.Receipt, outcome mail.Outcome) {
	t.Helper()
	if r.Outcome != outcome {
		t.Fatalf("%v (%s), want %v", r.Outcome, r.Reply, outcome)
	}
}

func TestManyMessagesTravelOverOneConnection(t *testing.T) {
	for _, extensions := range [][]string{{"PIPELINING"}, nil} {
		s := startScript(t, extensions, usual)
		tr := open(t, s.url)
		for i := range 20 {
			want(t, tr.Send(t.Context(), to(fmt.Sprintf("p%d@example.com", i))), mail.Sent)
		}
		if s.connections.Load() != 1 || s.messages.Load() != 20 {
			t.Errorf("%v: %d messages over %d connections", extensions, s.messages.Load(), s.connections.Load())
		}
	}
}

func TestManySendersKeepToTheConnectionsAllowed(t *testing.T) {
	s := startScript(t, []string{"PIPELINING"}, usual)
	tr := open(t, s.url+"?connections=3")
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if r := tr.Send(t.Context(), to(fmt.Sprintf("p%d@example.com", i))); r.Outcome != mail.Sent {
				t.Errorf("%v: %s", r.Outcome, r.Reply)
			}
		})
	}
	wg.Wait()
	if s.connections.Load() > 3 || s.messages.Load() != 60 {
		t.Errorf("%d messages over %d connections", s.messages.Load(), s.connections.Load())
	}
}

func TestRefusedRecipientHarmsNobodyElse(t *testing.T) {
	for name, extensions := range map[string][]string{"pipelining": {"PIPELINING"}, "plain": nil} {
		t.Run(name, func(t *testing.T) {
			s := startScript(t, extensions, func(line string) string {
				switch line {
				case "RCPT TO:<gone@example.com>":
					return "550 5.1.1 nobody of that name"
				case "RCPT TO:<busy@example.com>":
					return "451 4.7.1 come back later"
				}
				return ""
			})
			tr := open(t, s.url)
			r := tr.Send(t.Context(), to("gone@example.com"))
			want(t, r, mail.Permanent)
			if r.Away || !strings.Contains(r.Reply, "nobody of that name") {
				t.Errorf("%+v", r)
			}
			want(t, tr.Send(t.Context(), to("mina@example.com")), mail.Sent)
			r = tr.Send(t.Context(), to("busy@example.com"))
			want(t, r, mail.Temporary)
			if r.Away {
				t.Errorf("%+v", r)
			}
			want(t, tr.Send(t.Context(), to("ali@example.com")), mail.Sent)
			if s.connections.Load() != 1 {
				t.Errorf("%d connections", s.connections.Load())
			}
		})
	}
}

func TestServerThatRefusesUsAsSenderCostsNoMessage(t *testing.T) {
	s := startScript(t, []string{"PIPELINING"}, func(line string) string {
		if strings.HasPrefix(line, "MAIL") {
			return "530 5.7.0 sign in first"
		}
		return ""
	})
	r := open(t, s.url).Send(t.Context(), letter())
	want(t, r, mail.Temporary)
	if !r.Away {
		t.Error("it is blamed on the message")
	}
}

func TestConnectionThatTheServerEndedIsReplaced(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.HangUpAfter(2)
	tr := open(t, sink.URL())
	for i := range 7 {
		want(t, tr.Send(t.Context(), to(fmt.Sprintf("p%d@example.com", i))), mail.Sent)
	}
	sink.Down()
	sink.Up()
	want(t, tr.Send(t.Context(), to("last@example.com")), mail.Sent)
	if n := len(sink.Messages()); n != 8 {
		t.Errorf("%d messages, want 8", n)
	}
}

func TestLostAnswerIsUnsureAndNotSentAgain(t *testing.T) {
	sink := testkit.SMTPSink(t)
	tr := open(t, sink.URL())
	want(t, tr.Send(t.Context(), to("first@example.com")), mail.Sent)
	sink.LoseAnswer(func(m testkit.Message) bool { return m.To[0] == "mina@example.com" })
	want(t, tr.Send(t.Context(), letter()), mail.Unsure)
	if n := len(sink.Messages()); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
	want(t, tr.Send(t.Context(), to("ali@example.com")), mail.Sent)
}

func TestContextThatEndsBeforeTheAnswerIsUnsure(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.Hold(make(chan struct{}))
	tr := open(t, sink.URL())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan mail.Receipt)
	go func() { done <- tr.Send(ctx, letter()) }()
	sink.WaitForHeld(1, 10*time.Second)
	cancel()
	want(t, <-done, mail.Unsure)
	want(t, tr.Send(ctx, letter()), mail.Temporary)
}

func TestServerAwayIsTemporaryAndNotDialledForEach(t *testing.T) {
	s := startScript(t, nil, func(line string) string {
		if strings.HasPrefix(line, "EHLO") || strings.HasPrefix(line, "HELO") {
			return "hang up"
		}
		return ""
	})
	tr := open(t, s.url)
	for range 50 {
		r := tr.Send(t.Context(), letter())
		want(t, r, mail.Temporary)
		if !r.Away {
			t.Fatalf("%+v", r)
		}
	}
	if err := tr.Ready(t.Context()); err == nil {
		t.Error("a server that is away counts as ready")
	}
	// On a slow machine a pause or two may end meanwhile.
	if n := s.connections.Load(); n > 5 {
		t.Errorf("dialled %d times for 50 messages", n)
	}
}

func TestServerThatIsBackIsReadyAgain(t *testing.T) {
	sink := testkit.SMTPSink(t)
	tr := open(t, sink.URL())
	sink.Down()
	if err := tr.Check(t.Context()); err == nil {
		t.Error("Check does not notice")
	}
	if err := tr.Ready(t.Context()); err == nil {
		t.Error("Ready does not notice")
	}
	sink.Up()
	deadline := time.Now().Add(10 * time.Second)
	for tr.Ready(t.Context()) != nil {
		if time.Now().After(deadline) {
			t.Fatal("never ready again")
		}
	}
	want(t, tr.Send(t.Context(), letter()), mail.Sent)
	if err := tr.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestContentRefusedForGoodIsPermanent(t *testing.T) {
	sink := testkit.SMTPSink(t)
	sink.Reject(func(string) *gosmtp.SMTPError {
		return &gosmtp.SMTPError{Code: 554, EnhancedCode: gosmtp.EnhancedCode{5, 7, 1}, Message: "no spam here"}
	})
	want(t, open(t, sink.URL()).Send(t.Context(), letter()), mail.Permanent)
}

func TestServerThatWantsContentForNobodyGetsNone(t *testing.T) {
	s := startScript(t, []string{"PIPELINING"}, func(line string) string {
		if strings.HasPrefix(line, "RCPT TO:<gone@") {
			return "550 nobody"
		}
		return "" // DATA is answered 354 all the same
	})
	tr := open(t, s.url)
	want(t, tr.Send(t.Context(), to("gone@example.com")), mail.Permanent)
	want(t, tr.Send(t.Context(), letter()), mail.Sent)
	if s.connections.Load() != 1 {
		t.Errorf("%d connections", s.connections.Load())
	}
}

func TestFaultyURLIsOneSentenceWithoutThePassword(t *testing.T) {
	for _, bad := range []string{"", "mail.example.com", "http://u:s3cret@h", "smtp://", "smtp://u:s3cret@h:99999", "smtp://h?tls=maybe", "smtp://u:s3cret@h?connections=0", "smtp://u:s3cret@%zz"} {
		_, err := mail.NewTransport(bad)
		if err == nil {
			t.Errorf("%q passes", bad)
		} else if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := mail.NewTransport("smtps://u:p@mail.example.com?tls=required&connections=8"); err != nil {
		t.Error(err)
	}
	if _, err := mail.NewTransport("nonsense://x"); errors.Unwrap(err) != nil {
		t.Error(err)
	}
}

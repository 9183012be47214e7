package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// everyDatabase runs a test on both, with a rig that sends again when unsure.
func everyDatabase(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	testkit.Databases(t, func(t *testing.T, d testkit.Database) { test(t, newRig(t, d, "")) })
}

func (r *rig) crowd(t testing.TB, n int) []*leads.Lead {
	t.Helper()
	people := make([]*leads.Lead, n)
	for i := range people {
		people[i] = r.person(t, fmt.Sprintf("p%d@example.com", i), "form:guide")
	}
	return people
}

func TestSameEffectIsOneMessage(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		people := r.crowd(t, 12)
		first := r.queueFor(t, people...)
		again := r.queueFor(t, people...)
		r.queueFor(t, people[0], people[0])
		for i := range again {
			if first[i].ID == 0 || again[i].ID != 0 {
				t.Fatalf("message %d: %d, then %d", i, first[i].ID, again[i].ID)
			}
		}
		r.work(t)
		r.idle(t)
		if got := r.sink.Messages(); len(got) != 12 {
			t.Fatalf("%d e-mails went out, want 12", len(got))
		}
		m := r.message(t, first[3].ID)
		if m.State != delivery.StateSent || !m.SentAt.Equal(start) || m.Recipient != "p3@example.com" || m.Subject != "Hello Mina" || m.Tries != 1 || !m.UnsureAt.IsZero() {
			t.Errorf("%+v", m)
		}
		for _, e := range r.events(t, people[3].ID) {
			if e.Name != leads.EventEmailSent || e.Properties["email"] != "guide" || e.Properties["journey"] != "welcome" || e.Properties["step"] != "guide" {
				t.Errorf("%+v", e)
			}
		}
		if n := r.happened(t, people[3].ID, leads.EventEmailSent); n != 1 {
			t.Errorf("%d events of sending", n)
		}
	})
}

func TestTwoJobsForOneMessageSendItOnceAndHoldUpNobody(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		messages := r.queueFor(t, r.crowd(t, 3)...)
		r.inTx(t, func(ctx context.Context, tx db.Tx) error {
			return r.queue.Enqueue(ctx, tx, workers.Job{Kind: "delivery.send", Ref: messages[1].ID, DueAt: start})
		})
		r.work(t)
		r.idle(t)
		if got := r.sink.Messages(); len(got) != 3 {
			t.Errorf("%d e-mails went out, want 3", len(got))
		}
		for _, m := range messages {
			if now := r.message(t, m.ID); now.State != delivery.StateSent || now.Tries != 1 {
				t.Errorf("message %d is %s after %d tries", m.ID, now.State, now.Tries)
			}
		}
	})
}

func TestMessageWaitsForItsTime(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	l := r.person(t, "mina@example.com", "form:guide")
	r.inTx(t, func(ctx context.Context, tx db.Tx) error {
		return r.s.Queue(ctx, tx, []*delivery.Message{{EffectKey: "later", LeadID: l.ID, ContentKey: "guide", DueAt: start.Add(48 * time.Hour)}})
	})
	r.work(t)
	r.idle(t)
	if n := len(r.sink.Messages()); n != 0 {
		t.Fatalf("%d e-mails before the time", n)
	}
	r.clock.Advance(48 * time.Hour)
	got := r.sink.WaitFor(1, soon)[0].Parse(t)
	if date := got.GetHeader("Date"); !strings.HasPrefix(date, "Mon, 23 Mar 2026 08:30") {
		t.Errorf("dated %s, not by the domain's clock", date)
	}
}

func TestMessageOfACrashIsSentAgainUnderTheSameIDAndMarked(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		l := r.person(t, "mina@example.com", "form:guide")
		m := r.queueFor(t, l)[0]
		crash(t, r, m)
		r.work(t)
		r.idle(t)
		got := r.sink.Messages()
		if len(got) != 1 || got[0].Parse(t).GetHeader("Message-ID") != "<"+m.HeaderID+">" {
			t.Fatalf("%d e-mails", len(got))
		}
		now := r.message(t, m.ID)
		if now.State != delivery.StateSent || now.UnsureAt.IsZero() || now.Tries != 2 || now.HeaderID != m.HeaderID {
			t.Errorf("%+v", now)
		}
		if n := r.happened(t, l.ID, leads.EventEmailSent); n != 1 {
			t.Errorf("%d events of sending", n)
		}
	})
}

func TestMessageOfACrashIsHeldWhenThePolicySaysSo(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, d testkit.Database) {
		r := newRig(t, d, delivery.Hold)
		m := r.queueFor(t, r.person(t, "mina@example.com", "form:guide"))[0]
		crash(t, r, m)
		r.work(t)
		r.idle(t)
		now := r.message(t, m.ID)
		if now.State != delivery.StateUnsure || now.Reason != delivery.ReasonInterrupted || now.UnsureAt.IsZero() || len(r.sink.Messages()) != 0 {
			t.Errorf("%+v, %d e-mails", now, len(r.sink.Messages()))
		}
	})
}

// crash leaves a message as a program does that ends between claim and commit.
func crash(t *testing.T, r *rig, m *delivery.Message) {
	t.Helper()
	r.inTx(t, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*delivery.Message)(nil)).Set("state = ?", delivery.StateSending).Set("tries = 1").Where("id = ?", m.ID).Exec(ctx)
		return err
	})
}

func TestMailServerAwayLosesNothingAndDoublesNothing(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		r.sink.Down()
		messages := r.queueFor(t, r.crowd(t, 40)...)
		r.work(t)
		until(t, "a failed attempt", func() bool {
			var attempts []int
			err := r.db.Read().NewSelect().Model((*workers.Job)(nil)).Column("attempt").Where("kind = 'delivery.send'").Where("last_error <> ''").Scan(t.Context(), &attempts)
			return err == nil && len(attempts) == 40
		})
		if m := r.message(t, messages[0].ID); m.State != delivery.StateDue || m.Tries != 0 {
			t.Errorf("while the server is away: %+v", m)
		}
		r.sink.Up()
		r.sink.WaitFor(40, soon)
		r.idle(t)
		eachOnce(t, r, 40)
		c, err := r.s.Counts(t.Context())
		if err != nil || c.Sent != 40 || c.All != 40 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestConnectionsThatBreakLoseNothingAndDoubleNothing(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	r.sink.HangUpAfter(3)
	r.queueFor(t, r.crowd(t, 50)...)
	r.work(t)
	r.sink.WaitFor(50, soon)
	r.idle(t)
	eachOnce(t, r, 50)
}

func eachOnce(t *testing.T, r *rig, n int) {
	t.Helper()
	seen := map[string]int{}
	for _, m := range r.sink.Messages() {
		seen[m.To[0]]++
	}
	for to, times := range seen {
		if times != 1 {
			t.Errorf("%s got %d e-mails", to, times)
		}
	}
	if len(seen) != n {
		t.Errorf("%d recipients, want %d", len(seen), n)
	}
}

func TestRefusedRecipientsFailAlone(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		busy := true
		r.sink.Reject(func(rcpt string) *gosmtp.SMTPError {
			switch {
			case rcpt == "p1@example.com" || rcpt == "p4@example.com":
				return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name"}
			case rcpt == "p2@example.com" && busy:
				busy = false
				return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
			}
			return nil
		})
		messages := r.queueFor(t, r.crowd(t, 6)...)
		r.work(t)
		r.idle(t)
		eachOnce(t, r, 3)
		// Who was told to come back later is left alone for a while.
		r.clock.Advance(6 * time.Minute)
		r.queue.Wake()
		r.idle(t)
		eachOnce(t, r, 4)
		for i, m := range messages {
			now := r.message(t, m.ID)
			switch {
			case i == 1 || i == 4:
				if r.happened(t, now.LeadID, leads.EventEmailHeldBack) != 1 {
					t.Errorf("%d: the timeline does not say that it was refused", i)
				}
				if now.State != delivery.StateFailed || now.Reason != delivery.ReasonRefused || !strings.Contains(now.Error, "nobody of that name") {
					t.Errorf("%d: %+v", i, now)
				}
			case i == 2:
				if now.State != delivery.StateSent || now.Tries != 2 || !now.UnsureAt.IsZero() {
					t.Errorf("%d: %+v", i, now)
				}
			default:
				if now.State != delivery.StateSent {
					t.Errorf("%d: %+v", i, now)
				}
			}
		}
	})
}

func TestAMailboxThatIsFullForDaysIsGivenUp(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	knocks := 0
	r.sink.Reject(func(string) *gosmtp.SMTPError {
		knocks++
		return &gosmtp.SMTPError{Code: 452, EnhancedCode: gosmtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	})
	messages := r.queueFor(t, r.crowd(t, 1)...)
	r.work(t)
	for day := 0; day < 5; day++ {
		for range 24 {
			r.idle(t)
			r.clock.Advance(time.Hour)
			r.queue.Wake()
		}
	}
	r.idle(t)
	m := r.message(t, messages[0].ID)
	if m.State != delivery.StateFailed || m.Reason != delivery.ReasonExpired || r.happened(t, m.LeadID, leads.EventEmailHeldBack) != 1 {
		t.Errorf("%+v", m)
	}
	if knocks != 7 {
		t.Errorf("knocked %d times in five days, want 7", knocks)
	}
}

func TestNobodyIsWrittenToAgainstTheirWill(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		willing := r.person(t, "mina@example.com", "form:guide")
		silent := r.person(t, "silent@example.com", "")
		listed := r.person(t, "Listed@Example.com", "form:guide")
		imported := r.person(t, "imported@example.com", "import:fair")
		again := r.person(t, "again@example.com", "")
		r.inTx(t, func(ctx context.Context, tx db.Tx) error {
			if _, err := r.s.Suppress(ctx, tx, delivery.ReasonManual, "listed@example.com"); err != nil {
				return err
			}
			if _, err := r.s.Suppress(ctx, tx, delivery.ReasonManual, "LISTED@example.com"); err != nil {
				return err
			}
			_, err := r.s.Suppress(ctx, tx, delivery.ReasonUnsubscribed, "imported@example.com", "again@example.com")
			return err
		})
		r.clock.Advance(time.Hour)
		r.inTx(t, func(ctx context.Context, tx db.Tx) error {
			if err := r.agree(ctx, tx, imported.ID, "import:fair"); err != nil {
				return err
			}
			return r.agree(ctx, tx, again.ID, "form:guide")
		})
		messages := r.queueFor(t, willing, silent, listed, imported, again)
		r.work(t)
		r.idle(t)
		eachOnce(t, r, 2)
		for i, want := range []struct {
			state  delivery.State
			reason string
		}{
			{delivery.StateSent, ""},
			{delivery.StateSuppressed, delivery.ReasonNoConsent},
			{delivery.StateSuppressed, delivery.ReasonManual},
			{delivery.StateSuppressed, delivery.ReasonUnsubscribed},
			{delivery.StateSent, ""},
		} {
			if m := r.message(t, messages[i].ID); m.State != want.state || m.Reason != want.reason {
				t.Errorf("%s: %s, %s", m.Recipient, m.State, m.Reason)
			}
		}
		var raw []string
		if err := r.db.Read().NewSelect().Table("suppressions").Column("email_hash").Scan(t.Context(), &raw); err != nil || len(raw) != 3 {
			t.Errorf("%d entries, %v", len(raw), err)
		}
		for _, hash := range raw {
			if strings.Contains(hash, "@") {
				t.Errorf("the list holds an address: %s", hash)
			}
		}
	})
}

func TestRequestedMailNeedsNoConsentButRespectsTheListMadeByHand(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		silent := r.person(t, "silent@example.com", "")
		gone := r.person(t, "gone@example.com", "form:guide")
		byHand := r.person(t, "byhand@example.com", "form:guide")
		r.clock.Advance(time.Hour)
		r.inTx(t, func(ctx context.Context, tx db.Tx) error {
			if _, err := r.s.Suppress(ctx, tx, delivery.ReasonUnsubscribed, "gone@example.com", "byhand@example.com"); err != nil {
				return err
			}
			_, err := r.s.Suppress(ctx, tx, delivery.ReasonManual, "byhand@example.com")
			return err
		})
		var requested, marketing []*delivery.Message
		for _, l := range []*leads.Lead{silent, gone, byHand} {
			requested = append(requested, &delivery.Message{EffectKey: "r" + l.Email, LeadID: l.ID, ContentKey: "guide", Purpose: delivery.PurposeRequested})
			marketing = append(marketing, &delivery.Message{EffectKey: "m" + l.Email, LeadID: l.ID, ContentKey: "news"})
		}
		r.inTx(t, func(ctx context.Context, tx db.Tx) error {
			return r.s.Queue(ctx, tx, append(slices.Clone(requested), marketing...))
		})
		r.work(t)
		r.idle(t)
		eachOnce(t, r, 2)
		for i, want := range []string{"", "", delivery.ReasonManual} {
			if m := r.message(t, requested[i].ID); (m.State == delivery.StateSent) != (want == "") || m.Reason != want || m.Purpose != delivery.PurposeRequested {
				t.Errorf("requested by %s: %s, %q", m.Recipient, m.State, m.Reason)
			}
		}
		for i, want := range []string{delivery.ReasonNoConsent, delivery.ReasonUnsubscribed, delivery.ReasonUnsubscribed} {
			m := r.message(t, marketing[i].ID)
			if m.State != delivery.StateSuppressed || m.Reason != want || m.Purpose != delivery.PurposeMarketing {
				t.Errorf("marketing to %s: %s, %q", m.Recipient, m.State, m.Reason)
			}
			if i > 0 {
				continue
			}
			for _, e := range r.events(t, m.LeadID) {
				if e.Name == leads.EventEmailHeldBack && (e.Properties["reason"] != want || e.Properties["subject"] != "Hello Mina" || e.Properties["email"] != "news") {
					t.Errorf("the timeline says %v", e.Properties)
				}
			}
			if n := r.happened(t, m.LeadID, leads.EventEmailHeldBack); n != 1 {
				t.Errorf("%d lines about what was held back", n)
			}
		}
		err := r.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return r.s.Queue(ctx, tx, []*delivery.Message{{EffectKey: "x", LeadID: silent.ID, ContentKey: "x", Purpose: "perhaps"}})
		})
		if err == nil {
			t.Error("a purpose that there is not passes")
		}
	})
}

func TestLostAnswerIsSentAgainOrHeldAsThePolicySays(t *testing.T) {
	for policy, copies := range map[delivery.Policy]int{delivery.Resend: 2, delivery.Hold: 1} {
		t.Run(string(policy), func(t *testing.T) {
			r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, policy)
			lost := false
			r.sink.LoseAnswer(func(m testkit.Message) bool {
				was := lost
				lost = true
				return !was
			})
			l := r.person(t, "mina@example.com", "form:guide")
			m := r.queueFor(t, l)[0]
			r.work(t)
			r.idle(t)
			got := r.sink.Messages()
			if len(got) != copies {
				t.Fatalf("%d copies, want %d", len(got), copies)
			}
			for _, g := range got {
				if g.Parse(t).GetHeader("Message-ID") != "<"+m.HeaderID+">" {
					t.Error("a copy has another Message-ID")
				}
			}
			now := r.message(t, m.ID)
			want := delivery.StateSent
			if policy == delivery.Hold {
				want = delivery.StateUnsure
			}
			if now.State != want || now.UnsureAt.IsZero() {
				t.Errorf("%+v", now)
			}
		})
	}
}

func TestBrokenTemplateFailsAloneAndSaysWhy(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	people := r.crowd(t, 5)
	away := true
	r.write = func(m *delivery.Message, l *leads.Lead, _ delivery.Links) (*delivery.Content, error) {
		switch l.ID {
		case people[1].ID:
			return nil, fmt.Errorf("line 3: unknown tag: %w", errs.Invalid)
		case people[2].ID:
			panic("nil map")
		case people[3].ID:
			if away {
				away = false
				return nil, errors.New("points: the database system is shutting down")
			}
		}
		return &delivery.Content{Language: i18n.Persian, Subject: "سلام", HTML: "<p>سلام</p>", Text: "سلام"}, nil
	}
	messages := r.queueFor(t, people...)
	r.work(t)
	r.idle(t)
	eachOnce(t, r, 3)
	for i, why := range map[int]string{1: "line 3: unknown tag", 2: "nil map"} {
		if m := r.message(t, messages[i].ID); m.State != delivery.StateFailed || m.Reason != delivery.ReasonTemplate || !strings.Contains(m.Error, why) {
			t.Errorf("%d: %+v", i, m)
		}
	}
	if m := r.message(t, messages[3].ID); m.State != delivery.StateSent {
		t.Errorf("what could not be written for a moment: %+v", m)
	}
}

func TestNothingThatALeadSaysBecomesAHeader(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	r.write = func(_ *delivery.Message, l *leads.Lead, _ delivery.Links) (*delivery.Content, error) {
		return &delivery.Content{Language: i18n.English, Subject: "Hi " + l.FirstName, HTML: "<p>x</p>", Text: "x"}, nil
	}
	evil := "Mina\r\nBcc: all@example.com\r\n\r\nhello"
	var l *leads.Lead
	r.inTx(t, func(ctx context.Context, tx db.Tx) error {
		made, err := r.leads.Upsert(ctx, tx, []*leads.Profile{{Email: "mina@example.com", FirstName: evil}})
		if err != nil {
			return err
		}
		l = made[0]
		return r.agree(ctx, tx, l.ID, "form:guide")
	})
	r.queueFor(t, l)
	r.work(t)
	got := r.sink.WaitFor(1, soon)[0]
	e := got.Parse(t)
	if e.GetHeader("Bcc") != "" || len(got.To) != 1 || e.GetHeader("Subject") != "Hi Mina Bcc: all@example.com hello" {
		t.Errorf("%s", got.Raw)
	}
	if from := e.GetHeader("From"); from != `"Coffee House" <hello@shop.example>` {
		t.Errorf("from %s", from)
	}
	if got := e.GetHeader("List-Unsubscribe"); got != "<"+r.links(&delivery.Message{ID: 1}).Unsubscribe()+">" || e.GetHeader("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe %s", got)
	}
}

func TestStoppingPutsBackWhatIsNotBegun(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	gate := make(chan struct{})
	r.sink.Hold(gate)
	r.queueFor(t, r.crowd(t, 20)...) // one batch
	r.work(t)
	r.sink.WaitForHeld(4, soon)
	r.s.Stop()
	close(gate)
	until(t, "outcomes written down", func() bool {
		c, err := r.s.Counts(t.Context())
		return err == nil && c.Sending == 0 && c.Sent == 4 && c.Due == 16
	})
	if n := len(r.sink.Messages()); n != 4 {
		t.Errorf("%d e-mails, want the 4 that were begun", n)
	}
}

func TestFaultyConfigIsRefused(t *testing.T) {
	for _, c := range []delivery.Config{{}, {FromAddress: "nobody"}, {FromAddress: "a@b.c", Policy: "maybe"}} {
		if _, err := delivery.New(nil, nil, nil, nil, nil, c, nil); err == nil {
			t.Errorf("%+v passes", c)
		}
	}
}

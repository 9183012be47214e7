package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// settleEvery is the longest that outcomes wait for their commit: a crash leaves no
// more than that in doubt. A fast server takes a whole batch in less.
const settleEvery = 2 * time.Second

// parcel is one message on its way through a batch.
type parcel struct {
	job     workers.Job
	message *Message
	lead    *leads.Lead
	mail    *mail.Message
	doubt   bool // an earlier try ended without a word

	// What is decided without the mail server: the state it ends in, and why.
	verdict State
	reason  string
	detail  string
	later   error  // why it cannot be written now but perhaps in a while
	subject string // of one that is held back, for the timeline

	receipt mail.Receipt
}

func (p *parcel) end(state State, reason, detail string) {
	p.verdict, p.reason, p.detail = state, reason, detail
}

// send takes a batch of messages as far as the mail server lets them go. What the
// server could not take now stays unfinished and is tried again, for ever.
func (s *Service) send(ctx context.Context, b *workers.Batch) error {
	// A server that is away costs nothing: no message is touched.
	if err := s.transport.Ready(ctx); err != nil {
		return err
	}
	parcels, err := s.load(ctx, b)
	if err != nil {
		return err
	}
	if err := s.gate(ctx, parcels); err != nil {
		return err
	}
	if err := s.split(ctx, parcels); err != nil {
		return err
	}
	for _, p := range parcels {
		switch {
		case p.verdict == "":
			s.write(ctx, p)
		case p.heldNow():
			// The timeline says which e-mail it was by its subject. Without one it has the key.
			if content, err := s.render(ctx, p); err == nil {
				p.subject = content.Subject
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	going, err := s.claim(ctx, b, parcels)
	if err != nil {
		return err
	}
	var putOff []*parcel
	for _, p := range parcels {
		if p.later != nil {
			putOff = append(putOff, p)
		}
	}
	end := time.Now().Add(lease - lastWord)
	if deadline, ok := ctx.Deadline(); ok {
		end = deadline.Add(-lastWord)
	}
	for rest := going; len(rest) > 0; {
		n := len(rest)
		if s.mayBegin(ctx, end) {
			n = s.round(ctx, rest, end)
		}
		// The mail is out: its outcome is written down whatever becomes of ctx.
		unfinished, err := s.settle(context.WithoutCancel(ctx), b, rest[:n])
		if err != nil {
			return err
		}
		putOff = append(putOff, unfinished...)
		rest = rest[n:]
	}
	return complaint(putOff, len(parcels))
}

// heldNow says whether a message to a known lead has just been held back.
func (p *parcel) heldNow() bool {
	return p.verdict == StateSuppressed && p.message.State != StateSuppressed && p.lead != nil
}

// write has the content of a message written; if that fails, only this message does.
func (s *Service) write(ctx context.Context, p *parcel) {
	content, err := s.render(ctx, p)
	switch {
	case err != nil && !final(err):
		p.later = err
		return
	case err != nil:
		p.end(StateFailed, ReasonTemplate, err.Error())
		return
	}
	links := NewLinks(s.signer, s.config.PublicURL, p.message.ID)
	from := content.FromName
	if from == "" {
		from = s.config.FromName.In(content.Language)
	}
	// Requested mail has the unsubscribe header too. Who presses that button wants to
	// hear nothing more unasked, and that is what happens: they are off the marketing
	// list, and another requested e-mail comes only when they ask for it. Without the
	// button the mail program would offer them "spam" alone.
	p.mail = &mail.Message{
		ID:      p.message.HeaderID,
		From:    mail.Address{Name: from, Email: s.config.FromAddress},
		To:      mail.Address{Name: name(p.lead), Email: p.lead.Email},
		Subject: content.Subject, HTML: content.HTML, Text: content.Text, Language: string(content.Language),
		Date: s.clock.Now(), Unsubscribe: links.Unsubscribe(),
	}
}

// render turns a panic of the renderer into an error, so that one bad template does
// not keep its neighbours waiting.
func (s *Service) render(ctx context.Context, p *parcel) (c *Content, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the template broke: %v: %w", r, errs.Invalid)
		}
	}()
	c, err = s.renderer.Render(ctx, p.message, p.lead, NewLinks(s.signer, s.config.PublicURL, p.message.ID))
	if err == nil && c == nil {
		err = fmt.Errorf("no content: %w", errs.Invalid)
	}
	return c, err
}

// final says whether an error is about the e-mail, which will be no better tomorrow.
// Anything else is about the house, the database for one, and passes: mail is never
// given up for that.
func final(err error) bool { return errors.Is(err, errs.Invalid) || errors.Is(err, errs.NotFound) }

// name is how the To header greets a lead: their name, and nothing rather than the
// address twice.
func name(l *leads.Lead) string {
	if n := l.Name(); n != l.Email {
		return n
	}
	return ""
}

// mayBegin says whether another message may be begun: not while the program is
// stopping, nor near the end of the lease.
func (s *Service) mayBegin(ctx context.Context, end time.Time) bool {
	return !s.stopped() && ctx.Err() == nil && time.Now().Before(end)
}

// round sends from the front, several at once, for as long as outcomes may wait,
// and returns how many it has begun and finished.
func (s *Service) round(ctx context.Context, parcels []*parcel, end time.Time) int {
	if settle := time.Now().Add(settleEvery); settle.Before(end) {
		end = settle
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(s.transport.Connections(), len(parcels)) {
		wg.Go(func() {
			for s.mayBegin(ctx, end) {
				i := int(next.Add(1)) - 1
				if i >= len(parcels) {
					return
				}
				parcels[i].receipt = s.transport.Send(ctx, parcels[i].mail)
			}
		})
	}
	wg.Wait()
	return min(int(next.Load()), len(parcels))
}

// complaint says why jobs were left for another attempt, naming no recipient.
func complaint(putOff []*parcel, of int) error {
	if len(putOff) == 0 {
		return nil
	}
	why := "no time was left to begin them"
	for _, p := range putOff {
		switch {
		case p.later != nil:
			why = p.later.Error()
		case p.receipt.Away:
			why = p.receipt.Reply
		case p.receipt.Outcome == mail.Temporary && len(p.receipt.Reply) >= 3:
			why = "the mail server asks for another try: " + p.receipt.Reply[:3]
		}
	}
	return fmt.Errorf("%d of %d e-mails put off: %s", len(putOff), of, why)
}

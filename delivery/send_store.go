package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// load reads the messages of a batch and who they are for.
func (s *Service) load(ctx context.Context, b *workers.Batch) ([]*parcel, error) {
	var messages []*Message
	if err := s.db.Read().NewSelect().Model(&messages).Where("id IN (?)", bun.List(b.Refs())).Scan(ctx); err != nil {
		return nil, fmt.Errorf("messages: load: %w", err)
	}
	byID := make(map[int64]*Message, len(messages))
	ids := make([]int64, 0, len(messages))
	for _, m := range messages {
		byID[m.ID] = m
		ids = append(ids, m.LeadID)
	}
	people, err := s.leads.FindMany(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, err
	}
	parcels := make([]*parcel, len(b.Jobs))
	for i, job := range b.Jobs {
		p := &parcel{job: job, message: byID[job.Ref]}
		parcels[i] = p
		// One job for a message is enough: a second in the same batch would take the
		// first one's claim for somebody else's, again and again.
		delete(byID, job.Ref)
		switch {
		case p.message == nil:
			p.message = &Message{}
			p.verdict = StateFailed // nothing to write down: only the job ends
		case p.message.State == StateSending:
			p.doubt = true
			if s.config.Policy == Hold {
				p.end(StateUnsure, ReasonInterrupted, "")
			}
		case p.message.State != StateDue:
			p.verdict = p.message.State // an earlier attempt got this far
		}
		p.lead = people[p.message.LeadID]
	}
	return parcels, nil
}

// gate holds back what must not go out: to leads who have not agreed, to addresses
// that asked for no more mail, to nobody. What somebody asked for themselves needs no
// more agreement than that; only an address put on the list by hand stops it.
func (s *Service) gate(ctx context.Context, parcels []*parcel) error {
	var ids []int64
	var hashes []string
	for _, p := range parcels {
		if p.verdict != "" {
			continue
		}
		switch {
		case p.lead == nil:
			p.end(StateSuppressed, ReasonNoLead, "")
		case mail.CheckAddress(p.lead.Email) != nil:
			p.end(StateSuppressed, ReasonNoAddress, "")
		default:
			ids = append(ids, p.lead.ID)
			hashes = append(hashes, s.fingerprint(p.lead.Email))
		}
	}
	may, err := s.leads.MayContact(ctx, s.db.Read(), ChannelEmail, ids)
	if err != nil {
		return err
	}
	listed, err := s.suppressed(ctx, s.db.Read(), hashes)
	if err != nil {
		return err
	}
	for _, p := range parcels {
		if p.verdict != "" {
			continue
		}
		entries := listed[s.fingerprint(p.lead.Email)]
		if p.message.Purpose == PurposeRequested {
			entries = slices.DeleteFunc(slices.Clone(entries), (*Suppression).theirs)
		} else if !may[p.lead.ID] {
			reason := ReasonNoConsent
			if len(entries) > 0 {
				reason = entries[0].Reason // says more than that consent is missing
			}
			p.end(StateSuppressed, reason, "")
			continue
		}
		reason, err := s.standing(ctx, p.lead.ID, entries)
		if err != nil {
			return err
		}
		if reason != "" {
			p.end(StateSuppressed, reason, "")
		}
	}
	return nil
}

// claimed is what a message's row learns before its e-mail goes out.
type claimed struct {
	bun.BaseModel `bun:"table:claimed,alias:claimed"`

	ID         int64
	Tries      int64 // as it was loaded
	Recipient  string
	Subject    string
	Experiment string
	Variant    string
	Doubt      bool
}

// claim commits, before anything is sent, which messages are on their way, and with
// that what was decided without the mail server. It returns those on their way.
func (s *Service) claim(ctx context.Context, b *workers.Batch, parcels []*parcel) ([]*parcel, error) {
	var going, ended []*parcel
	var rows []*claimed
	for _, p := range parcels {
		switch {
		case p.verdict != "":
			ended = append(ended, p)
		case p.mail != nil:
			going = append(going, p)
			rows = append(rows, &claimed{
				ID: p.message.ID, Tries: int64(p.message.Tries), Recipient: p.lead.Email, Subject: p.mail.Subject,
				Experiment: p.message.Experiment, Variant: p.message.Variant, Doubt: p.doubt,
			})
		}
	}
	now := s.clock.Now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.end(ctx, tx, b, ended, now); err != nil || len(rows) == 0 {
			return err
		}
		// Whoever else had them meanwhile has counted a try more: then the whole
		// batch is late and changes nothing.
		res, err := tx.NewUpdate().With("claimed", tx.NewValues(&rows)).Model((*Message)(nil)).TableExpr("claimed").
			Set("state = ?", StateSending).Set("reason = ''").Set("error = ''").
			Set("tries = message.tries + 1").
			Set("recipient = claimed.recipient").Set("subject = claimed.subject").
			Set("experiment = claimed.experiment").Set("variant = claimed.variant").
			Set("unsure_at = CASE WHEN claimed.doubt THEN ? ELSE message.unsure_at END", now).
			Where("message.id = claimed.id").Where("message.tries = claimed.tries").
			Where("message.state IN (?)", bun.List([]State{StateDue, StateSending})).Exec(ctx)
		if err != nil {
			return fmt.Errorf("messages: claim: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("messages: claim: %w", err)
		}
		if n != int64(len(rows)) {
			return workers.ErrLate
		}
		return s.shown(ctx, tx, going)
	})
	return going, err
}

// end writes down what was decided without the mail server, and ends those jobs.
func (s *Service) end(ctx context.Context, tx db.Tx, b *workers.Batch, ended []*parcel, now time.Time) error {
	if len(ended) == 0 {
		return nil
	}
	jobs := make([]workers.Job, 0, len(ended))
	var held []*leads.Event
	for _, p := range ended {
		jobs = append(jobs, p.job)
		if p.message.ID == 0 || p.message.State == p.verdict {
			continue
		}
		q := tx.NewUpdate().Model((*Message)(nil)).Set("state = ?", p.verdict).Set("reason = ?", p.reason).Set("error = ?", p.detail).
			Where("id = ?", p.message.ID).Where("tries = ?", p.message.Tries)
		if p.lead != nil {
			q = q.Set("recipient = ?", p.lead.Email)
		}
		if p.doubt {
			q = q.Set("unsure_at = ?", now)
		}
		if _, err := q.Exec(ctx); err != nil {
			return fmt.Errorf("message %d: %s: %w", p.message.ID, p.verdict, err)
		}
		if p.lead != nil && p.verdict != StateUnsure {
			held = append(held, p.message.heldBack(p.subject, p.reason, now))
		}
	}
	if err := s.leads.Record(ctx, tx, held...); err != nil {
		return err
	}
	return b.Finish(ctx, tx, jobs...)
}

// settle writes the outcomes down, tells the timeline of them and ends the
// jobs, all in one commit; it returns the parcels whose jobs stay for another try.
// While the database is away it waits a little: these e-mails are out, and without
// this commit they would be sent again.
func (s *Service) settle(ctx context.Context, b *workers.Batch, parcels []*parcel) (unfinished []*parcel, err error) {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		unfinished, err = s.trySettle(ctx, b, parcels)
		if err == nil || errors.Is(err, workers.ErrLate) || wait > 3*time.Second {
			return unfinished, err
		}
		s.log.Warn("delivery: outcomes not yet written down, trying again", "messages", len(parcels), "error", err)
		time.Sleep(wait)
	}
}

func (s *Service) trySettle(ctx context.Context, b *workers.Batch, parcels []*parcel) (unfinished []*parcel, err error) {
	now := s.clock.Now()
	err = s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		unfinished = nil
		var sent []int64
		var events []*leads.Event
		var jobs []workers.Job
		for _, p := range parcels {
			finished, err := true, error(nil)
			switch {
			case p.receipt.Outcome == mail.Sent:
				sent = append(sent, p.message.ID)
				events = append(events, p.message.event(leads.EventEmailSent, "sent:"+strconv.FormatInt(p.message.ID, 10), p.mail.Subject, now))
			case p.receipt.Outcome == mail.Permanent:
				err = s.mark(ctx, tx, p, StateFailed, ReasonRefused, time.Time{})
				events = append(events, p.message.heldBack(p.mail.Subject, ReasonRefused, now))
			case p.receipt.Outcome == mail.Temporary && !p.receipt.Away && p.message.Tries >= len(knocks):
				err = s.mark(ctx, tx, p, StateFailed, ReasonExpired, time.Time{})
				events = append(events, p.message.heldBack(p.mail.Subject, ReasonExpired, now))
			case p.receipt.Outcome == mail.Temporary && !p.receipt.Away:
				err = s.putOff(ctx, tx, p, now.Add(knocks[p.message.Tries]))
			case p.receipt.Outcome == mail.Unsure && s.config.Policy == Hold:
				err = s.mark(ctx, tx, p, StateUnsure, ReasonLostAnswer, now)
			case p.receipt.Outcome == mail.Unsure:
				finished, err = false, s.mark(ctx, tx, p, StateDue, ReasonLostAnswer, now)
			default:
				finished, err = false, s.mark(ctx, tx, p, StateDue, "", time.Time{})
			}
			if err != nil {
				return err
			}
			if finished {
				jobs = append(jobs, p.job)
			} else {
				unfinished = append(unfinished, p)
			}
		}
		if len(sent) > 0 {
			slices.Sort(sent)
			if _, err := tx.NewUpdate().Model((*Message)(nil)).Set("state = ?", StateSent).Set("sent_at = ?", now).
				Where("id IN (?)", bun.List(sent)).Where("state = ?", StateSending).Exec(ctx); err != nil {
				return fmt.Errorf("messages: sent: %w", err)
			}
		}
		if err := s.leads.Record(ctx, tx, events...); err != nil {
			return err
		}
		return b.Finish(ctx, tx, jobs...)
	})
	return unfinished, err
}

// knocks says how long a recipient whose server says "later" is left alone before each
// next try, in domain time; after the last one the message is given up. To knock every
// half minute is what gets a sender onto a blocklist.
var knocks = []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour, 24 * time.Hour}

// putOff makes a message due again later, with a job of its own.
func (s *Service) putOff(ctx context.Context, tx db.Tx, p *parcel, due time.Time) error {
	if err := s.mark(ctx, tx, p, StateDue, "", time.Time{}); err != nil {
		return err
	}
	if _, err := tx.NewUpdate().Model((*Message)(nil)).Set("due_at = ?", due).Where("id = ?", p.message.ID).Exec(ctx); err != nil {
		return fmt.Errorf("message %d: put off: %w", p.message.ID, err)
	}
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobSend, Ref: p.message.ID, DueAt: due})
}

// mark writes down the outcome of one message that was not simply sent.
func (s *Service) mark(ctx context.Context, tx db.Tx, p *parcel, state State, reason string, unsure time.Time) error {
	q := tx.NewUpdate().Model((*Message)(nil)).Set("state = ?", state).Set("reason = ?", reason).Set("error = ?", p.receipt.Reply).
		Where("id = ?", p.message.ID).Where("state = ?", StateSending)
	if !unsure.IsZero() {
		q = q.Set("unsure_at = ?", unsure)
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("message %d: %s: %w", p.message.ID, state, err)
	}
	return nil
}

// event is a line of the lead's timeline about this message.
func (m *Message) event(name, id, subject string, at time.Time) *leads.Event {
	return &leads.Event{
		MessageID: id, LeadID: m.LeadID, Name: name, Source: "email:" + strconv.FormatInt(m.ID, 10), OccurredAt: at,
		Properties: map[string]any{"email": m.ContentKey, "journey": m.Journey, "step": m.Step, "subject": subject},
	}
}

// heldBack is the line about a message that did not go out and never will.
func (m *Message) heldBack(subject, reason string, at time.Time) *leads.Event {
	e := m.event(leads.EventEmailHeldBack, "held:"+strconv.FormatInt(m.ID, 10), subject, at)
	e.Properties["reason"] = reason
	return e
}

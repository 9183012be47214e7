package delivery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// act is how somebody withdrew or gave consent, for the record.
type act struct {
	words, language, page, ip, userAgent string
}

func (a act) consent(m *Message, state, source string) *leads.Consent {
	return &leads.Consent{
		LeadID: m.LeadID, Purpose: "marketing", Channel: ChannelEmail, State: state, Words: a.words, Language: a.language,
		Source: source, Page: a.page, IP: a.ip, UserAgent: a.userAgent,
	}
}

// unsubscribe ends marketing mail to the recipient of a message: consent withdrawn,
// address suppressed, an event on the timeline. Doing it again changes nothing.
func (s *Service) unsubscribe(ctx context.Context, id int64, a act) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		m, email, err := s.recipient(ctx, tx, id)
		if err != nil || email == "" { // nobody any more
			return err
		}
		now := s.clock.Now()
		made, err := s.Suppress(ctx, tx, ReasonUnsubscribed, email)
		if err != nil {
			return err
		}
		if len(made) == 0 {
			may, err := s.leads.MayContact(ctx, tx, ChannelEmail, []int64{m.LeadID})
			if err != nil || !may[m.LeadID] {
				return err
			}
			// They had asked again in a form meanwhile: from now it counts anew.
			if _, err := s.unsuppress(ctx, tx, ReasonUnsubscribed, email); err != nil {
				return err
			}
			made, err = s.Suppress(ctx, tx, ReasonUnsubscribed, email)
			if err != nil || len(made) == 0 {
				return err
			}
		}
		withdrawn := a.consent(m, leads.ConsentWithdrawn, "unsubscribe")
		withdrawn.At = now
		if err := s.leads.RecordConsents(ctx, tx, withdrawn); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model((*Message)(nil)).Set("unsubscribed_at = ?", now).
			Where("id = ?", id).Where("unsubscribed_at IS NULL").Exec(ctx); err != nil {
			return fmt.Errorf("message %d: unsubscribed: %w", id, err)
		}
		return s.leads.Record(ctx, tx, m.event(leads.EventUnsubscribed, "unsubscribe:"+strconv.FormatInt(made[0].ID, 10), m.Subject, now))
	})
}

// unsubscribed says whether the recipient of a message is off the list, and has not
// asked again in a form since.
func (s *Service) unsubscribed(ctx context.Context, m *Message, email string) (bool, error) {
	if email == "" {
		return true, nil
	}
	entries, err := s.suppressed(ctx, s.db.Read(), []string{s.fingerprint(email)})
	if err != nil {
		return false, err
	}
	for _, e := range entries[s.fingerprint(email)] {
		if e.Reason != ReasonUnsubscribed {
			continue
		}
		consents, err := s.leads.Consents(ctx, m.LeadID)
		return err == nil && !askedAgain(consents, e.At), err
	}
	return false, nil
}

// resubscribe takes an unsubscribing back, with an event on the timeline: whoever had
// agreed before agrees again, and whoever never had does not by this. For an address
// that is not off the list it changes nothing.
func (s *Service) resubscribe(ctx context.Context, id int64, a act) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		m, email, err := s.recipient(ctx, tx, id)
		if err != nil || email == "" { // nobody any more
			return err
		}
		removed, err := s.unsuppress(ctx, tx, ReasonUnsubscribed, email)
		if err != nil || len(removed) == 0 {
			return err
		}
		now := s.clock.Now()
		may, err := s.leads.MayContact(ctx, tx, ChannelEmail, []int64{m.LeadID})
		if err != nil {
			return err
		}
		had, err := s.leads.EverGranted(ctx, tx, ChannelEmail, m.LeadID)
		if err != nil {
			return err
		}
		if had && !may[m.LeadID] {
			granted := a.consent(m, leads.ConsentGranted, "resubscribe")
			granted.At = now
			if err := s.leads.RecordConsents(ctx, tx, granted); err != nil {
				return err
			}
		}
		back := "resubscribe:" + strconv.FormatInt(removed[0].ID, 10)
		return s.leads.Record(ctx, tx, m.event(leads.EventResubscribed, back, m.Subject, now))
	})
}

// recipient returns a message and the address it went to: "" when its lead was erased.
func (s *Service) recipient(ctx context.Context, idb bun.IDB, id int64) (*Message, string, error) {
	m := new(Message)
	err := idb.NewSelect().Model(m).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", fmt.Errorf("message %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, "", fmt.Errorf("message %d: %w", id, err)
	}
	if m.Recipient != "" {
		return m, m.Recipient, nil
	}
	lead, err := s.leads.Find(ctx, idb, m.LeadID)
	if err != nil {
		return nil, "", err
	}
	return m, lead.Email, nil
}

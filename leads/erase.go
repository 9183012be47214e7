package leads

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// EventLeadErased tells those who listen that a lead is nobody any more.
const EventLeadErased = "Lead Erased"

// EraseRequest says who is to be erased, and why.
type EraseRequest struct {
	LeadID int64
	Reason string // kept for good, so it must not name the person
	By     string // who of the staff did it
	// Suppress keeps the person's addresses, as keyed fingerprints, from being written
	// to when somebody brings them along again. Who unsubscribed is kept from it anyway.
	Suppress bool
}

// reasonLength bounds the reason of an erasure, in characters.
const reasonLength = 300

// Erase takes away, in one transaction, all that tells who a person is: from the leads
// that are theirs, also those merged, and from what all features keep about them, as they
// declared (see Holding). The rows of leads stay, empty, so that counts add up. A lead that
// is erased already is a Conflict; a reason that names the person is errs.Fields.
func (s *Service) Erase(ctx context.Context, r EraseRequest) (*Erased, error) {
	var done *Erased
	err := s.acrossRooms(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		done, err = s.eraseWithin(ctx, tx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, s.settleFile(ctx)
}

func (s *Service) eraseWithin(ctx context.Context, tx db.Tx, r EraseRequest) (*Erased, error) {
	p, err := s.Person(ctx, tx, r.LeadID)
	if err != nil {
		return nil, err
	}
	if _, err := s.hold(ctx, tx, p.Lead.ID); err != nil {
		return nil, err
	}
	if p, err = s.Person(ctx, tx, r.LeadID); err != nil { // as they are now that nobody else can change them
		return nil, err
	}
	if !p.Lead.ErasedAt.IsZero() {
		return nil, fmt.Errorf("lead %d: erased already: %w", p.Lead.ID, errs.Conflict)
	}
	if err := p.checkReason(r.Reason); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	done := &Erased{LeadID: p.Lead.ID, Reason: strings.TrimSpace(r.Reason), ByWhom: r.By, At: now}
	marks := s.marks(p)
	if done.Rows, err = s.empty(ctx, tx, p, r, now); err != nil {
		return nil, err
	}
	for _, l := range append([]*Lead{p.Lead}, p.Merged...) {
		nobody := &Lead{ID: l.ID, MergedInto: l.MergedInto, CreatedAt: l.CreatedAt, UpdatedAt: now, ErasedAt: now,
			Attributes: map[string]any{}, Folds: map[string]any{}}
		if _, err := tx.NewUpdate().Model(nobody).ExcludeColumn("id").WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("lead %d: erase: %w", l.ID, err)
		}
	}
	if err := done.write(ctx, tx, marks); err != nil {
		return nil, err
	}
	return done, s.Record(ctx, tx, &Event{
		MessageID: fmt.Sprintf("erased:lead:%d", p.Lead.ID), LeadID: p.Lead.ID, Name: EventLeadErased, Source: "staff", OccurredAt: now,
	})
}

// empty takes away, within tx, what features keep about a person, and counts the rows.
func (s *Service) empty(ctx context.Context, tx db.Tx, p *Person, r EraseRequest, now time.Time) (map[string]int64, error) {
	for _, erase := range s.privacy.erasers {
		if err := erase(ctx, tx, p, r); err != nil {
			return nil, err
		}
	}
	ids, rows := p.IDs(), map[string]int64{}
	for _, h := range s.Holdings() {
		n, err := h.erase(ctx, tx, ids, now)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			rows[h.Table] = n
		}
	}
	// Nobody can undo the merges of somebody who is no more.
	if _, err := tx.NewDelete().Table("lead_merge_rows").Where("merge_id IN (SELECT id FROM lead_merges WHERE kept_id IN (?) OR gone_id IN (?))",
		bun.List(ids), bun.List(ids)).Exec(ctx); err != nil {
		return nil, fmt.Errorf("merges: erase: %w", err)
	}
	if _, err := tx.NewUpdate().Model((*Merge)(nil)).Set("before = '{}'").Set("conflicts = '[]'").
		Where("kept_id IN (?) OR gone_id IN (?)", bun.List(ids), bun.List(ids)).Exec(ctx); err != nil {
		return nil, fmt.Errorf("merges: erase: %w", err)
	}
	if _, err := tx.NewDelete().Model((*Duplicate)(nil)).
		Where("lead_id IN (?) OR other_id IN (?)", bun.List(ids), bun.List(ids)).Exec(ctx); err != nil {
		return nil, fmt.Errorf("duplicates: erase: %w", err)
	}
	return rows, nil
}

// checkReason refuses a reason that is none, or that would keep what is to be erased.
func (p *Person) checkReason(reason string) error {
	folded := i18n.Fold(reason)
	switch {
	case strings.TrimSpace(reason) == "":
		return errs.Fields{"reason": "errors.required"}
	case utf8.RuneCountInString(reason) > reasonLength:
		return errs.Fields{"reason": fmt.Sprintf("errors.max=%d", reasonLength)}
	case strings.ContainsRune(reason, 0) || !utf8.ValidString(reason):
		return errs.Fields{"reason": "errors.characters"}
	}
	for _, l := range append([]*Lead{p.Lead}, p.Merged...) {
		for _, known := range []string{l.Email, l.Phone, l.PhoneNorm, l.ExternalID, l.FirstName + " " + l.LastName, l.LastName} {
			if fold := i18n.Fold(known); len([]rune(fold)) > 2 && strings.Contains(folded, fold) {
				return errs.Fields{"reason": "errors.privacy.names"}
			}
		}
	}
	return nil
}

// settleFile takes what was erased out of SQLite's write-ahead log too; in the file itself
// zeros stand in its place. While somebody is reading the log stays, and the hourly round
// does it.
func (s *Service) settleFile(ctx context.Context) error {
	if s.db.Dialect() != db.SQLite {
		return nil
	}
	if _, err := s.db.SQL().ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("erase: checkpoint: %w", err)
	}
	return nil
}

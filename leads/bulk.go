package leads

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Imported is what became of one profile of a list.
type Imported struct {
	Lead    *Lead
	Created bool  // nobody knew them before
	Skipped bool  // known, and left as they were
	Err     error // errs.Fields: the profile cannot be taken, Lead is nil
}

// Candidate is a profile of a list, made ready: what takes time and asks nobody is done.
type Candidate struct {
	*Profile
	// Err is errs.Fields when the profile cannot be taken.
	Err    error
	id     identity
	lead   *Lead     // as they would be if nobody knew them
	packed db.Packed // that lead, written out
}

// Candidate makes a profile ready for Known and Import. It may be called from many
// goroutines.
func (s *Service) Candidate(p *Profile) *Candidate {
	c := s.candidate(p)
	if c.Err == nil {
		now := s.clock.Now()
		c.lead = &Lead{FirstTouch: p.Touch, CreatedAt: now}
		c.lead.take(p, c.id, now)
		// What cannot be packed is written out later, and says there what is wrong.
		c.packed, _ = db.Pack(s.db, c.lead)
	}
	return c
}

// candidate says by what a profile's person is recognised, or why it cannot be taken.
func (s *Service) candidate(p *Profile) *Candidate {
	c := &Candidate{Profile: p, Err: p.Check()}
	if c.Err != nil {
		return c
	}
	c.id = s.identify(p)
	switch {
	case c.id.known():
	case p.Phone != "":
		c.Err = errs.Fields{"phone": "errors.phone"}
	default:
		c.Err = errs.Fields{"email": "errors.required"}
	}
	return c
}

// normPhone is NormPhone, with a short way for the numbers of mobile telephones that
// lists of Iranian leads are full of.
func (s *Service) normPhone(phone string) string {
	if s.region == "IR" && len(phone) == 11 && phone[0] == '0' && phone[1] == '9' && strings.Trim(phone, "0123456789") == "" {
		return "+98" + phone[1:]
	}
	return s.NormPhone(phone)
}

// Import is Upsert for lists of many thousands: the same people are found by the same
// rules and the same is written, in a few statements a batch. A profile that cannot be
// taken is said in its place and stops no other. With skipKnown people who are known
// stay as they are. It leaves no events: see RecordQuietly.
func (s *Service) Import(ctx context.Context, tx db.Tx, profiles []*Profile, skipKnown bool) ([]Imported, error) {
	list := make([]*Candidate, len(profiles))
	for i, p := range profiles {
		list[i] = s.Candidate(p)
	}
	return s.ImportReady(ctx, tx, list, skipKnown)
}

// ImportReady is Import for profiles that were made ready, by other goroutines for
// example while the batch before was being written. A candidate is imported once.
func (s *Service) ImportReady(ctx context.Context, tx db.Tx, list []*Candidate, skipKnown bool) ([]Imported, error) {
	b := &settling{s: s, tx: tx, now: s.clock.Now(), list: list, skip: skipKnown}
	err := b.run(ctx)
	return b.out, err
}

// Known says of each candidate, in their order, which lead it means as things stand, 0 for
// nobody: what Import would find, for a rehearsal. It changes and locks nothing.
func (s *Service) Known(ctx context.Context, list []*Candidate) ([]int64, error) {
	ids := make([]identity, len(list))
	for i, c := range list {
		ids[i] = c.id
	}
	people := newDirectory()
	if err := people.look(ctx, s.db.Read(), ids); err != nil {
		return nil, err
	}
	out := make([]int64, len(list))
	for i, id := range ids {
		if l, _ := people.find(id, list[i].Unproven); l != nil {
			out[i] = l.ID
		}
	}
	return out, nil
}

// look is load without the locks and without what find does not need.
func (d *directory) look(ctx context.Context, idb bun.IDB, ids []identity) error {
	var external, email, phone []string
	for _, id := range ids {
		for value, list := range map[string]*[]string{id.external: &external, id.email: &email, id.phone: &phone} {
			if value != "" {
				*list = append(*list, value)
			}
		}
	}
	for _, by := range []struct {
		where  string
		among  func(column string, values []string) schema.QueryAppender
		column string
		values []string
	}{{"?", db.Among, "external_id", external}, {"?", db.Among, "email_norm", email}, {"phone_norm <> '' AND ?", db.AmongBytes, "phone_norm", phone}} {
		if len(by.values) == 0 {
			continue
		}
		var rows []*Lead
		if err := idb.NewSelect().Model(&rows).Column("id", "external_id", "email_norm", "phone_norm", "merged_into", "told").
			Where(by.where, by.among(by.column, by.values)).Scan(ctx); err != nil {
			return fmt.Errorf("leads: look up: %w", err)
		}
		for _, l := range rows {
			if l.MergedInto != 0 {
				l.ID = l.MergedInto // whoever that is, they are known
			}
			if known := d.byID[l.ID]; known != nil {
				d.alias(l.identity(), known)
				continue
			}
			d.byID[l.ID] = l
			d.add(l)
		}
	}
	return nil
}

// RecordConsentsQuietly is RecordConsents for lists of many thousands: without an event
// each, and so unseen by subscribers until somebody asks for a refresh.
func (s *Service) RecordConsentsQuietly(ctx context.Context, tx db.Tx, consents []*Consent) error {
	now := s.clock.Now()
	for _, c := range consents {
		c.fill(now)
	}
	if _, err := db.InsertMany(ctx, tx, consents, ""); err != nil {
		return err
	}
	return keepConsentStates(ctx, tx, consents)
}

// Erased says of each candidate, in their order, whether somebody known by its e-mail,
// external id or number asked to be erased: an old list must not bring them back.
func (s *Service) Erased(ctx context.Context, idb bun.IDB, list []*Candidate) ([]bool, error) {
	out := make([]bool, len(list))
	if any, err := idb.NewSelect().Model((*erasureMark)(nil)).Exists(ctx); err != nil || !any {
		return out, err
	}
	places := make(map[string][]int, len(list))
	for i, c := range list {
		for _, mark := range s.marksOf(c.id) {
			places[mark] = append(places[mark], i)
		}
	}
	marks := make([]string, 0, len(places))
	for mark := range places {
		marks = append(marks, mark)
	}
	if len(marks) == 0 {
		return out, nil
	}
	var found []string
	if err := idb.NewSelect().Model((*erasureMark)(nil)).Column("mark").Where("mark IN (?)", bun.List(marks)).Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("leads: erased: %w", err)
	}
	for _, mark := range found {
		for _, i := range places[mark] {
			out[i] = true
		}
	}
	return out, nil
}

// RecordQuietly is Record for lists of many thousands: the events stand on the timeline
// and are offered to no subscriber.
func (s *Service) RecordQuietly(ctx context.Context, tx db.Tx, events []*Event) error {
	now := s.clock.Now()
	folds := map[uintptr]map[string]any{} // of properties that many of them share
	for _, e := range events {
		of := reflect.ValueOf(e.Properties).Pointer()
		if folds[of] == nil {
			folds[of] = conditions.Fold(e.Properties)
		}
		e.ReceivedAt, e.Folds = now, folds[of]
		if e.MessageID == "" {
			e.MessageID = rand.Text()
		}
		if e.OccurredAt.IsZero() {
			e.OccurredAt = now
		}
	}
	_, err := db.InsertMany(ctx, tx, events, "ON CONFLICT (message_id) DO NOTHING")
	return err
}

// TagQuietly is Tag for lists of many thousands: without an event each.
func (s *Service) TagQuietly(ctx context.Context, tx db.Tx, tags map[string][]int64) error {
	if len(tags) == 0 {
		return nil
	}
	names := make([]string, 0, len(tags))
	for name := range tags {
		names = append(names, name)
	}
	made, err := s.ensureTags(ctx, tx, names)
	if err != nil {
		return err
	}
	byFold := make(map[string]int64, len(made))
	for _, t := range made {
		byFold[t.NameFold] = t.ID
	}
	now := s.clock.Now()
	var rows []*leadTag
	for name, ids := range tags {
		for _, id := range ids {
			rows = append(rows, &leadTag{TagID: byFold[foldAll([]string{name})[0]], LeadID: id, At: now})
		}
	}
	slices.SortFunc(rows, func(a, b *leadTag) int { return cmp.Or(cmp.Compare(a.TagID, b.TagID), cmp.Compare(a.LeadID, b.LeadID)) })
	rows = slices.CompactFunc(rows, func(a, b *leadTag) bool { return a.TagID == b.TagID && a.LeadID == b.LeadID })
	_, err = db.InsertMany(ctx, tx, rows, "ON CONFLICT DO NOTHING")
	return err
}

package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// channelEmail is the channel that a list's consent is about.
const channelEmail = "email"

// consentFor is the state of consent that a row leads to, "" for none. A person who left
// a list has left it, whatever is stated about the file; one of whom the list says that
// they were asked and have not answered has said nothing.
func (p *Plan) consentFor(who *person) string {
	switch {
	case who.Email == "":
		return ""
	case who.standing == Unsubscribed || who.standing == Bounced:
		return leads.ConsentWithdrawn
	case who.standing == Subscribed && p.Consent.Choice == ConsentGiven:
		return leads.ConsentGranted
	}
	return ""
}

// standings is where the known people of a list stand with its channel, by their lead.
func (s *Service) standings(ctx context.Context, idb bun.IDB, known []int64) (map[int64]leads.ConsentState, error) {
	return s.leads.Standing(ctx, idb, leads.PurposeMarketing, channelEmail, known)
}

// weigh says what becomes of a consent that a row leads to, of a person who stands so: it
// is written down, or what stands is kept against the list, or neither. Nobody who has
// withdrawn here is subscribed again; nobody who agrees already agrees twice. Who was asked
// here and has not answered stands nowhere yet.
func weigh(state, stands string, skipped bool) (act, kept bool) {
	left := stands == leads.ConsentWithdrawn || stands == leads.ConsentDenied
	switch state {
	case leads.ConsentGranted:
		switch {
		case skipped, stands == leads.ConsentGranted:
			return false, false
		case left:
			return false, true
		}
		return true, false
	case leads.ConsentWithdrawn:
		return !left, left
	}
	return false, false
}

// writeConsents writes down who agreed and who left.
func (s *Service) writeConsents(ctx context.Context, tx db.Tx, im *Import, done []outcome) error {
	var known []int64
	for _, o := range done {
		if !o.Created && im.Plan.consentFor(o.person) != "" {
			known = append(known, o.Lead.ID)
		}
	}
	stands, err := s.standings(ctx, tx, known)
	if err != nil {
		return err
	}
	var acts []*leads.Consent
	var unsubscribed, bounced []string
	for _, o := range done {
		state := im.Plan.consentFor(o.person)
		switch {
		case state != leads.ConsentWithdrawn:
		case o.standing == Bounced:
			bounced = append(bounced, o.Email)
		default:
			unsubscribed = append(unsubscribed, o.Email)
		}
		before := stands[o.Lead.ID]
		write, kept := weigh(state, before.State, o.Skipped)
		if im.Tally.weigh(state, write, kept); !write {
			continue
		}
		act := s.act(im, o, state, before)
		stands[o.Lead.ID] = leads.ConsentState{State: state, At: act.At} // for whoever stands in the block twice
		acts = append(acts, act)
	}
	if s.suppressor != nil {
		if err := s.suppressor.SuppressImported(ctx, tx, unsubscribed, bounced); err != nil {
			return fmt.Errorf("import %d: suppress: %w", im.ID, err)
		}
	}
	return s.leads.RecordConsentsQuietly(ctx, tx, acts)
}

// weigh counts what became of a row's consent.
func (t *Tally) weigh(state string, write, kept bool) {
	switch {
	case kept:
		t.Kept++
	case write && state == leads.ConsentGranted:
		t.Consents++
	case write:
		t.Withdrawn++
	}
}

// act is the consent of one person, with the words and the day that the plan or the row
// names. Who left did so when the row says, or else now; and now as well when they have
// agreed here since, for it must outweigh that.
func (s *Service) act(im *Import, o outcome, state string, before leads.ConsentState) *leads.Consent {
	now := s.clock.Now()
	act := &leads.Consent{
		LeadID: o.Lead.ID, Purpose: leads.PurposeMarketing, Channel: channelEmail, State: state, Basis: leads.BasisConsent,
		Source: sourceOf(im.ID), ByWhom: im.ByWhom, At: now,
	}
	if state == leads.ConsentWithdrawn {
		agreedSince := before.State == leads.ConsentGranted && before.At.After(o.left)
		if !o.left.IsZero() && o.left.Before(now) && !agreedSince {
			act.At = o.left
		}
		return act
	}
	act.Basis = im.Plan.Consent.Basis
	act.Words, act.Language, act.Page = im.Plan.Consent.Words, im.Plan.Consent.Language, im.Plan.Consent.Source
	if day, err := time.ParseInLocation(time.DateOnly, im.Plan.Consent.Date, s.leads.Zone()); err == nil && day.Before(now) {
		act.At = day
	}
	if !o.agreed.IsZero() && o.agreed.Before(now) {
		act.At = o.agreed
	}
	return act
}

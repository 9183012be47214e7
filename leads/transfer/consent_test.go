package transfer

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// stands makes a lead that stands so with our e-mail since a time.
func (h house) stands(email, state string, since time.Time) *leads.Lead {
	h.t.Helper()
	var l *leads.Lead
	if err := h.db.InTx(h.t.Context(), func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email}})
		if err != nil {
			return err
		}
		l = found[0]
		return h.leads.RecordConsents(ctx, tx, &leads.Consent{LeadID: l.ID, Purpose: leads.PurposeMarketing, Channel: channelEmail, State: state, Source: "form:x", At: since})
	}); err != nil {
		h.t.Fatal(err)
	}
	return l
}

// now is where a lead stands with our e-mail, and since when.
func (h house) now(l *leads.Lead) (string, time.Time) {
	h.t.Helper()
	all, err := h.leads.Standing(h.t.Context(), h.db.Read(), leads.PurposeMarketing, channelEmail, []int64{l.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return all[l.ID].State, all[l.ID].At
}

func TestWhoWasAskedAndHasNotAnsweredStandsNowhereYet(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		since := start.Add(-48 * time.Hour)
		agrees, leaves := h.stands("agrees@example.com", leads.ConsentPending, since), h.stands("leaves@example.com", leads.ConsentPending, since)
		denies := h.stands("denies@example.com", leads.ConsentDenied, since)
		im := h.rehearse(h.bring("a.csv", "email,status\nagrees@example.com,subscribed\nleaves@example.com,unsubscribed\ndenies@example.com,subscribed\nnew@example.com,pending\n", Plan{}),
			func(p *Plan) { p.Consent = given })
		want := Tally{New: 1, Updated: 3, Consents: 1, Withdrawn: 1, Kept: 1}
		if diff := cmp.Diff(want, im.Tally); diff != "" {
			t.Errorf("dry run: %s", diff)
		}
		if im = h.finish(im); cmp.Diff(want, im.Tally) != "" {
			t.Errorf("import: %s", cmp.Diff(want, im.Tally))
		}
		for l, want := range map[*leads.Lead]string{
			agrees: leads.ConsentGranted, leaves: leads.ConsentWithdrawn, denies: leads.ConsentDenied, h.lead("new@example.com"): "",
		} {
			if state, _ := h.now(l); state != want {
				t.Errorf("%s stands at %q, want %q", l.Email, state, want)
			}
		}
	})
}

func TestAnOptOutHasTheDayOfTheFile(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		h.leads.SetZone(time.FixedZone("Tehran", 3*3600+1800))
		before, since := h.stands("before@example.com", leads.ConsentGranted, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)), h.stands("since@example.com", leads.ConsentGranted, start.Add(-time.Hour))
		h.finish(h.rehearse(h.bring("a.csv", "email,left\nnew@example.com,2026-03-04\nbefore@example.com,2026-03-04 10:00:00\nsince@example.com,2026-03-04\nfuture@example.com,2030-01-01\n", Plan{}),
			func(p *Plan) { p.Columns[1].To = ToLeftAt }))
		for l, want := range map[*leads.Lead]time.Time{
			h.lead("new@example.com"):    time.Date(2026, 3, 3, 20, 30, 0, 0, time.UTC), // the day begins in Tehran
			before:                       time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC),
			since:                        start, // it outweighs what was given here after that day
			h.lead("future@example.com"): start,
		} {
			if state, at := h.now(l); state != leads.ConsentWithdrawn || !at.Equal(want) {
				t.Errorf("%s: %s since %v, want %v", l.Email, state, at, want)
			}
		}
	})
}

func TestAConsentOfADayBeginsWithTheDayWhereWeAre(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		tehran := time.FixedZone("Tehran", 3*3600+1800)
		h.leads.SetZone(tehran)
		h.finish(h.rehearse(h.bring("a.csv", "email,agreed\nfile@example.com,۱۴۰۴/۰۸/۳۰\nplan@example.com,\n", Plan{}), func(p *Plan) {
			p.Columns[1].To, p.Consent = ToConsentAt, given
		}))
		for email, want := range map[string]time.Time{
			"file@example.com": time.Date(2025, 11, 21, 0, 0, 0, 0, tehran), "plan@example.com": time.Date(2024, 1, 2, 0, 0, 0, 0, tehran),
		} {
			if state, at := h.now(h.lead(email)); state != leads.ConsentGranted || !at.Equal(want) {
				t.Errorf("%s: %s since %v, want %v", email, state, at.In(tehran), want)
			}
		}
	})
}

func TestTheDryRunCountsAPersonsConsentOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		h.stands("agrees@example.com", leads.ConsentGranted, start.Add(-time.Hour))
		im := h.rehearse(h.bring("a.csv", "email\nsara@example.com\nSARA@example.com\nagrees@example.com\n", Plan{}), func(p *Plan) { p.Consent = given })
		want := Tally{New: 1, Updated: 1, Repeats: 1, Consents: 1}
		if diff := cmp.Diff(want, im.Tally); diff != "" {
			t.Errorf("dry run: %s", diff)
		}
		if im = h.finish(im); cmp.Diff(want, im.Tally) != "" {
			t.Errorf("import: %s", cmp.Diff(want, im.Tally))
		}
	})
}

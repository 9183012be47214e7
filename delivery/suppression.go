package delivery

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// Suppression keeps an address from being written to. It holds a fingerprint and
// not the address, and it outlives the lead.
type Suppression struct {
	bun.BaseModel `bun:"table:suppressions,alias:suppression"`

	ID        int64 `bun:",pk,autoincrement"`
	EmailHash string
	Reason    string // ReasonUnsubscribed, ReasonErased or ReasonManual
	At        time.Time
}

// theirs says whether the person can lift the entry, by asking for our mail again.
func (e *Suppression) theirs() bool {
	return e.Reason == ReasonUnsubscribed || e.Reason == ReasonErased
}

// Suppress puts addresses on the list within tx and returns the new entries; an
// address that stands there for the same reason is left as it is.
func (s *Service) Suppress(ctx context.Context, tx db.Tx, reason string, emails ...string) ([]*Suppression, error) {
	if len(emails) == 0 {
		return nil, nil
	}
	rows := make([]*Suppression, len(emails))
	for i, email := range emails {
		rows[i] = &Suppression{EmailHash: s.fingerprint(email), Reason: reason, At: s.clock.Now()}
	}
	var made []*Suppression
	if err := tx.NewInsert().Model(&rows).ExcludeColumn("id").
		On("CONFLICT (email_hash, reason) DO NOTHING").Returning("*").Scan(ctx, &made); err != nil {
		return nil, fmt.Errorf("suppressions: add: %w", err)
	}
	return made, nil
}

// unsuppress takes an address off the list for one reason, and returns the entries
// that were removed; those for other reasons stay.
func (s *Service) unsuppress(ctx context.Context, tx db.Tx, reason, email string) ([]*Suppression, error) {
	var removed []*Suppression
	if err := tx.NewDelete().Model((*Suppression)(nil)).Where("email_hash = ?", s.fingerprint(email)).
		Where("reason = ?", reason).Returning("*").Scan(ctx, &removed); err != nil {
		return nil, fmt.Errorf("suppressions: remove: %w", err)
	}
	return removed, nil
}

// suppressed returns the entries for these addresses, by fingerprint.
func (s *Service) suppressed(ctx context.Context, idb bun.IDB, hashes []string) (map[string][]*Suppression, error) {
	out := map[string][]*Suppression{}
	if len(hashes) == 0 {
		return out, nil
	}
	var rows []*Suppression
	if err := idb.NewSelect().Model(&rows).Where("email_hash IN (?)", bun.List(hashes)).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("suppressions: look up: %w", err)
	}
	for _, r := range rows {
		out[r.EmailHash] = append(out[r.EmailHash], r)
	}
	return out, nil
}

// standing returns the reason that keeps a lead with marketing consent from being
// written to, or "". Unsubscribing holds until the person asks again in one of our
// forms, and so does having been erased: a consent that an import brought along does not
// lift it.
func (s *Service) standing(ctx context.Context, leadID int64, entries []*Suppression) (string, error) {
	for _, e := range entries {
		if !e.theirs() {
			return e.Reason, nil
		}
		consents, err := s.leads.Consents(ctx, leadID)
		if err != nil {
			return "", err
		}
		if !askedAgain(consents, e.At) {
			return e.Reason, nil
		}
	}
	return "", nil
}

// askedAgain looks at consents, the newest first.
func askedAgain(consents []*leads.Consent, after time.Time) bool {
	for _, c := range consents {
		if c.Channel == ChannelEmail && c.Purpose == "marketing" {
			return c.State == leads.ConsentGranted && !c.At.Before(after) && strings.HasPrefix(c.Source, "form:")
		}
	}
	return false
}

func (s *Service) fingerprint(email string) string {
	return s.signer.Hash("delivery.suppression", leads.NormEmail(email))
}

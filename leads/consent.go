package leads

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// A consent's states.
const (
	ConsentPending   = "pending"   // asked for, and waiting to be confirmed: allows nothing yet
	ConsentGranted   = "granted"   // given, or rightly claimed on another basis than consent
	ConsentDenied    = "denied"    // asked for and refused
	ConsentWithdrawn = "withdrawn" // given once, and taken back
)

// ConsentStates are all of them, in the order of a choice on a page.
var ConsentStates = []string{ConsentGranted, ConsentPending, ConsentDenied, ConsentWithdrawn}

// BasisConsent is the lawful basis of whoever said yes.
const BasisConsent = "consent"

// Bases are the lawful bases of Article 6 of the GDPR, which other laws share.
var Bases = []string{BasisConsent, "contract", "legitimate_interest", "legal_obligation", "vital_interests", "public_task"}

// PurposeMarketing is the purpose that nobody need declare.
const PurposeMarketing = "marketing"

// Consent is one act of agreeing, refusing or withdrawing, with the words that were
// shown. Rows are only added; of a lead, purpose and channel the newest answer holds, and
// a pending act as long as nothing was answered: see ConsentState.
type Consent struct {
	bun.BaseModel `bun:"table:consents,alias:consent"`

	ID          int64     `bun:",pk,autoincrement" json:"id"`
	LeadID      int64     `json:"lead_id"`
	Purpose     string    `json:"purpose"` // "marketing"
	Channel     string    `json:"channel"` // one of Channels
	State       string    `json:"state"`
	Basis       string    `json:"basis"`    // one of Bases
	Words       string    `json:"words"`    // exactly as shown
	Version     string    `json:"version"`  // of the words: their number, or else their fingerprint
	Language    string    `json:"language"` // in which they were shown
	Source      string    `json:"source"`   // "form:guide", "unsubscribe", "staff"
	How         string    `json:"how"`      // one of Ways, or empty when the source says it
	Page        string    `json:"page"`
	IP          string    `json:"ip"`
	UserAgent   string    `json:"user_agent"`
	ByWhom      string    `json:"by_whom"`                               // who of the staff wrote it down
	At          time.Time `json:"at"`                                    // when it was said
	ConfirmedAt time.Time `bun:",nullzero" json:"confirmed_at,omitzero"` // when the link in a mail confirmed it
}

// Ways are how somebody can give or withdraw consent outside our own pages.
var Ways = []string{"phone", "paper", "in_person", "email", "chat", "elsewhere"}

var purposePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// consentLength bounds the words of a consent, in characters.
const consentLength = 4000

// Check says what of a consent cannot be taken, field by field.
func (c *Consent) Check() error {
	bad := errs.Fields{}
	oneOf := func(field, value string, words []string) {
		if !slices.Contains(words, value) {
			bad[field] = "errors.choice"
		}
	}
	if !purposePattern.MatchString(c.Purpose) {
		bad["purpose"] = "errors.privacy.purpose"
	}
	oneOf("channel", c.Channel, Channels)
	oneOf("state", c.State, ConsentStates)
	oneOf("basis", c.Basis, Bases)
	if c.How != "" {
		oneOf("how", c.How, Ways)
	}
	if _, err := netip.ParseAddr(c.IP); c.IP != "" && err != nil {
		bad["ip"] = "errors.privacy.ip"
	}
	for field, text := range map[string]string{"words": c.Words, "page": c.Page, "version": c.Version, "language": c.Language} {
		if utf8.RuneCountInString(text) > consentLength {
			bad[field] = fmt.Sprintf("errors.max=%d", consentLength)
		} else if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			bad[field] = "errors.characters"
		}
	}
	return bad.OrNil()
}

// fill puts in what follows from the rest.
func (c *Consent) fill(now time.Time) {
	if c.Basis == "" {
		c.Basis = BasisConsent
	}
	if c.At.IsZero() {
		c.At = now
	}
	c.At = c.At.Truncate(time.Microsecond) // as exact as the databases keep it
	if c.Version == "" && c.Words != "" {
		sum := sha256.Sum256([]byte(c.Words))
		c.Version = hex.EncodeToString(sum[:8])
	}
}

// told says whether something else on the timeline says already what this act says: the
// form's submission, the unsubscribing, the import.
func (c *Consent) told() bool {
	kind, _, _ := strings.Cut(c.Source, ":")
	return slices.Contains([]string{"form", "unsubscribe", "resubscribe", "import"}, kind)
}

// RecordConsents adds consents within tx, and brings along where the leads stand now.
// Each leaves an event on the timeline unless its source does so itself.
func (s *Service) RecordConsents(ctx context.Context, tx db.Tx, consents ...*Consent) error {
	if len(consents) == 0 {
		return nil
	}
	now := s.clock.Now()
	for _, c := range consents {
		c.fill(now)
	}
	number := "NULL" // of many nobody asks for them
	if len(consents) == 1 {
		number = "id"
	}
	if _, err := tx.NewInsert().Model(&consents).ExcludeColumn("id").Returning(number).Exec(ctx); err != nil {
		return fmt.Errorf("consents: record: %w", err)
	}
	if err := keepConsentStates(ctx, tx, consents); err != nil {
		return err
	}
	var events []*Event
	for _, c := range consents {
		if !c.told() {
			events = append(events, c.event())
		}
	}
	return s.Record(ctx, tx, events...)
}

// event is the line of the timeline about an act.
func (c *Consent) event() *Event {
	e := &Event{LeadID: c.LeadID, Name: EventConsentGiven, Source: c.Source, OccurredAt: c.At, Properties: map[string]any{
		"purpose": c.Purpose, "channel": c.Channel, "state": c.State, "basis": c.Basis,
	}}
	switch c.State {
	case ConsentPending:
		e.Name = EventConsentAsked
	case ConsentDenied, ConsentWithdrawn:
		e.Name = EventConsentWithdrawn
	}
	return e
}

// EventConsentAsked is on the timeline when a consent waits for its confirmation.
const EventConsentAsked = "Consent Asked"

// ConfirmConsent turns the pending consent of a lead, purpose and channel into a granted
// one within tx: a new row with the same words and the time of confirming. act says how it
// was confirmed: Source, Page, IP and UserAgent. Where nothing is pending it is a Conflict.
func (s *Service) ConfirmConsent(ctx context.Context, tx db.Tx, leadID int64, purpose, channel string, act Consent) (*Consent, error) {
	var rows []*Consent
	if err := tx.NewSelect().Model(&rows).Where("lead_id = ?", leadID).Where("purpose = ?", purpose).Where("channel = ?", channel).
		Order("at DESC", "id DESC").Limit(1).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: consents: %w", leadID, err)
	}
	if len(rows) == 0 || rows[0].State != ConsentPending {
		return nil, fmt.Errorf("lead %d: no consent for %s by %s waits to be confirmed: %w", leadID, purpose, channel, errs.Conflict)
	}
	c := *rows[0]
	c.ID, c.State, c.At = 0, ConsentGranted, s.clock.Now()
	c.ConfirmedAt, c.Source, c.Page, c.IP, c.UserAgent = c.At, act.Source, act.Page, act.IP, act.UserAgent
	return &c, s.RecordConsents(ctx, tx, &c)
}

// MayContact says which of these leads agree, as of now, to hear from us about
// marketing over a channel.
func (s *Service) MayContact(ctx context.Context, idb bun.IDB, channel string, leadIDs []int64) (map[int64]bool, error) {
	return s.MayProcess(ctx, idb, PurposeMarketing, channel, leadIDs)
}

// EverGranted says whether a lead has at any time agreed to marketing over a channel.
func (s *Service) EverGranted(ctx context.Context, idb bun.IDB, channel string, leadID int64) (bool, error) {
	ever, err := idb.NewSelect().Model((*Consent)(nil)).Where("lead_id = ?", leadID).Where("channel = ?", channel).
		Where("purpose = ?", PurposeMarketing).Where("state = ?", ConsentGranted).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("lead %d: consents: %w", leadID, err)
	}
	return ever, nil
}

// Consents returns what a lead agreed to and withdrew, the newest hundred, the newest
// first.
func (s *Service) Consents(ctx context.Context, leadID int64) ([]*Consent, error) {
	rows, _, err := s.consentsBefore(ctx, s.db.Read(), leadID, 0, 100)
	return rows, err
}

// consentsBefore pages through a lead's acts, the newest first, back from the one with
// the id before.
func (s *Service) consentsBefore(ctx context.Context, idb bun.IDB, leadID, before int64, limit int) (rows []*Consent, more bool, err error) {
	q := idb.NewSelect().Model(&rows).Where("lead_id = ?", leadID).Order("id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("lead %d: consents: %w", leadID, err)
	}
	if len(rows) > limit {
		return rows[:limit], true, nil
	}
	return rows, false, nil
}

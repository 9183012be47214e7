package leads

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// A consent's states.
const (
	ConsentGranted   = "granted"
	ConsentWithdrawn = "withdrawn"
)

// Consent is one act of agreeing or withdrawing, with the words that were shown.
// Rows are only added; the newest of a purpose and channel holds.
type Consent struct {
	bun.BaseModel `bun:"table:consents,alias:consent"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	LeadID    int64     `json:"lead_id"`
	Purpose   string    `json:"purpose"` // "marketing"
	Channel   string    `json:"channel"` // "email"
	State     string    `json:"state"`
	Words     string    `json:"words"` // exactly as shown
	Language  string    `json:"language"`
	Source    string    `json:"source"` // "form:guide", "unsubscribe"
	Page      string    `json:"page"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
	At        time.Time `json:"at"`
}

// RecordConsents adds consents within tx.
func (s *Service) RecordConsents(ctx context.Context, tx db.Tx, consents ...*Consent) error {
	if len(consents) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&consents).ExcludeColumn("id").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("consents: record: %w", err)
	}
	return nil
}

// MayContact says which of these leads agree, as of now, to hear from us about
// marketing over a channel.
func (s *Service) MayContact(ctx context.Context, idb bun.IDB, channel string, leadIDs []int64) (map[int64]bool, error) {
	out := make(map[int64]bool, len(leadIDs))
	if len(leadIDs) == 0 {
		return out, nil
	}
	var rows []*Consent
	if err := idb.NewSelect().Model(&rows).Column("lead_id", "state").
		Where("lead_id IN (?)", bun.List(leadIDs)).Where("channel = ?", channel).
		Where("purpose = 'marketing'").Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("consents: read: %w", err)
	}
	for _, c := range rows { // in order: the newest has the last word
		out[c.LeadID] = c.State == ConsentGranted
	}
	return out, nil
}

// EverGranted says whether a lead has at any time agreed to marketing over a channel.
func (s *Service) EverGranted(ctx context.Context, idb bun.IDB, channel string, leadID int64) (bool, error) {
	ever, err := idb.NewSelect().Model((*Consent)(nil)).Where("lead_id = ?", leadID).Where("channel = ?", channel).
		Where("purpose = 'marketing'").Where("state = ?", ConsentGranted).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("lead %d: consents: %w", leadID, err)
	}
	return ever, nil
}

// Consents returns what a lead agreed to and withdrew, the newest first.
func (s *Service) Consents(ctx context.Context, leadID int64) ([]*Consent, error) {
	var rows []*Consent
	if err := s.db.Read().NewSelect().Model(&rows).Where("lead_id = ?", leadID).
		Order("id DESC").Limit(100).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: consents: %w", leadID, err)
	}
	return rows, nil
}

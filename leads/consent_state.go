package leads

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// ConsentState is where a lead stands with one purpose and channel.
type ConsentState struct {
	bun.BaseModel `bun:"table:consent_states,alias:consent_state"`

	LeadID  int64     `json:"-"`
	Purpose string    `json:"purpose"`
	Channel string    `json:"channel"`
	State   string    `json:"state"`
	At      time.Time `json:"at"` // since when
}

// granted selects who agrees to a purpose by any channel ("marketing"), or by one
// ("marketing/email"): the set that conditions ask for by conditions.SetConsent.
func granted(name string) (query string, args []any) {
	query = "SELECT cs.lead_id FROM consent_states AS cs WHERE cs.state = 'granted' AND cs.purpose = ?"
	purpose, channel, one := strings.Cut(name, "/")
	if one {
		return query + " AND cs.channel = ?", []any{purpose, channel}
	}
	return query, []any{purpose}
}

// supersedes says whether an act takes the place of what stood before it, whichever of
// the two was recorded first: an answer takes the place of a question, and of two answers,
// or two questions, the newer one holds. Who said no and is asked again has still said no.
// takesPlace is the same rule for the database.
func (c ConsentState) supersedes(before ConsentState) bool {
	asked, wasAsked := c.State == ConsentPending, before.State == ConsentPending
	if asked != wasAsked {
		return wasAsked
	}
	return !c.At.Before(before.At)
}

type consentKey struct {
	lead             int64
	purpose, channel string
}

// foldConsents is where leads stand after these acts, in the order of their recording.
func foldConsents(consents []*Consent) []*ConsentState {
	now := make(map[consentKey]*ConsentState, len(consents))
	for _, c := range consents {
		key := consentKey{c.LeadID, c.Purpose, c.Channel}
		next := &ConsentState{LeadID: c.LeadID, Purpose: c.Purpose, Channel: c.Channel, State: c.State, At: c.At}
		if before := now[key]; before == nil || next.supersedes(*before) {
			now[key] = next
		}
	}
	rows := make([]*ConsentState, 0, len(now))
	for _, row := range now {
		rows = append(rows, row)
	}
	// In one order, so that two batches wait for each other instead of for ever.
	slices.SortFunc(rows, func(a, b *ConsentState) int {
		return cmp.Or(cmp.Compare(a.LeadID, b.LeadID), cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Channel, b.Channel))
	})
	return rows
}

// takesPlace is ConsentState.supersedes.
const takesPlace = "ON CONFLICT (lead_id, purpose, channel) DO UPDATE SET state = EXCLUDED.state, at = EXCLUDED.at" +
	" WHERE CASE WHEN (EXCLUDED.state = 'pending') = (consent_states.state = 'pending') THEN EXCLUDED.at >= consent_states.at" +
	" ELSE consent_states.state = 'pending' END"

// keepConsentStates brings along, within tx, where the leads of new acts stand.
func keepConsentStates(ctx context.Context, tx db.Tx, consents []*Consent) error {
	if _, err := db.InsertMany(ctx, tx, foldConsents(consents), takesPlace); err != nil {
		return fmt.Errorf("consents: states: %w", err)
	}
	return nil
}

// recountConsents works out anew, within tx, where leads stand.
func (s *Service) recountConsents(ctx context.Context, tx db.Tx, leadIDs []int64) error {
	if _, err := tx.NewDelete().Model((*ConsentState)(nil)).Where("lead_id IN (?)", bun.List(leadIDs)).Exec(ctx); err != nil {
		return fmt.Errorf("consents: states: %w", err)
	}
	var rows []*Consent
	if err := tx.NewSelect().Model(&rows).Column("lead_id", "purpose", "channel", "state", "at").
		Where("lead_id IN (?)", bun.List(leadIDs)).Order("at", "id").Scan(ctx); err != nil {
		return fmt.Errorf("consents: read: %w", err)
	}
	return keepConsentStates(ctx, tx, rows)
}

// MayProcess says which of these leads agree, as of now, to a purpose over a channel.
func (s *Service) MayProcess(ctx context.Context, idb bun.IDB, purpose, channel string, leadIDs []int64) (map[int64]bool, error) {
	out := make(map[int64]bool, len(leadIDs))
	if len(leadIDs) == 0 {
		return out, nil
	}
	var rows []*ConsentState
	if err := idb.NewSelect().Model(&rows).Column("lead_id", "state").
		Where("lead_id IN (?)", bun.List(leadIDs)).Where("purpose = ?", purpose).Where("channel = ?", channel).Scan(ctx); err != nil {
		return nil, fmt.Errorf("consents: read: %w", err)
	}
	for _, c := range rows {
		out[c.LeadID] = c.State == ConsentGranted
	}
	return out, nil
}

// ConsentStates returns where a lead stands now with every purpose and channel that was
// ever spoken of.
func (s *Service) ConsentStates(ctx context.Context, idb bun.IDB, leadID int64) ([]*ConsentState, error) {
	var rows []*ConsentState
	if err := idb.NewSelect().Model(&rows).Where("lead_id = ?", leadID).Order("purpose", "channel").Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: consents: %w", leadID, err)
	}
	return rows, nil
}

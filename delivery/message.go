package delivery

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// State is how far a message has come.
type State string

// The states of a message.
const (
	StateDue        State = "due"        // waits for its time, or for the mail server
	StateSending    State = "sending"    // claimed; a crash leaves it here
	StateSent       State = "sent"       // the mail server has taken it
	StateFailed     State = "failed"     // will never go out; Reason and Error say why
	StateSuppressed State = "suppressed" // held back on purpose; Reason says why
	StateUnsure     State = "unsure"     // may have gone out; held for somebody to look at
)

// Why a message failed or was held back.
const (
	ReasonNoConsent    = "no_consent"   // the lead has not agreed, or no longer does
	ReasonUnsubscribed = "unsubscribed" // the address asked for no more mail
	ReasonManual       = "manual"       // somebody put the address on the list
	ReasonErased       = "erased"       // the person was erased
	ReasonNoAddress    = "no_address"   // the lead has none, or it is not one
	ReasonNoLead       = "no_lead"      // the lead is gone
	ReasonTemplate     = "template"     // the e-mail could not be written
	ReasonRefused      = "refused"      // the mail server refused it for good
	ReasonExpired      = "expired"      // the mail server put it off for days
	ReasonLostAnswer   = "lost_answer"  // the connection broke before the server's answer
	ReasonInterrupted  = "interrupted"  // the program ended while it was being sent
)

// What a message is for. That decides whose agreement it needs.
const (
	// PurposeMarketing goes only to those who agreed to marketing.
	PurposeMarketing = "marketing"
	// PurposeRequested is what the person has just asked for: the asking is the
	// agreement, to this one e-mail. It goes out without consent to marketing and after
	// unsubscribing from it, but never to an address that somebody here put on the list.
	PurposeRequested = "requested"
)

// ChannelEmail is the one channel so far.
const ChannelEmail = "email"

// Message is one e-mail to one lead.
type Message struct {
	bun.BaseModel `bun:"table:messages,alias:message"`

	ID         int64  `bun:",pk,autoincrement" json:"id"`
	EffectKey  string `json:"effect_key"` // why it exists: the same key twice is the same message
	LeadID     int64  `json:"lead_id"`
	Channel    string `json:"channel"`
	ContentKey string `json:"content_key"` // which e-mail
	Purpose    string `json:"purpose"`     // PurposeMarketing when it was queued without
	Journey    string `json:"journey"`     // the journey that sends it, if one does
	Version    int    `json:"version"`     // the journey's version
	Step       string `json:"step"`        // the step of the journey
	// Context is what else the e-mail's content needs: an offer's code, say.
	Context map[string]any `bun:"type:jsonb" json:"context"`
	// Experiment and Variant are the version that it goes out in, fixed with the first try;
	// empty where the e-mail has no versions or the reader takes no part.
	Experiment string `json:"experiment"`
	Variant    string `json:"variant"`
	// Regime is the one by whose weights the Variant was drawn. It is counted in the try that
	// has drawn it, and nobody needs it later.
	Regime int `bun:"-" json:"-"`

	HeaderID  string `json:"header_id"` // the Message-ID, fixed before the first try
	Recipient string `json:"recipient"` // the address when it was last tried
	Subject   string `json:"subject"`   // as it was last written
	State     State  `json:"state"`
	Reason    string `json:"reason"`
	Error     string `json:"error"` // what the mail server or the template said last
	Tries     int    `json:"tries"`

	CreatedAt time.Time `json:"created_at"`
	DueAt     time.Time `json:"due_at"`
	SentAt    time.Time `bun:",nullzero" json:"sent_at"`
	// UnsureAt is when a try ended without an answer. A message that was sent
	// again after that has both times.
	UnsureAt       time.Time `bun:",nullzero" json:"unsure_at"`
	OpenedAt       time.Time `bun:",nullzero" json:"opened_at"`       // first
	ClickedAt      time.Time `bun:",nullzero" json:"clicked_at"`      // first
	UnsubscribedAt time.Time `bun:",nullzero" json:"unsubscribed_at"` // first
}

// jobSend hands a message to the mail server.
const jobSend = "delivery.send"

// atOnce is how many rows one statement takes.
const atOnce = 500

// Queue writes messages within tx, to be sent from their DueAt on (at once when it
// is zero). One whose EffectKey is known changes nothing; its ID stays 0. Each needs
// EffectKey, LeadID and ContentKey.
func (s *Service) Queue(ctx context.Context, tx db.Tx, messages []*Message) error {
	now := s.clock.Now()
	byKey := make(map[string]*Message, len(messages))
	unique := make([]*Message, 0, len(messages))
	for _, m := range messages {
		if m.EffectKey == "" || m.LeadID == 0 || m.ContentKey == "" {
			return fmt.Errorf("messages: queue %q: effect key, lead and content are all needed", m.EffectKey)
		}
		switch m.Purpose {
		case "":
			m.Purpose = PurposeMarketing
		case PurposeMarketing, PurposeRequested:
		default:
			return fmt.Errorf("messages: queue %q: the purpose is marketing or requested, not %q", m.EffectKey, m.Purpose)
		}
		if byKey[m.EffectKey] != nil {
			continue
		}
		byKey[m.EffectKey] = m
		unique = append(unique, m)
		m.Channel, m.State, m.CreatedAt = ChannelEmail, StateDue, now
		if m.DueAt.IsZero() {
			m.DueAt = now
		}
		if m.Context == nil {
			m.Context = map[string]any{}
		}
		m.HeaderID = strings.ToLower(rand.Text()) + "@" + s.domain
	}
	type key struct {
		ID        int64
		EffectKey string
	}
	for part := range slices.Chunk(unique, atOnce) {
		var made []key
		if err := tx.NewInsert().Model(&part).ExcludeColumn("id").
			On("CONFLICT (effect_key) DO NOTHING").Returning("id, effect_key").Scan(ctx, &made); err != nil {
			return fmt.Errorf("messages: queue: %w", err)
		}
		jobs := make([]workers.Job, 0, len(made))
		for _, k := range made {
			m := byKey[k.EffectKey]
			m.ID = k.ID
			jobs = append(jobs, workers.Job{Kind: jobSend, Ref: m.ID, DueAt: m.DueAt})
		}
		if err := s.queue.Enqueue(ctx, tx, jobs...); err != nil {
			return err
		}
	}
	return nil
}

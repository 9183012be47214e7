package webhooks

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/leads"
)

// Message is what is sent about one event, to all who want it: the same bytes and the
// same id at every try, so that a receiver can tell a repetition.
type Message struct {
	bun.BaseModel `bun:"table:webhook_messages,alias:message"`

	ID        int64     `bun:",pk,autoincrement" json:"-"`
	MessageID string    `json:"webhook_id"`        // goes out as webhook-id
	EventID   int64     `bun:",nullzero" json:"-"` // 0 for a test
	LeadID    int64     `bun:",nullzero" json:"-"` // 0 for a test
	Event     string    `json:"event"`             // the event's name
	Type      string    `json:"type"`              // see TypeOf
	Body      string    `json:"-"`                 // JSON
	CreatedAt time.Time `json:"created_at"`
}

// payload is the body of a message, as the specification recommends it.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      data      `json:"data"`
}

type data struct {
	Event eventData `json:"event"`
	Lead  leadData  `json:"lead"`
}

type eventData struct {
	ID         int64          `json:"id"`
	MessageID  string         `json:"message_id"`
	Name       string         `json:"name"`
	Source     string         `json:"source"`
	OccurredAt time.Time      `json:"occurred_at"`
	Properties map[string]any `json:"properties"`
}

// leadData is a person as other programs are told of them.
type leadData struct {
	ID         int64          `json:"id"`
	ExternalID string         `json:"external_id"`
	Email      string         `json:"email"`
	Phone      string         `json:"phone"` // E.164 where it is a number, else as typed
	FirstName  string         `json:"first_name"`
	LastName   string         `json:"last_name"`
	Language   string         `json:"language"`
	TimeZone   string         `json:"time_zone"`
	Country    string         `json:"country"`
	Stage      string         `json:"stage"`
	Relation   string         `json:"relation"`
	Attributes map[string]any `json:"attributes"`
}

// messageOf is what is sent about something that a lead did.
func messageOf(e *leads.Event, l *leads.Lead, now time.Time) (*Message, error) {
	phone := l.PhoneNorm
	if phone == "" {
		phone = l.Phone
	}
	p := payload{Type: TypeOf(e.Name), Timestamp: e.OccurredAt.UTC(), Data: data{
		Event: eventData{
			ID: e.ID, MessageID: e.MessageID, Name: e.Name, Source: e.Source,
			OccurredAt: e.OccurredAt.UTC(), Properties: e.Properties,
		},
		Lead: leadData{
			ID: l.ID, ExternalID: l.ExternalID, Email: l.Email, Phone: phone,
			FirstName: l.FirstName, LastName: l.LastName, Language: l.Language, TimeZone: l.TimeZone,
			Country: l.Country, Stage: l.Stage, Relation: l.Relation, Attributes: l.Attributes,
		},
	}}
	m, err := p.message(now)
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", e.ID, err)
	}
	m.EventID, m.LeadID = e.ID, l.ID
	return m, nil
}

// testName is the event of the messages that a person sends to try an endpoint out.
const testName = "Webhook Tested"

// testMessage is about somebody who does not exist.
func testMessage(now time.Time) (*Message, error) {
	return payload{Type: TypeOf(testName), Timestamp: now, Data: data{
		Event: eventData{Name: testName, Source: "webhooks", OccurredAt: now, Properties: map[string]any{"test": true}},
		Lead:  leadData{Email: "sara@example.com", FirstName: "Sara", LastName: "Ahmadi", Language: "fa", Country: "IR"},
	}}.message(now)
}

func (p payload) message(now time.Time) (*Message, error) {
	if p.Data.Event.Properties == nil {
		p.Data.Event.Properties = map[string]any{}
	}
	if p.Data.Lead.Attributes == nil {
		p.Data.Lead.Attributes = map[string]any{}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		return nil, fmt.Errorf("webhooks: write the message: %w", err)
	}
	return &Message{
		MessageID: "msg_" + rand.Text(), Event: p.Data.Event.Name, Type: p.Type,
		Body: strings.TrimSuffix(body.String(), "\n"), CreatedAt: now,
	}, nil
}

// TypeOf is the dotted type of an event's name, as the specification recommends: what
// it is about, a full stop, what was done. "Form Submitted" is form.submitted, "Email
// Link Clicked" is email_link.clicked, "Unsubscribed" stays unsubscribed. Letters of
// other scripts stay as they are.
func TypeOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != zwnj
	})
	switch n := len(words); n {
	case 0:
		return "event"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], "_") + "." + words[n-1]
	}
}

// zwnj stands within Persian words.
const zwnj = '\u200c'

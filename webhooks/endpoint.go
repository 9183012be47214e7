package webhooks

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// An endpoint's states.
const (
	StateEnabled  = "enabled"
	StateDisabled = "disabled" // Reason says why; it gets nothing
	stateDeleted  = "deleted"  // its rows are being taken away
)

// Why an endpoint is disabled.
const (
	ReasonByHand  = "by_hand" // somebody switched it off
	ReasonGone    = "gone"    // the receiver answered 410
	ReasonFailing = "failing" // nothing has arrived for days
)

// Endpoint is where another program wants to be told.
type Endpoint struct {
	bun.BaseModel `bun:"table:webhook_endpoints,alias:endpoint"`

	ID          int64    `bun:",pk,autoincrement" json:"id"`
	URL         string   `json:"url"`
	Description string   `json:"description"`
	Events      []string `bun:"type:jsonb" json:"events"` // names of the events it wants; empty means all
	State       string   `json:"state"`
	Reason      string   `json:"reason"` // why it is disabled, else empty

	Secret         string    `json:"-"`
	OldSecret      string    `json:"-"`
	OldSecretUntil time.Time `bun:",nullzero" json:"-"` // until when both sign

	Failures     int       `json:"failures"`                               // attempts in a row that failed
	FailingSince time.Time `bun:",nullzero" json:"failing_since,omitzero"` // the first of them
	HoldUntil    time.Time `bun:",nullzero" json:"hold_until,omitzero"`    // the receiver asked for quiet until then
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// Host is the part of the address that may stand in a log: paths and queries of
// webhooks often are passwords.
func (e *Endpoint) Host() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// wishes are the folded names of the events that an endpoint wants; none means all.
type wishes map[string]bool

// wishes reads them once for many events.
func (e *Endpoint) wishes() wishes {
	w := make(wishes, len(e.Events))
	for _, name := range e.Events {
		w[i18n.Fold(name)] = true
	}
	return w
}

// hold says whether an event with this folded name is among them. Spellings that a
// person would call the same are the same.
func (w wishes) hold(folded string) bool { return len(w) == 0 || w[folded] }

// secrets are what a message sent at a time is signed with: an old one that cannot be
// opened is as good as none.
func (e *Endpoint) secrets(at time.Time) []string {
	if e.signsTwice(at) {
		return []string{e.Secret, e.OldSecret}
	}
	return []string{e.Secret}
}

// signsTwice says whether the secret before this one signs beside it.
func (e *Endpoint) signsTwice(at time.Time) bool {
	return e.OldSecret != "" && opened(e.OldSecret) && at.Before(e.OldSecretUntil)
}

// Input is what a person or a script says about an endpoint.
type Input struct {
	URL         string   `json:"url"`
	Description string   `json:"description"`
	Events      []string `json:"events"`           // empty means all
	Secret      string   `json:"secret,omitempty"` // one of the receiver's own; made when empty. Only for a new endpoint.
}

const (
	maxDescription = 200
	maxEvents      = 100
	maxEventName   = 200
)

// check tidies the input up, or returns errs.Fields.
func (in *Input) check(private bool) error {
	bad := errs.Fields{}
	var err error
	if in.URL, err = checkURL(in.URL, private); err != nil {
		fields, _ := errs.AsFields(err)
		bad["url"] = fields["url"]
	}
	in.Description = strings.TrimSpace(in.Description)
	switch {
	case utf8.RuneCountInString(in.Description) > maxDescription:
		bad["description"] = fmt.Sprintf("errors.max=%d", maxDescription)
	case !utf8.ValidString(in.Description) || strings.ContainsRune(in.Description, 0):
		bad["description"] = "errors.characters"
	}
	seen := map[string]bool{}
	events := []string{}
	for _, name := range in.Events {
		name = strings.TrimSpace(name)
		if name == "" || seen[i18n.Fold(name)] {
			continue
		}
		seen[i18n.Fold(name)] = true
		events = append(events, name)
		if len(name) > maxEventName {
			bad["events"] = fmt.Sprintf("errors.max=%d", maxEventName)
		} else if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			bad["events"] = "errors.characters"
		}
	}
	if in.Events = events; len(events) > maxEvents {
		bad["events"] = "errors.webhooks.many"
	}
	if in.Secret != "" {
		if _, err := key(in.Secret); err != nil {
			bad["secret"] = "errors.webhooks.secret"
		}
	}
	return bad.OrNil()
}

// known are the events that the form offers by name; any other can be written in.
var known = []string{
	leads.EventFormSubmitted, leads.EventOrderCompleted,
	leads.EventEmailSent, leads.EventEmailOpened, leads.EventEmailClicked,
	leads.EventUnsubscribed, leads.EventResubscribed,
	leads.EventPointsEarned, leads.EventOfferGranted, leads.EventOfferRedeemed,
	leads.EventJourneyEntered, leads.EventJourneyCompleted,
}

package tracking

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// The kinds of message, as the Segment specification has them.
const (
	kindIdentify = "identify"
	kindTrack    = "track"
	kindPage     = "page"
	kindScreen   = "screen"
	kindGroup    = "group"
	kindAlias    = "alias"
)

// maxName is how long an id and the name of an event may be, in characters.
const maxName = 200

// message is one thing that a source tells us, read and checked.
type message struct {
	kind     string
	index    int    // its place in the batch
	id       string // the source's own id of the message, "" when it gave none
	user     string // who they are to the shop or the app: a lead's external id
	visitor  string // the browser or device, of whom nobody knows who they are
	previous string // alias: what they were known by before
	group    string
	name     string // of the event, the page or the screen
	category string

	properties map[string]any
	traits     map[string]any
	context    surroundings
	profile    *leads.Profile // identify, group, alias: what it says of the person

	at    time.Time // when it happened, by our clock
	ahead string    // what the client's clock said when that lies in the future
}

// envelope is what a batch says for all of its messages.
type envelope struct {
	context  map[string]any
	sent     time.Time
	received time.Time
}

// readMessage reads an object of the protocol. What is wrong with it is errs.Fields,
// the first fault alone. A kind of "" is what the object itself says.
func readMessage(kind string, object map[string]any, e envelope) (*message, error) {
	r := reader{fields: object}
	m := &message{kind: kind}
	if kind == "" {
		m.kind = r.text("type")
	}
	m.id, m.user, m.visitor = r.text("messageId"), r.text("userId"), r.text("anonymousId")
	m.properties, m.traits = r.object("properties"), r.object("traits")
	context := merged(e.context, r.object("context"))
	m.context = r.surroundings(context)
	sent := r.instant("sentAt")
	if sent.IsZero() {
		sent = e.sent
	}
	original := r.instant("originalTimestamp")
	if original.IsZero() {
		original = r.instant("timestamp")
	}
	switch m.kind {
	case kindIdentify:
		r.person(m, "email", "phone")
		m.profile = r.profile(m)
	case kindTrack:
		m.name = r.required("event")
		if m.name != "" && reservedNames[plainName(m.name)] {
			r.refuse("event", "errors.tracking.reserved")
		}
		r.person(m)
	case kindPage, kindScreen:
		m.name, m.category = r.text("name"), r.text("category")
		r.person(m)
	case kindGroup:
		m.group = r.required("groupId")
		r.person(m)
		m.profile = r.company(m)
	case kindAlias:
		m.user, m.previous = r.required("userId"), r.required("previousId")
		m.profile = &leads.Profile{ExternalID: m.user}
	case "":
		r.refuse("type", "errors.required")
	default:
		r.refuse("type", "errors.tracking.kind")
	}
	if r.bad != nil {
		return m, r.bad
	}
	var ahead bool
	if m.at, ahead = occurred(original, sent, e.received); ahead {
		m.ahead = original.Format(time.RFC3339Nano)
	}
	return m, nil
}

// merged is the context of the batch with that of the message in it: what the message
// says itself comes first, object by object.
func merged(batch, own map[string]any) map[string]any {
	if len(batch) == 0 {
		return own
	}
	out := make(map[string]any, len(batch)+len(own))
	for name, value := range batch {
		out[name] = value
	}
	for name, value := range own {
		below, ok := value.(map[string]any)
		above, both := out[name].(map[string]any)
		if ok && both {
			value = merged(above, below)
		}
		out[name] = value
	}
	return out
}

// reader takes fields out of an object and keeps the first fault.
type reader struct {
	fields map[string]any
	bad    error
}

func (r *reader) refuse(field, why string) {
	if r.bad == nil {
		r.bad = errs.Fields{field: why}
	}
}

// text is a short text; a number will do for an id.
func (r *reader) text(field string) string {
	text, why := asText(r.fields[field])
	if why != "" {
		r.refuse(field, why)
	}
	return text
}

// asText is the value as one line of text, "" for none, or why it is no such text.
func asText(value any) (text, why string) {
	switch v := value.(type) {
	case nil:
		return "", ""
	case string:
		text = oneLine(v)
		if utf8.RuneCountInString(text) > maxName {
			return "", "errors.max=" + strconv.Itoa(maxName)
		}
		return text, ""
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return "", "errors.type" // more digits than JSON's numbers keep
		}
		return strconv.FormatFloat(v, 'f', -1, 64), ""
	}
	return "", "errors.type"
}

func (r *reader) required(field string) string {
	text := r.text(field)
	if text == "" {
		r.refuse(field, "errors.required")
	}
	return text
}

// person refuses a message of which nobody can say whose it is: without userId and
// anonymousId, and without any of these traits.
func (r *reader) person(m *message, traits ...string) {
	known := m.user != "" || m.visitor != ""
	for _, trait := range traits {
		text, _ := asText(m.traits[trait])
		known = known || text != ""
	}
	if !known {
		r.refuse("userId", "errors.tracking.nobody")
	}
}

func (r *reader) objectAt(field string, value any) map[string]any {
	if value == nil {
		return nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		r.refuse(field, "errors.type")
	}
	return object
}

// object is a field that holds fields, nil for none.
func (r *reader) object(field string) map[string]any { return r.objectAt(field, r.fields[field]) }

func (r *reader) instant(field string) time.Time {
	value := r.fields[field]
	if value == nil || value == "" {
		return time.Time{}
	}
	text, ok := value.(string)
	if !ok {
		r.refuse(field, "errors.type")
		return time.Time{}
	}
	at, ok := parseInstant(text)
	if !ok {
		r.refuse(field, "errors.tracking.time")
	}
	return at
}

// oneLine is a text without control characters and blanks around it.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text))
}

// clip cuts what is only shown.
func clip(text string, n int) string {
	text = oneLine(text)
	if len(text) <= n {
		return text
	}
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

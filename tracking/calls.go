package tracking

import "github.com/sarnakh/sarnakh/internal/web"

const tagTracking = "Tracking"

// address is a call of the Segment specification and what the description of the API
// says of it.
type address struct {
	path, kind    string
	summary, text string
	body          any
}

var calls = []address{
	{"identify", kindIdentify, "Say who somebody is", "The traits become fields and attributes of the lead with this `userId`, e-mail or phone number, who is made when there is none. What the same `anonymousId` did before becomes theirs.", identifyBody{}},
	{"track", kindTrack, "Say what somebody did", "", trackBody{}},
	{"page", kindPage, "Say which page somebody looked at", "On the timeline it is called “Page Viewed”.", pageBody{}},
	{"screen", kindScreen, "Say which screen of an app somebody looked at", "On the timeline it is called “Screen Viewed”.", pageBody{}},
	{"group", kindGroup, "Say to which company somebody belongs", "The traits become the attributes `company`, `company_id`, `company_…`.", groupBody{}},
	{"alias", kindAlias, "Say that a visitor is known by another id now", "What the visitor `previousId` did becomes the lead's. Two leads are never merged by it.", aliasBody{}},
	{"batch", "", "Send many messages at once", "At most 500 KB and 2,500 messages of 32 KB. A message that cannot be taken is named in `rejected`; all others are stored.", batchBody{}},
	{"import", "", "Send many messages at once (import)", "The same as batch.", batchBody{}},
}

// doc describes the call. A success means that everything is stored; the same
// messageId again changes nothing.
func (a address) doc() *web.Operation {
	text := "The write key is the user name of Basic authorization, or `writeKey` in the body. The body is read as JSON whatever its content type says. The answer comes when everything is stored; the same `messageId` again changes nothing."
	if a.text != "" {
		text = a.text + " " + text
	}
	return &web.Operation{Tag: tagTracking, Summary: a.summary, Text: text, Body: a.body, Answer: taken{}, Refusal: refused{}, Loose: true, Basic: true}
}

// About is what all messages have in common, for the description of the API.
type About struct {
	MessageID   string         `json:"messageId,omitempty"`
	UserID      string         `json:"userId,omitempty"`
	AnonymousID string         `json:"anonymousId,omitempty"`
	Timestamp   string         `json:"timestamp,omitempty"`
	SentAt      string         `json:"sentAt,omitempty"`
	Context     map[string]any `json:"context,omitempty"`
	WriteKey    string         `json:"writeKey,omitempty"`
}

type identifyBody struct {
	About
	Traits map[string]any `json:"traits,omitempty"`
}

type trackBody struct {
	About
	Event      string         `json:"event" validate:"required,max=200"`
	Properties map[string]any `json:"properties,omitempty"`
}

type pageBody struct {
	About
	Name       string         `json:"name,omitempty"`
	Category   string         `json:"category,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

type groupBody struct {
	About
	GroupID string         `json:"groupId" validate:"required,max=200"`
	Traits  map[string]any `json:"traits,omitempty"`
}

type aliasBody struct {
	About
	PreviousID string `json:"previousId" validate:"required,max=200"`
}

type batchBody struct {
	Batch    []batched      `json:"batch" validate:"required,max=2500"`
	SentAt   string         `json:"sentAt,omitempty"`
	Context  map[string]any `json:"context,omitempty"`
	WriteKey string         `json:"writeKey,omitempty"`
}

// batched is a message in a batch: of the type that it names, with the fields of that.
type batched struct {
	About
	Type       string         `json:"type" validate:"required,oneof=identify track page screen group alias"`
	Event      string         `json:"event,omitempty"`
	Name       string         `json:"name,omitempty"`
	Category   string         `json:"category,omitempty"`
	GroupID    string         `json:"groupId,omitempty"`
	PreviousID string         `json:"previousId,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
	Traits     map[string]any `json:"traits,omitempty"`
}

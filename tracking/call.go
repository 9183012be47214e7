package tracking

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// What a request may hold at the most, in bytes, as the Segment specification has it.
const (
	maxMessage = 32 << 10
	maxBatch   = 500 << 10
)

// maxMessages is how many messages a batch may hold.
const maxMessages = 2500

// call is what one request brings.
type call struct {
	writeKey string // the one in the body, if there is one
	messages []*message
	refused  []refusal
}

// refusal is a message that is not taken, and why.
type refusal struct {
	index int // its place in the batch
	id    string
	kind  string
	name  string
	field string // which of its fields is wrong, "" for the message as a whole
	why   string // a key of the catalogue, as in errs.Fields
}

// readCall reads a body: one message of the kind, or, when the kind is "", a batch.
// In a batch a bad message is refused alone; what makes the whole of it unreadable is
// errs.Fields.
func readCall(kind string, body []byte, received time.Time) (*call, error) {
	if kind == "" {
		return readBatch(body, received)
	}
	if len(body) > maxMessage {
		return nil, errs.Fields{"body": "errors.tracking.large=" + kilobytes(maxMessage)}
	}
	object, err := decodeObject(body)
	if err != nil {
		return nil, below("body", err)
	}
	c := &call{}
	c.writeKey, _ = object["writeKey"].(string)
	m, err := readMessage(kind, object, envelope{received: received})
	if err != nil {
		return c, err
	}
	c.messages = []*message{m}
	return c, nil
}

// below puts the name of the whole in the place of the empty name.
func below(whole string, err error) error {
	if bad, ok := errs.AsFields(err); ok {
		if why, ok := bad[""]; ok {
			return errs.Fields{whole: why}
		}
	}
	return err
}

func kilobytes(n int) string { return strconv.Itoa(n >> 10) }

func readBatch(body []byte, received time.Time) (*call, error) {
	if len(body) > maxBatch {
		return nil, errs.Fields{"body": "errors.tracking.large=" + kilobytes(maxBatch)}
	}
	var b struct {
		Batch    []json.RawMessage `json:"batch"`
		WriteKey string            `json:"writeKey"`
		SentAt   any               `json:"sentAt"`
		Context  json.RawMessage   `json:"context"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return nil, errs.Fields{wrong.Field: "errors.type"}
		}
		return nil, errs.Fields{"body": "errors.json"}
	}
	c := &call{writeKey: b.WriteKey}
	switch {
	case b.Batch == nil:
		return c, errs.Fields{"batch": "errors.required"}
	case len(b.Batch) > maxMessages:
		return c, errs.Fields{"batch": "errors.tracking.many=" + strconv.Itoa(maxMessages)}
	}
	e := envelope{received: received}
	r := reader{fields: map[string]any{"sentAt": b.SentAt}}
	if e.sent = r.instant("sentAt"); r.bad != nil {
		return c, r.bad
	}
	if len(b.Context) > 0 && string(b.Context) != "null" {
		var err error
		if e.context, err = decodeObject(b.Context); err != nil {
			return c, under("context", err)
		}
	}
	for i, raw := range b.Batch {
		c.read(i, raw, e)
	}
	return c, nil
}

// under puts the place where the value stands before the place below it.
func under(place string, err error) error {
	bad, ok := errs.AsFields(err)
	if !ok {
		return err
	}
	out := errs.Fields{}
	for field, why := range bad {
		if field != "" {
			field = "." + field
		}
		out[place+field] = why
	}
	return out
}

// read takes or refuses the message at a place in the batch.
func (c *call) read(index int, raw json.RawMessage, e envelope) {
	if len(raw) > maxMessage {
		c.refused = append(c.refused, refusal{index: index, why: "errors.tracking.large=" + kilobytes(maxMessage)})
		return
	}
	object, err := decodeObject(raw)
	if err == nil {
		var m *message
		if m, err = readMessage("", object, e); err == nil {
			m.index = index
			c.messages = append(c.messages, m)
			return
		}
	}
	c.refused = append(c.refused, refusalOf(index, object, err))
}

// refusalOf is why the object at a place is not taken.
func refusalOf(index int, object map[string]any, err error) refusal {
	r := refusal{index: index, why: "errors.json"}
	if bad, ok := errs.AsFields(err); ok {
		r.field, r.why = only(bad)
	}
	id, _ := object["messageId"].(string)
	kind, _ := object["type"].(string)
	name, _ := object["event"].(string)
	r.id, r.kind, r.name = clip(id, maxName), clip(kind, 20), clip(name, maxName)
	return r
}

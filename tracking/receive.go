package tracking

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// taken is the answer to a call that was taken.
type taken struct {
	Success  bool       `json:"success"`
	Rejected []rejected `json:"rejected,omitempty"` // messages of a batch that were not
}

// rejected is a message of a batch that was not taken, and why. The rest of its batch
// was.
type rejected struct {
	Index     int    `json:"index"` // its place in the batch, from 0
	MessageID string `json:"messageId,omitempty"`
	Field     string `json:"field"` // empty for the message as a whole
	Error     string `json:"error"`
}

// refused is the answer to a call that was not taken.
type refused struct {
	Success   bool              `json:"success"`
	Message   string            `json:"message"`
	Fields    map[string]string `json:"fields,omitempty"`
	RequestID string            `json:"request_id"`
}

// receive answers the calls of one kind, or, with "", batches.
func (p pages) receive(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		scripts.Allow(w)
		source, c, err := p.read(r, kind)
		if err == nil {
			err = p.admit(w, source, len(c.messages)+len(c.refused))
		}
		if err == nil {
			err = p.fit(r.Context(), c)
		}
		if err == nil {
			return p.take(w, r, kind, source, c)
		}
		if source != nil {
			field, why := reason(err)
			p.recent.note(source.ID, Entry{At: p.clock.Now(), Kind: kind, State: stateRefused, Field: field, Why: why})
		}
		return p.refuse(w, r, err)
	}
}

// read says who calls and what they say.
func (p pages) read(r *http.Request, kind string) (*Source, *call, error) {
	key, _, basic := r.BasicAuth()
	var source *Source
	if basic {
		var err error
		if source, err = p.sender(r, key); err != nil {
			return source, nil, err
		}
	}
	limit := maxMessage
	if kind == "" {
		limit = maxBatch
	}
	body, err := readBody(r, limit)
	if err != nil {
		return source, nil, err
	}
	c, err := readCall(kind, body, p.clock.Now())
	if source == nil && c != nil {
		var unknown error
		if source, unknown = p.sender(r, c.writeKey); unknown != nil {
			return source, nil, unknown
		}
	}
	return source, c, err
}

func (p pages) sender(r *http.Request, key string) (*Source, error) {
	return p.from(r.Context(), key, r.Header.Get("Origin"))
}

// Why a call is refused that is in itself well made.
var (
	errDisabled = fmt.Errorf("source: disabled: %w", errs.Forbidden)
	errOrigin   = fmt.Errorf("source: this web site is not on its list: %w", errs.Forbidden)
	errPace     = fmt.Errorf("source: too much at once: %w", errs.TooMany)
	errBusy     = fmt.Errorf("tracking: too many messages wait: %w", errs.TooMany)
)

// reason is what the page and the answer say of an error: the field, and the key of
// the sentence.
func reason(err error) (field, why string) {
	if bad, ok := errs.AsFields(err); ok {
		return only(bad)
	}
	for _, known := range []struct {
		err error
		why string
	}{
		{errDisabled, "errors.tracking.disabled"}, {errOrigin, "errors.tracking.not_allowed"},
		{errPace, "errors.tracking.pace"}, {errBusy, "errors.tracking.busy"}, {errs.Unauthorized, "errors.tracking.key"},
	} {
		if errors.Is(err, known.err) {
			return "", known.why
		}
	}
	return "", "errors.internal.text"
}

// readBody reads a body of at most limit bytes, unpacking it when it is packed.
func readBody(r *http.Request, limit int) ([]byte, error) {
	large := errs.Fields{"body": "errors.tracking.large=" + kilobytes(limit)}
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, errs.Fields{"body": "errors.tracking.gzip"}
		}
		from = z
	}
	var body bytes.Buffer
	_, err := io.Copy(&body, io.LimitReader(from, int64(limit)+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) || body.Len() > limit:
		return nil, large
	case err != nil && from != r.Body && r.Context().Err() == nil:
		return nil, errs.Fields{"body": "errors.tracking.gzip"} // damaged, somewhere
	}
	return body.Bytes(), err
}

// admit lets a call in unless its source is too fast or too much waits already; then
// the answer says when to come again.
func (p pages) admit(w http.ResponseWriter, source *Source, messages int) error {
	if wait, ok := p.pace.take(source.ID, max(1, messages)); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		return errPace
	}
	if p.waiting.Load() > mostWaiting {
		w.Header().Set("Retry-After", "1")
		return errBusy
	}
	return nil
}

// take stores the messages of a call and answers when they are on the disk.
func (p pages) take(w http.ResponseWriter, r *http.Request, kind string, source *Source, c *call) error {
	p.waiting.Add(int64(len(c.messages)))
	results, err := p.accept(r.Context(), source, c.messages)
	p.waiting.Add(-int64(len(c.messages)))
	if err != nil {
		return err
	}
	notes, refusals := p.outcome(c, results)
	p.recent.note(source.ID, notes...)
	if kind != "" && len(refusals) > 0 {
		return p.refuse(w, r, errs.Fields{refusals[0].field: refusals[0].why})
	}
	answer := taken{Success: true}
	if len(refusals) > 0 {
		page := p.kit.Page(r, "")
		for _, f := range refusals {
			said := page.Say(errs.Fields{"": f.why})[""]
			answer.Rejected = append(answer.Rejected, rejected{Index: f.index, MessageID: f.id, Field: f.field, Error: said})
		}
	}
	return web.JSON(w, http.StatusOK, answer)
}

// refuse answers with why a call was not taken. A body that cannot be taken as it is
// is 400, as the Segment specification has it: its libraries do not send it again.
func (p pages) refuse(w http.ResponseWriter, r *http.Request, err error) error {
	status := web.Status(err)
	if errors.Is(err, errs.Invalid) {
		status = http.StatusBadRequest
	}
	if status >= http.StatusInternalServerError {
		return err
	}
	page := p.kit.Page(r, "")
	field, why := reason(err)
	answer := refused{Message: page.Say(errs.Fields{"": why})[""], RequestID: web.RequestID(r)}
	if field != "" {
		answer.Fields = map[string]string{field: answer.Message}
	}
	return web.JSON(w, status, answer)
}

// scripts of any page may post: which origins a source takes is looked at later, when it is
// known.
var scripts = web.Scripts{Methods: "POST", Headers: "Authorization, Content-Type, Content-Encoding", Reads: "Retry-After"}

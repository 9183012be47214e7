package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// IdempotencyHeader carries a word by which a caller makes repeating a call harmless.
const IdempotencyHeader = "Idempotency-Key"

// ReplayedHeader marks an answer that was given before.
const ReplayedHeader = "Idempotency-Replayed"

// CallTime is how long a call with an Idempotency-Key may take. It goes on for as long
// when its caller has left: half a call helps nobody who will ask again.
const CallTime = 90 * time.Second

// mostKey is the longest Idempotency-Key.
var mostKey uint64 = 200

const (
	mostKeptBody   = 64 << 10 // of an answer; a longer one is not kept
	mostHashedBody = 1 << 20  // routes that take more take no Idempotency-Key
)

// Replays remembers what calls were answered.
type Replays interface {
	// Begin claims a call that sends a body with this hash. It returns a lease when the
	// call is to be done now, or the answer it had before. Another body under the same
	// name is errs.Fields; a call that is being done is a Conflict with RetryAfter.
	Begin(ctx context.Context, call string, body [sha256.Size]byte) (lease string, before *Kept, err error)
	// Within has all that is committed under the returned context commit together with the
	// mark that the call was done, and nothing when the lease no longer holds.
	Within(ctx context.Context, call, lease string) context.Context
	// Finish keeps the answer of a call, if the lease still holds.
	Finish(ctx context.Context, call, lease string, answer Kept) error
	// Release forgets a call that came to nothing, if the lease still holds.
	Release(ctx context.Context, call, lease string) error
}

// Kept is an answer that is remembered. A Body that is nil was too long to be. A Status of
// 0 says that the call was done by a server that ended before it had answered.
type Kept struct {
	Status                int
	ContentType, Location string
	Body                  []byte
}

// Remember has the answers of calls with an Idempotency-Key kept in r. Call it before
// the first request; without it the header is not looked at.
func (m *Mux) Remember(r Replays) { m.replays = r }

// repeatable says whether a call takes an Idempotency-Key: one that changes something,
// and neither takes nor gives whole files.
func repeatable(r Route, method string) bool {
	return r.Access == Staff && r.Doc != nil && r.MaxBody <= mostHashedBody &&
		!slices.ContainsFunc(r.Doc.AnswerTypes, func(kind string) bool { return !isJSON(kind) }) &&
		method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// once does a call, or answers as before when it was done under the same
// Idempotency-Key. Only success is kept: what was refused had no effect and may be
// tried again.
func (m *Mux) once(w http.ResponseWriter, r *http.Request, route Route, who Principal) error {
	key := r.Header.Get(IdempotencyHeader)
	if m.replays == nil || key == "" || route.Doc == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return route.Handle(w, r)
	}
	if !repeatable(route, r.Method) {
		return errs.Fields{IdempotencyHeader: "errors.idempotency.not_here"}
	}
	if uint64(len(key)) > mostKey || strings.Trim(key, printable) != "" {
		return errs.Fields{IdempotencyHeader: fmt.Sprintf("errors.idempotency.form=%d", mostKey)}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return badForm(err)
	}
	call := strings.Join([]string{who.Kind, strconv.FormatInt(who.ID, 10), r.Method, r.URL.RequestURI(), key}, "\x00")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), CallTime)
	defer cancel()
	lease, before, err := m.replays.Begin(ctx, call, sha256.Sum256(append([]byte(r.Header.Get("Content-Type")+"\x00"), body...)))
	switch {
	case err != nil:
		return err
	case before != nil:
		return before.replay(w)
	}
	r = r.WithContext(m.replays.Within(ctx, call, lease))
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer, done := &keptWriter{ResponseWriter: w, header: http.Header{}}, false
	defer func() {
		if done {
			return
		}
		if err := m.replays.Release(context.WithoutCancel(ctx), call, lease); err != nil {
			m.log.Error("a call that failed could not be forgotten; it can be repeated in two minutes", "request", RequestID(r), "error", err)
		}
	}()
	if err := route.Handle(answer, r); err != nil {
		return err
	}
	if kept := answer.kept(); kept.Status < 300 {
		// The effect is there: from here on the call is done, whatever becomes of the memory.
		done = true
		if err := m.replays.Finish(context.WithoutCancel(ctx), call, lease, kept); err != nil {
			m.log.Error("an answer could not be kept; the call can be repeated in two minutes", "request", RequestID(r), "error", err)
		}
	}
	return answer.send()
}

// printable are the letters of a key: those of ASCII that can be seen.
const printable = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

// replay answers as before.
func (k *Kept) replay(w http.ResponseWriter) error {
	if k.Status == 0 {
		return fmt.Errorf("this call was done, and the server ended before it had answered: look for what came of it, and use a new %s for another call: %w", IdempotencyHeader, errs.Conflict)
	}
	if k.Body == nil {
		return fmt.Errorf("this call was done and answered %d; its answer was too long to be kept (64 KB): %w", k.Status, errs.Conflict)
	}
	h := w.Header()
	if k.ContentType != "" {
		h.Set("Content-Type", k.ContentType)
	}
	if k.Location != "" {
		h.Set("Location", k.Location)
	}
	h.Set(ReplayedHeader, "true")
	w.WriteHeader(k.Status)
	_, err := w.Write(k.Body)
	return err
}

// keptWriter holds an answer back until it is remembered; one that grows too long for
// that goes straight on.
type keptWriter struct {
	http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
	long   bool
}

// Header is the answer's own until it is sent.
func (w *keptWriter) Header() http.Header { return w.header }

// WriteHeader remembers the status.
func (w *keptWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write holds the bytes back, or sends them when they are too many.
func (w *keptWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.long {
		return w.ResponseWriter.Write(p)
	}
	n, err := w.body.Write(p)
	if err == nil && w.body.Len() > mostKeptBody {
		err = w.send()
		w.long = true
	}
	return n, err
}

// kept is the answer as it is to be remembered.
func (w *keptWriter) kept() Kept {
	w.WriteHeader(http.StatusOK)
	k := Kept{Status: w.status, ContentType: w.header.Get("Content-Type"), Location: w.header.Get("Location")}
	if !w.long {
		k.Body = append([]byte{}, w.body.Bytes()...)
	}
	return k
}

// send lets the answer go.
func (w *keptWriter) send() error {
	if w.long {
		return nil
	}
	for name, values := range w.header {
		w.ResponseWriter.Header()[name] = values
	}
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(w.body.Bytes())
	return err
}

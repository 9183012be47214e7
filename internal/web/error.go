package web

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// errMethod is the one failure that only HTTP knows.
var errMethod = errors.New("method not allowed")

// kinds maps what went wrong to an HTTP status and to the catalogue key of what
// the person at the other end is told. This is the only place that does.
var kinds = []struct {
	kind   error
	status int
	key    string
}{
	{errs.NotFound, http.StatusNotFound, "not_found"},
	{errs.Gone, http.StatusGone, "gone"},
	{errs.Conflict, http.StatusConflict, "conflict"},
	{errs.Invalid, http.StatusUnprocessableEntity, "invalid"},
	{errs.Unauthorized, http.StatusUnauthorized, "unauthorized"},
	{errs.Forbidden, http.StatusForbidden, "forbidden"},
	{errs.TooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{errs.Unsupported, http.StatusUnsupportedMediaType, "unsupported"},
	{errs.TooMany, http.StatusTooManyRequests, "too_many"},
	{errs.Unavailable, http.StatusServiceUnavailable, "unavailable"},
	{errMethod, http.StatusMethodNotAllowed, "method"},
}

// Status is the HTTP status that err becomes.
func Status(err error) int {
	status, _ := classify(err)
	return status
}

func classify(err error) (int, string) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = errs.TooLarge
	}
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return k.status, k.key
		}
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) {
		return http.StatusServiceUnavailable, "unavailable" // the database is away
	}
	return http.StatusInternalServerError, "internal"
}

// problem is an RFC 9457 document.
type problem struct {
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Status    int               `json:"status"`
	Detail    string            `json:"detail,omitempty"`
	Fields    map[string]string `json:"fields,omitempty"`
	RequestID string            `json:"request_id"`
}

type errorPage struct {
	Page
	Status    int
	Message   string
	RequestID string
}

// serveError answers with what went wrong: a page for people, problem+json for
// scripts. The cause of an inner error goes to the log only.
func (k *Kit) serveError(w http.ResponseWriter, r *http.Request, err error) {
	status, key := classify(err)
	if status == http.StatusUnauthorized && r.Method == http.MethodGet && !WantsJSON(r) {
		http.Redirect(w, r, "/signin?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="sarnakh"`)
	}
	sayWhen(w.Header(), err)
	page := k.Page(r, "errors."+key+".title")
	if WantsJSON(r) {
		p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status, RequestID: RequestID(r)}
		if status < 500 {
			p.Detail = page.T("errors." + key + ".text")
			if !errors.Is(err, errs.Unauthorized) {
				p.Detail = withoutKind(err)
			}
		}
		if fields, ok := errs.AsFields(err); ok {
			p.Detail = page.T("errors.invalid.text")
			p.Fields = page.Say(fields)
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(p)
		return
	}
	text := page.T("errors." + key + ".text")
	if fields, ok := errs.AsFields(err); ok {
		text = errs.Fields(page.Say(fields)).Error()
	}
	layout := "public"
	data := errorPage{Page: page, Status: status, Message: text, RequestID: RequestID(r)}
	if renderErr := k.Render(w, status, layout, "web_error", data); renderErr != nil {
		http.Error(w, text, status)
	}
}

// withoutKind is the error's text without a kind at its end that adds nothing to it:
// "code A: redeemed already", and the title says Conflict.
func withoutKind(err error) string {
	text := err.Error()
	for _, kind := range []error{errs.Conflict, errs.Gone, errs.Invalid, errs.Forbidden, errs.TooMany, errMethod} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}

// Say puts the messages of bad fields into the reader's language. Catalogue keys
// begin with "errors."; anything else is a sentence already.
func (p Page) Say(fields errs.Fields) map[string]string {
	out := make(map[string]string, len(fields))
	for name, message := range fields {
		if strings.HasPrefix(message, "errors.") {
			key, arg, ok := strings.Cut(message, "=")
			if ok {
				message = p.T(key, "n", p.Digits(arg))
			} else {
				message = p.T(key)
			}
		}
		out[name] = message
	}
	return out
}

// WantsJSON says whether a script asks: by its Accept header, its JSON body or the
// path of an API.
func WantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html") ||
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") ||
		strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasSuffix(r.URL.Path, ".json")
}

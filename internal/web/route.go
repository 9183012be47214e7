package web

import (
	"context"
	"net/http"
	"time"
)

// Handler answers a request or says why not. It writes nothing before it returns
// an error; the frame turns the error into a page or a problem+json document.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Access says who may use a route. There is no default: a route without it panics
// at start-up.
type Access int

// Who may use a route.
const (
	_        Access = iota
	Visitors        // anybody
	Staff           // a signed-in account or an API key
)

// String names the access for the list of routes.
func (a Access) String() string {
	return [...]string{"nobody", "visitors", "staff"}[a]
}

// Route is one line of a feature's table of routes.
type Route struct {
	Pattern string // as http.ServeMux takes it: "GET /leads/{id}"
	Access  Access
	Handle  Handler
	// Scope is what an API key must hold to use the route: "leads:read". A route below
	// /api/ that is for staff needs one. A page without one is open to keys that hold
	// every scope, and to accounts.
	Scope string
	// Doc describes the call: needed below /api/v1/ and /v1/.
	Doc *Operation
	// CrossOrigin lets pages of other origins post here: public forms and tracking
	// only, for they carry no account's authority.
	CrossOrigin bool
	// MaxBody is the largest body taken, in bytes; 256 KiB when zero.
	MaxBody int64
}

// Principal is who a request comes from.
type Principal struct {
	Kind string // "account" or "key"
	ID   int64
	Name string // an account's e-mail, a key's name
	// Scopes are what a key may do. An account may do everything.
	Scopes Scopes
}

// Guard tells who a request comes from: errs.Unauthorized when nobody we know.
type Guard interface {
	Who(r *http.Request) (Principal, error)
}

// Clock is the domain time that pages are dressed with.
type Clock interface {
	Now() time.Time
}

type requestKey struct{}

// request is what the frame knows about a request while it is answered.
type request struct {
	id      string
	who     Principal
	guard   Guard
	pattern string
}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// RequestID is the id under which the log speaks of this request.
func RequestID(r *http.Request) string { return requestOf(r.Context()).id }

// OfTheTeam says, on visitors' routes too, whether the request comes from a signed-in
// account: what the team looks at is not counted.
func OfTheTeam(r *http.Request) bool {
	guard := requestOf(r.Context()).guard
	if guard == nil {
		return false
	}
	who, err := guard.Who(r)
	return err == nil && who.Kind == "account"
}

// Who is who the request comes from; the zero Principal on visitors' routes.
func Who(r *http.Request) Principal { return requestOf(r.Context()).who }

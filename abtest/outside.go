package abtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Clients says whose key it is that a program outside comes with: Unauthorized for
// nobody's, Forbidden for one that may not be used from that origin.
type Clients interface {
	Client(ctx context.Context, key, origin string) error
}

type outside struct {
	*Service
	clients Clients
}

// scripts may ask from any page: which origins a key may be used from is looked at when the
// key is known.
var scripts = web.Scripts{Methods: "GET, POST", Headers: "Authorization, Content-Type, If-None-Match", Reads: "ETag"}

// serve answers an SDK that asks for the features of a client key.
func (o outside) serve(w http.ResponseWriter, r *http.Request) error {
	scripts.Allow(w)
	if err := o.clients.Client(r.Context(), r.PathValue("clientKey"), r.Header.Get("Origin")); err != nil {
		return err
	}
	file, err := o.features.Find(r.Context(), "")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Vary", "Origin, Accept-Encoding")
	h.Set("ETag", file.tag)
	// Pages may keep it for a minute: an experiment that is stopped is stopped for
	// everybody within that time.
	h.Set("Cache-Control", "public, max-age=60, stale-while-revalidate=60")
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return web.Compressed(w, r, "application/json", file.body)
}

type assignBody struct {
	AnonymousID string `json:"anonymousId" validate:"required,max=200"`
	WriteKey    string `json:"writeKey,omitempty" validate:"max=100"`
	// Expose counts that the visitor sees the variant now; true when absent.
	Expose *bool `json:"expose,omitempty"`
	// Attributes are what is known of the visit, for experiments with an audience.
	Attributes visitAttributes `json:"attributes,omitzero"`
}

// visitAttributes are the words of a web.Visit, by the names that SDKs give them.
type visitAttributes struct {
	Device   string `json:"device,omitempty" validate:"omitempty,oneof=desktop phone tablet"`
	Traffic  string `json:"traffic,omitempty" validate:"omitempty,oneof=direct search social email ads referral"`
	Language string `json:"language,omitempty" validate:"omitempty,min=2,max=8"`
}

// assigned is the answer to a program without an SDK.
type assigned struct {
	Experiment   string `json:"experiment"`
	Variant      string `json:"variant"`       // what to show; the first version to whom does not take part
	Index        int    `json:"index"`         // its number, from 0
	InExperiment bool   `json:"in_experiment"` // takes part, and is counted
}

// assign tells a program the variant of a visitor.
func (o outside) assign(w http.ResponseWriter, r *http.Request) error {
	scripts.Allow(w)
	var in assignBody
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	key := in.WriteKey
	if user, _, ok := r.BasicAuth(); ok {
		key = user
	}
	if err := o.clients.Client(r.Context(), key, r.Header.Get("Origin")); err != nil {
		return err
	}
	if !isVisitor(in.AnonymousID) {
		return errs.Fields{"anonymousId": "errors.characters"}
	}
	e, ok, err := o.known(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	if !ok || !e.served() || e.StartedAt.IsZero() {
		return fmt.Errorf("experiment %q outside: %w", r.PathValue("key"), errs.NotFound)
	}
	answer := assigned{Experiment: e.Key, Variant: e.Definition.Control()}
	from := web.Visit{Device: in.Attributes.Device, Channel: in.Attributes.Traffic, Language: strings.ToLower(in.Attributes.Language)}
	variant, err := o.Assign(r.Context(), e.Key, in.AnonymousID, from)
	if err != nil {
		return err
	}
	_, counted, err := o.counted(r.Context(), e.Key)
	if err != nil {
		return err
	}
	if variant != "" {
		answer.Variant, answer.Index, answer.InExperiment = variant, e.arm(variant), counted
	}
	if answer.InExperiment && (in.Expose == nil || *in.Expose) {
		if err := o.Expose(r.Context(), e.Key, answer.Variant, in.AnonymousID, from); err != nil {
			return err
		}
	}
	return web.JSON(w, http.StatusOK, answer)
}

package abtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

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

// features is the answer to GrowthBook's SDKs: each experiment outside is a feature whose
// value is the key of a variant. See https://docs.growthbook.io/lib/build-your-own.
type features struct {
	Status      int                `json:"status"`
	Features    map[string]feature `json:"features"`
	DateUpdated time.Time          `json:"dateUpdated"`
}

type feature struct {
	DefaultValue string    `json:"defaultValue"`
	Rules        []sdkRule `json:"rules,omitempty"`
}

// sdkRule is an experiment as SDKs evaluate it, by spec version 5.
type sdkRule struct {
	Key           string    `json:"key"`
	Name          string    `json:"name"`
	Seed          string    `json:"seed"`
	HashAttribute string    `json:"hashAttribute"`
	HashVersion   int       `json:"hashVersion"`
	Variations    []string  `json:"variations"`
	Weights       []float64 `json:"weights"`
	Coverage      float64   `json:"coverage"`
	Meta          []sdkMeta `json:"meta"`
	Phase         string    `json:"phase"`

	Condition map[string]oneOf `json:"condition,omitempty"`
	Namespace []any            `json:"namespace,omitempty"` // its name, where the piece begins and where it ends
}

// sdkMeta names a variation in what SDKs tell of it.
type sdkMeta struct {
	Key string `json:"key"`
}

// feature is the experiment for SDKs: its first version for everybody while it does not
// split.
func (e *Experiment) feature() feature {
	f := feature{DefaultValue: e.Definition.Control()}
	if !e.splits() {
		return f
	}
	r := sdkRule{
		Key: e.Key, Name: e.Definition.Name, Seed: e.Seed, HashAttribute: "id", HashVersion: 2,
		Weights: e.Shares, Coverage: e.Definition.coverage(), Phase: "0",
	}
	r.Condition = e.Definition.Audience.condition()
	if n := e.Definition.Namespace; n != nil {
		r.Namespace = []any{n.Name, n.From, n.To}
	}
	for _, v := range e.Definition.Variants {
		r.Variations = append(r.Variations, v.Key)
		r.Meta = append(r.Meta, sdkMeta{Key: v.Key})
	}
	f.Rules = []sdkRule{r}
	return f
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
	var all []*Experiment
	if err := o.db.Read().NewSelect().Model(&all).Where("started_at IS NOT NULL").Order("id").Limit(1000).Scan(r.Context()); err != nil {
		return fmt.Errorf("experiments: features: %w", err)
	}
	answer := features{Status: http.StatusOK, Features: map[string]feature{}}
	for _, e := range all {
		if e.outside() {
			answer.Features[e.Key] = e.feature()
			answer.DateUpdated = later(answer.DateUpdated, e.UpdatedAt)
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("experiments: features: %w", err)
	}
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Vary", "Origin, Accept-Encoding")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	// Pages may keep it for a minute: an experiment that is stopped is stopped for
	// everybody within that time.
	h.Set("Cache-Control", "public, max-age=60, stale-while-revalidate=60")
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return web.Compressed(w, r, "application/json", body)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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
	if !ok || !e.outside() || e.StartedAt.IsZero() {
		return fmt.Errorf("experiment %q outside: %w", r.PathValue("key"), errs.NotFound)
	}
	answer := assigned{Experiment: e.Key, Variant: e.Definition.Control()}
	from := web.Visit{Device: in.Attributes.Device, Channel: in.Attributes.Traffic, Language: strings.ToLower(in.Attributes.Language)}
	variant, err := o.Assign(r.Context(), e.Key, in.AnonymousID, from)
	if err != nil {
		return err
	}
	if variant != "" {
		answer.Variant, answer.Index, answer.InExperiment = variant, e.arm(variant), true
	}
	if answer.InExperiment && (in.Expose == nil || *in.Expose) {
		if err := o.Expose(r.Context(), e.Key, answer.Variant, in.AnonymousID, from); err != nil {
			return err
		}
	}
	return web.JSON(w, http.StatusOK, answer)
}

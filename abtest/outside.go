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
	DefaultValue string `json:"defaultValue"`
	Rules        []any  `json:"rules,omitempty"` // sdkRule or sdkForce
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

// sdkForce shows one variation to all who fit.
type sdkForce struct {
	Condition map[string]oneOf `json:"condition"`
	Force     string           `json:"force"`
}

// feature is the experiment for SDKs: its first version for everybody while it does not
// split. Once a version is rolled out that is what there is, but for those whom its
// hold-out, held, holds back.
func (e *Experiment) feature(held *Experiment) feature {
	f := feature{DefaultValue: e.Definition.Control()}
	switch {
	case e.RolledOut != "":
		if held != nil && held.counts() {
			f.Rules = append(f.Rules, held.rule())
		}
		if c := e.Definition.Audience.condition(); c != nil {
			f.Rules = append(f.Rules, sdkForce{c, e.RolledOut})
		} else {
			f.DefaultValue = e.RolledOut
		}
	case e.splits():
		f.Rules = append(f.Rules, e.rule())
	}
	return f
}

// served reports whether SDKs hear of the experiment. One in the archive is gone for them,
// unless everybody is to see what won; a hold-out is part of the one that it belongs to.
func (e *Experiment) served() bool {
	return e.outside() && e.HoldoutOf == "" && (e.ArchivedAt.IsZero() || e.RolledOut != "")
}

// rule is how SDKs divide visitors.
func (e *Experiment) rule() sdkRule {
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
	return r
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
	byKey := make(map[string]*Experiment, len(all))
	for _, e := range all {
		byKey[e.Key] = e
	}
	for _, e := range all {
		if e.served() {
			answer.Features[e.Key] = e.feature(byKey[e.Holdout])
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
	if !ok || !e.served() || e.StartedAt.IsZero() {
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
